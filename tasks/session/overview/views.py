"""What one look at the running system shows, part by part: values that API, dashboard, metrics and reports share.

Moments are ISO 8601 texts in UTC, amounts quote currency, shares fractions; None where a figure is not known.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """A component; `required`: the system is not well without it. `url`: where a person opens it."""

    name: str
    ok: bool
    required: bool
    why: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A regime that held from the close of the bar that opened at `since`, until the next stretch begins."""

    since: str
    regime: str


@dataclass(frozen=True, slots=True)
class RegimeNow:
    """The regime that a symbol is traded by; `confidence` 0..1, `band`: its history, the oldest stretch first."""

    symbol: str
    regime: str
    confidence: float | None
    since: str | None
    band: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class InCharge:
    """Who trades a symbol for a system; `specialist` None: nobody, or the system has none."""

    system: str
    symbol: str
    specialist: str | None
    edge_bps: float | None


@dataclass(frozen=True, slots=True)
class Holding:
    """What a system holds of a symbol (`quantity`, base units, negative short) and what waits to be filled (`ordered`).

    Attributes:
        specialist: who answers for it.
        price: newest known price, `price_at` when that was known.
        value, profit: at that price; the profit is unrealised, after the fees of the entry.
        var: one-day value at risk of the position by itself.
    """

    system: str
    symbol: str
    specialist: str | None
    quantity: float
    ordered: float
    entry: float | None
    price: float | None
    price_at: str | None
    value: float
    profit: float
    stop: float | None
    target: float | None
    var: float | None


@dataclass(frozen=True, slots=True)
class Earned:
    """Closed trades by one key: `of` is system, specialist, regime or symbol.

    Attributes:
        win_rate: share with a profit; None without a trade.
        profit: realised, after `costs`.
        unrealised: of what is open; None where it is not told apart by this key.
    """

    of: str
    name: str
    trades: int
    win_rate: float | None
    profit: float
    costs: float
    unrealised: float | None


@dataclass(frozen=True, slots=True)
class Equity:
    """At each decision, the oldest first; `drawdown` is the fall from the highest value so far, fraction, 0 or more."""

    at: tuple[str, ...]
    equity: tuple[float, ...]
    drawdown: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LimitNow:
    """A limit of the account (`system` empty) or a system; `used`: found by limit, 1 where it binds or trips.

    `binds`: nothing of its system (or of the account) is used more.
    """

    name: str
    system: str
    found: float
    limit: float
    used: float | None
    binds: bool
    source: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """An intent of a decision, and what became of it."""

    cid: str
    system: str
    specialist: str
    symbol: str
    side: str
    quantity: float
    price: float
    edge_bps: float
    reason: str
    text: str
    bound: str
    bound_by: str | None
    status: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """What was refused, or not even wanted, for a system and symbol: reason code and sentence."""

    system: str
    symbol: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision."""

    id: str
    book: str
    bar: str
    at: str
    regimes: dict[str, str]
    intents: tuple[Wanted, ...]
    refused: tuple[NotDone, ...]
    held: tuple[NotDone, ...]
    edges_bps: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderNow:
    """An order as a venue knows it; amounts are decimal texts, as the journal has them."""

    cid: str
    parent: str
    book: str
    venue: str
    symbol: str
    role: str
    kind: str
    side: str
    quantity: str
    filled: str
    limit: str | None
    stop: str | None
    state: str
    why: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class FeedNow:
    """A feed that was ever asked; `age_seconds` since its last answer."""

    feed: str
    ok: bool
    age_seconds: float | None
    failing_since: str | None
    why: str


@dataclass(frozen=True, slots=True)
class BarsNow:
    """The newest bar of a series of the book; `age_seconds` since its close."""

    venue: str
    symbol: str
    timeframe: str
    newest: str | None
    age_seconds: float | None


@dataclass(frozen=True, slots=True)
class ModelNow:
    """A model of a series; `why`: it may not speak now, None where it may."""

    series: str
    model: str
    version: str | None
    age_days: float | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of what the next stage asks for."""

    name: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class StageNow:
    """Where the book stands and what it lacks for the next stage."""

    line: str
    standing: str
    in_force: str
    configured: str
    following: str | None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class StopNow:
    """A stop in force, of the account (`system` empty) or of a system."""

    system: str
    level: str
    breaker: str
    text: str
    stops: str
    since: str | None
    released_by: str


@dataclass(frozen=True, slots=True)
class AlertNow:
    """An alert; `id` names it in addresses, `runbook` is the section of docs/runbook.md."""

    id: str
    kind: str
    severity: str
    text: str
    runbook: str
    raised_at: str
    delivered_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it at one moment.

    Attributes:
        at: when it was looked at.
        revision: changes whenever the journal does; the same one is the same journal.
        missing: why a part is empty though it should not be, by the part's name: nothing is left out silently.
        var: one-day value at risk of the whole book, quote currency.
        profit: of the book since it began, deposits and withdrawals in neither.
    """

    at: str
    revision: str
    book: str
    stage: str
    stopped: bool
    reason: str | None
    equity: float | None
    drawdown: float | None
    var: float | None
    profit: float | None
    parts: tuple[Part, ...]
    stops: tuple[StopNow, ...]
    regimes: tuple[RegimeNow, ...]
    in_charge: tuple[InCharge, ...]
    holdings: tuple[Holding, ...]
    earned: tuple[Earned, ...]
    limits: tuple[LimitNow, ...]
    curve: Equity
    decisions: tuple[Decided, ...]
    orders: tuple[OrderNow, ...]
    order_states: dict[str, int]
    feeds: tuple[FeedNow, ...]
    bars: tuple[BarsNow, ...]
    models: tuple[ModelNow, ...]
    standing: StageNow | None
    alerts: tuple[AlertNow, ...]
    missing: dict[str, str]
