"""Look at the book's models after their training: drift, and the day's live words said again by research."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.drift import series_of_book, show_drift, train_drifted, watch_models


@flow(name="drift")
@shielded
def drift(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    retrain: bool = False,
) -> dict[str, Any]:
    """The configured book's models, or those of what the parameters say instead; with `retrain` those that have drifted
    or fallen silent are trained again.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    flags = {"trading.venue": venue, "trading.symbols": symbols, "trading.timeframe": timeframe}
    watched = [watch_models(flags, series) for series in series_of_book(flags)]
    trained = train_drifted(flags, watched) if retrain else ()
    return show_drift(flags, watched, trained)
