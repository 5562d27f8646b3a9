"""The frequent flow: fresh bars, then one decision for the newest closed one."""

from typing import Any

from prefect import flow, get_run_logger

from conf import load
from flows.ingest import wanted_series
from models.types import BadInput
from tasks.adapters.redaction import shielded
from tasks.ingest import ingest_series
from tasks.trading import trade_cycle, trade_stretch


@flow(name="trade")
@shielded
async def trade(as_of: str | None = None, bars: int = 1, live: bool = False) -> dict[str, Any]:
    """Trade the configured book now; or, with `as_of`, the last `bars` bars that had closed by then, bar by bar.

    `live` sends real orders, where stage, keys and a person's confirmation allow it too (`keel live status`).

    Neither a venue that does not answer nor a configuration that is not valid stops anything here: the cycle decides by
    the parameters adopted last, and refuses to act on a stale bar and says so.
    """
    if as_of is not None:
        return trade_stretch({}, as_of, bars)
    try:
        wanted = _to_ingest()
    except BadInput as error:
        get_run_logger().warning(f"no bars were asked for: {error}")
        wanted = []
    for series in wanted:
        ingest_series(*series, None, return_state=True)
    return trade_cycle({}, live)


def _to_ingest() -> list[tuple[str, str, str]]:
    """Series whose venue has a feed."""
    settings = load().settings
    if settings.venues[settings.trading.venue].feed in ("none", "sample"):
        return []
    return wanted_series(None, None, None)
