"""What the present book, and the fullest that each profile allows, would lose in every scenario."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.stress import stress_book


@flow(name="stress")
@shielded
def stress(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    scenario: str | list[str] | None = None,
    together: bool = False,
    file: str | None = None,
    act: bool = False,
) -> dict[str, Any]:
    """Stress the configured book, or what the parameters say instead, by all scenarios or those named; `together` makes
    one of them, `file` stands in for conf/stress.yaml. With `act` a breach raises the alert, and de-risks by setting.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    scenarios = [scenario] if isinstance(scenario, str) else scenario
    flags = {"trading.venue": venue, "trading.symbols": symbols, "trading.timeframe": timeframe}
    return stress_book(flags, scenarios or [], together, file, act)
