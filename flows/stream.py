"""The long-lived flow: the configured book's markets as they move, into the lake."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.streaming import show_streams, stream_markets


@flow(name="stream")
@shielded
async def stream(minutes: float | None = None) -> list[dict[str, Any]]:
    """Stream for so many minutes, or until the run is cancelled; a table at the end says what came in."""
    rows = await stream_markets(minutes)
    await show_streams(rows)
    return rows
