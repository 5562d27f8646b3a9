"""The frequent flow: fresh bars, then one decision for the newest closed one."""

from typing import Any

from prefect import flow

from conf import load
from flows.ingest import wanted_series
from tasks.ingest import ingest_series
from tasks.trading import trade_cycle, trade_stretch


@flow(name="trade")
async def trade(as_of: str | None = None, bars: int = 1) -> dict[str, Any]:
    """Trade the configured book now; or, with `as_of`, the last `bars` bars that had closed by then, bar by bar.

    A venue that does not answer stops nothing here: the cycle itself refuses to act on a stale bar and says so.
    """
    if as_of is not None:
        return trade_stretch({}, as_of, bars)
    settings = load().settings
    if settings.venues[settings.trading.venue].feed not in ("none", "sample"):
        for series in wanted_series(None, None, None):
            ingest_series(*series, None, return_state=True)
    return trade_cycle({})
