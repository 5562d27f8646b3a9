"""Look at the bars that were held back from every search."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.evolution import look_into_vault


@flow(name="vault")
@shielded
def vault(
    why: str, venue: str | None = None, symbol: str | list[str] | None = None, timeframe: str | None = None
) -> dict[str, Any]:
    """Try the candidates of the newest evolution on the held slice. The look is logged with `why` and charged as a
    trial: what is looked at often is no evidence any more.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    return look_into_vault({"trading.venue": venue, "trading.symbols": symbols, "trading.timeframe": timeframe}, why)
