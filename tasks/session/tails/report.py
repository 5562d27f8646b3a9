"""What the present positions could lose in a day, by every method, and where it comes from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.tails import (
    DEFAULT_METHOD,
    DailyCloses,
    Fit,
    PortfolioTail,
    Scenarios,
    TailSettings,
    log_returns,
    portfolio_tail,
    prepare,
)
from models.types import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class PreparedRisk:
    """What is made once a day. `symbols` are the scenarios' assets; `unknown` are those of which too little is known to
    say anything; `as_of` is when the newest day was known, UTC microseconds.
    """

    symbols: tuple[str, ...]
    unknown: tuple[str, ...]
    scenarios: Scenarios | None
    as_of: int


@dataclass(frozen=True, slots=True, eq=False)
class RiskReport:
    """Money in quote currency, the sides of positions by their sign.

    Attributes:
        values: by symbol, all that were given.
        tail: of the symbols that are known, None without any.
        symbols: its order.
        unknown: held symbols that are in no figure but leverage.
        portfolio_risk: what all positions would lose at their stops, fraction of equity; None where nobody said.
    """

    equity: float
    confidence: float
    values: dict[str, float]
    symbols: tuple[str, ...]
    tail: PortfolioTail | None
    unknown: tuple[str, ...]
    leverage: float
    portfolio_risk: float | None
    as_of: int

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; shares are fractions of equity."""
        tail = self.tail
        shape = None if tail is None else tail.shape
        return {
            "as_of": self.as_of,
            "equity": self.equity,
            "confidence": self.confidence,
            "default": DEFAULT_METHOD,
            "methods": {} if tail is None else {name: self._method(*one) for name, one in tail.tails.items()},
            "positions": [self._position(symbol) for symbol in self.values],
            "leverage": self.leverage,
            "concentration": None if shape is None else _known(shape.concentration),
            "effective_positions": None if shape is None else shape.effective,
            "average_correlation": None if shape is None else _known(shape.average_correlation),
            "portfolio_risk": self.portfolio_risk,
            "unknown": list(self.unknown),
        }

    def _method(self, var: float, es: float) -> dict[str, float]:
        return {"var": var, "var_share": var / self.equity, "cvar": es, "cvar_share": es / self.equity}

    def _position(self, symbol: str) -> dict[str, object]:
        value = self.values[symbol]
        told: dict[str, object] = {"symbol": symbol, "value": value, "share": value / self.equity}
        if self.tail is None or symbol not in self.symbols:
            return told | {"component_var": None, "marginal_var": None, "component_cvar": None}
        at = self.symbols.index(symbol)
        return told | {
            "component_var": float(self.tail.gaussian.component[at]),
            "marginal_var": float(self.tail.gaussian.marginal[at]),
            "component_cvar": float(self.tail.shortfall[at]),
        }


def prepare_risk(days: Mapping[str, DailyCloses], settings: TailSettings, fit: Fit) -> PreparedRisk:
    """Once a day: scenarios of every symbol with enough days, from those that they have in common.

    Raises:
        BadInput: the symbols have too few days in common.
    """
    known = {symbol: one for symbol, one in days.items() if _says_enough(one, settings)}
    scenarios = prepare(list(known.values()), settings, fit) if known else None
    newest = max((int(one.known_at[-1]) for one in known.values()), default=0)
    return PreparedRisk(tuple(known), tuple(one for one in days if one not in known), scenarios, newest)


def risk_now(
    prepared: PreparedRisk,
    values: Mapping[str, float],
    equity: float,
    confidence: float,
    at_stops: float | None = None,
) -> RiskReport:
    """Each second: the figures for signed position values by symbol; `at_stops` is what all would lose at their stops.

    Raises:
        BadInput: equity is not positive, or the confidence is not between 0 and 1.
    """
    if not 0.0 < equity < math.inf:
        raise BadInput(f"found equity {equity}; risk is told as a fraction of it, so give a positive amount")
    held = np.array([values.get(symbol, 0.0) for symbol in prepared.symbols])
    tail = None if prepared.scenarios is None else portfolio_tail(held, prepared.scenarios, confidence)
    return RiskReport(
        equity=equity,
        confidence=confidence,
        values=dict(values),
        symbols=prepared.symbols,
        tail=tail,
        unknown=tuple(symbol for symbol, value in values.items() if value != 0.0 and symbol not in prepared.symbols),
        leverage=math.fsum(abs(value) for value in values.values()) / equity,
        portfolio_risk=None if at_stops is None else at_stops / equity,
        as_of=prepared.as_of,
    )


def _says_enough(days: DailyCloses, settings: TailSettings) -> bool:
    returns = log_returns(days.close)
    return returns.size >= settings.least_days and bool(returns[-settings.window_days :].any())


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
