"""Fetch history that the lake does not reach back to, and what is missing inside it."""

from typing import Any

from prefect import flow

from flows.ingest import wanted_series
from tasks.adapters.redaction import shielded
from tasks.ingest import ingest_series, repair_series, show_coverage


@flow(name="backfill")
@shielded
def backfill(
    since: str, venue: str | None = None, symbol: str | None = None, timeframe: str | None = None
) -> list[dict[str, Any]]:
    """From `since` (such as 2020-01-01, UTC) on: one series, or everything that the configured book needs."""
    wanted = wanted_series(venue, symbol, timeframe)
    results = [ingest_series(*one, since) | {"repair": repair_series(*one)} for one in wanted]
    show_coverage(wanted)
    return results
