"""Tidy the streamed data up: compaction and retention."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.housekeeping import keep_ticks


@flow(name="housekeeping")
@shielded
async def housekeeping() -> list[dict[str, Any]]:
    """Join the small parts of days that are over, drop what is older than its retention."""
    return keep_ticks()
