"""Make a challenger champion of its regime, let a stored version of a model speak, or give the book its next stage."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.evolution import promote_challenger
from tasks.session.learning.promoting import require_one_kind
from tasks.staging import promote_stage
from tasks.training import promote_stored_model


@flow(name="promote")
@shielded
def promote(
    specialist: str | None = None,
    run: str | None = None,
    model: str | None = None,
    version: str | None = None,
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    stage: str | None = None,
    who: str = "",
    why: str = "",
    phrase: str = "",
) -> dict[str, Any]:
    """Promote the challenger of a specialist, which has to be of the evolution `run` where one is given. One that has
    not passed is refused with its reasons, and the run fails. Or, instead of a specialist, promote a version of a
    model, the one that was trained last where none is given, for the configured book or what the parameters say.

    Or give the configured book the `stage` that follows, where its evidence has every criterion: `who` is a person,
    and `phrase` what they type (`PROMOTE binance|1h|BTC/USDT TO micro`); see `keel stage`.
    """
    if stage is not None:
        return promote_stage(stage, who, why, phrase)
    symbols = [symbol] if isinstance(symbol, str) else symbol
    flags = {"trading.venue": venue, "trading.symbols": symbols, "trading.timeframe": timeframe}
    require_one_kind(specialist, run, model, version, flags)
    if model is not None:
        return {"models": promote_stored_model(flags, model, version)}
    return promote_challenger(specialist or "", run)
