"""Hold what the book did, on paper or live, against its backtest over the same bars."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.gap import measure_gap


@flow(name="gap")
@shielded
async def gap(days: float | None = None, stage: str | None = None) -> dict[str, Any]:
    """The difference over the last `days` (gap.window_days), split into data, signal, timing, fill and fee."""
    return measure_gap(days, stage)
