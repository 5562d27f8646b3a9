"""What a periodic report says, as values."""

from dataclasses import asdict, dataclass, field
from typing import Any

from models.portfolio import Attribution
from models.types import iso
from tasks.session.overview.views import StageNow
from tasks.session.reporting.periods import Span
from tasks.session.running.figures import Curve, Figure


@dataclass(frozen=True, slots=True)
class Money:
    """What the book was worth and made, quote currency.

    Attributes:
        begin, end: equity before the span and at its last decision.
        profit: after all costs, realised and unrealised; deposits are in none of it.
        deposits: less withdrawals.
        systems: profit of each system.
    """

    begin: float
    end: float
    profit: float
    deposits: float
    systems: dict[str, float]


@dataclass(frozen=True, slots=True)
class Charged:
    """A specialist of a system: trades that it closed, and the share of decisions and symbols at which it was in
    charge. `win_rate` None without a trade.
    """

    system: str
    specialist: str
    trades: int
    win_rate: float | None
    profit: float
    costs: float
    in_charge: float


@dataclass(frozen=True, slots=True)
class Used:
    """A limit of the account and how much of it was used at most, at decisions: found by limit."""

    name: str
    most: float
    limit: float
    used: float
    at: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for a list."""

    at: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """The newest verdict that is not younger than the span's end, or than now."""

    at: str
    text: str
    beyond: bool
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class PeriodReport:
    """Of one book in one span.

    Attributes:
        is_over: whether the span had ended when it was made.
        money, curve: None without a decision.
        figures: as of a session's report; None with its reason.
        limits_used: in the span, by the limits of today; limits_now: used share by name, as `keel risk` has them.
        orders: by state; refused: by reason, of decisions; failures: orders that a person should know of.
        bars: what became of bars in sessions; skipped: why.
        alerts: raised in the span, by severity; told: the gravest of them.
        missing: why a part is empty though it should not be, by the part's name.
    """

    book: str
    stage: str
    span: Span
    made_at: int
    is_over: bool
    decisions: int
    fills: int
    trades: int
    money: Money | None
    curve: Curve | None
    figures: dict[str, Figure]
    costs: dict[str, float]
    specialists: tuple[Charged, ...]
    regimes: tuple[Attribution, ...]
    symbols: tuple[Attribution, ...]
    limits_used: tuple[Used, ...]
    limits_now: dict[str, float]
    var_now: float | None
    stops: tuple[Event, ...]
    orders: dict[str, int]
    refused: dict[str, int]
    failures: tuple[Event, ...]
    bars: dict[str, int]
    skipped: dict[str, int]
    feeds: tuple[Event, ...]
    alerts: dict[str, int]
    told: tuple[Event, ...]
    gap: Gap | None
    standing: StageNow | None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One or two sentences, for an alert and the head of the page."""
        name = f"{self.span.period} report {self.span.name} of {self.book}"
        if self.money is None:
            return f"{name}: nothing was decided; {self._troubles()}"
        share = f" ({self.money.profit / self.money.begin:+.2%})" if self.money.begin > 0.0 else ""
        return (
            f"{name}: profit {self.money.profit:+,.2f}{share}, equity {self.money.end:,.2f}, {self.trades} trades, "
            f"{self.decisions} decisions; {self._troubles()}"
        )

    def _troubles(self) -> str:
        raised = ", ".join(f"{count} {name}" for name, count in self.alerts.items())
        return f"alerts: {raised or 'none'}" + (f"; not known: {', '.join(self.missing)}" if self.missing else "")

    def as_json(self) -> dict[str, Any]:
        """The fields that scripts rely on."""
        own = ("book", "stage", "is_over", "decisions", "fills", "trades", "costs", "limits_now", "var_now", "orders")
        more = ("refused", "bars", "skipped", "alerts", "missing")
        lists = ("specialists", "regimes", "symbols", "limits_used", "stops", "failures", "feeds", "told")
        return {
            **{name: getattr(self, name) for name in (*own, *more)},
            "period": self.span.period.value,
            "name": self.span.name,
            "begin": iso(self.span.begin),
            "end": iso(self.span.end),
            "made_at": iso(self.made_at),
            "money": None if self.money is None else asdict(self.money),
            "figures": {name: one.value for name, one in self.figures.items()},
            "why_not": {name: one.why for name, one in self.figures.items() if one.value is None},
            **{name: [asdict(one) for one in getattr(self, name)] for name in lists},
            "gap": None if self.gap is None else asdict(self.gap),
            "standing": None if self.standing is None else asdict(self.standing),
        }
