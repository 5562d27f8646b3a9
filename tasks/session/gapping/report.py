"""What a gap report found, as values."""

from dataclasses import dataclass
from typing import Any

from models.gap import Kind
from models.types import FloatArray, IntArray, iso


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the session was not what the backtest makes of it; `bar` opens, UTC microseconds."""

    bar: int
    kind: Kind
    system: str
    symbol: str
    text: str

    def as_json(self) -> dict[str, str]:
        """For scripts."""
        named = {"bar": iso(self.bar), "kind": self.kind.value, "system": self.system, "symbol": self.symbol}
        return named | {"text": self.text}


@dataclass(frozen=True, slots=True, eq=False)
class GapReport:
    """A traded window and its backtest; money in quote currency.

    Attributes:
        first, last: bars of the first and last decision, UTC microseconds.
        decisions, missed: bars that were decided on, and that passed without between them.
        orders, fills: of the window.
        made, backtest: what the account gained in it, and what the backtest does.
        parts: what each cause brought more (negative: less) than the backtest; together made - backtest.
        unexplained: of the signal's part, what not even the recorded orders and fills explain.
        traded: value of the fills, those of the backtest where nothing was filled.
        settings: how many configurations the window had; other_settings: those that cannot be built again.
        foreign: older decisions of a Keel whose state had another shape, left out.
        ts, lines: opens of the bars, and what each cause had brought after each.
    """

    book: str
    first: int
    last: int
    decisions: int
    missed: int
    orders: int
    fills: int
    made: float
    backtest: float
    parts: dict[Kind, float]
    unexplained: float
    traded: float
    limit_bps: float
    least_money: float
    config_version: str
    settings: int
    other_settings: tuple[str, ...]
    foreign: int
    findings: tuple[Finding, ...]
    ts: IntArray
    lines: dict[Kind, FloatArray]

    @property
    def total(self) -> float:
        """What was made more than the backtest makes."""
        return self.made - self.backtest

    def bps(self, money: float) -> float:
        """In basis points of what was traded; zero where nothing was."""
        return money / self.traded * 1e4 if self.traded > 0.0 else 0.0

    @property
    def beyond(self) -> bool:
        """Whether the gap costs the stage: it is beyond the limit, either way, and no small change."""
        return abs(self.bps(self.total)) > self.limit_bps and abs(self.total) > self.least_money

    def as_json(self) -> dict[str, Any]:
        """The fields that scripts rely on."""
        return {
            "book": self.book,
            "first": iso(self.first),
            "last": iso(self.last),
            "decisions": self.decisions,
            "missed": self.missed,
            "orders": self.orders,
            "fills": self.fills,
            "made": self.made,
            "backtest": self.backtest,
            "traded": self.traded,
            "total": self.total,
            "bps": self.bps(self.total),
            "parts": {kind.value: {"money": money, "bps": self.bps(money)} for kind, money in self.parts.items()},
            "unexplained": self.unexplained,
            "limit_bps": self.limit_bps,
            "least_money": self.least_money,
            "beyond": self.beyond,
            "settings": self.settings,
            "other_settings": list(self.other_settings),
            "left_out": self.foreign,
            "config_version": self.config_version,
            "findings": [one.as_json() for one in self.findings],
        }
