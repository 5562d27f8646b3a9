"""Rows of the journal as values."""

from dataclasses import dataclass, field

from models.types import Fill, Intent, LadderEvent, Refusal, Switch


@dataclass(frozen=True, slots=True)
class Carried:
    """What a book carries from bar to bar: the figures of its state by their owners, each list in the state's order.

    Attributes:
        accounts: by system.
        positions: by system and symbol.
        records: by system and specialist.
        ladder: the account's stops by the names of models.risk.Ladder; empty where an older Keel wrote the state.
    """

    accounts: dict[str, list[float]]
    positions: dict[str, dict[str, list[float]]]
    records: dict[str, dict[str, list[float]]]
    ladder: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of one book for one bar.

    Attributes:
        id: deterministic, from book and bar.
        book: account that decides; its decisions form a chain of states.
        bar: open of the newest bar it saw, UTC microseconds.
        decided_at: UTC microseconds by the clock of the cycle.
        config_version: of the configuration in force.
        models: version of the model that spoke by symbol, without those for which none did.
        regimes: name of the regime by symbol that its systems followed.
        inputs: everything that the step read of that bar, by symbol and by the names of models.engine.panel, and the
            standard deviation (basis points) and weight behind its edge, edge_error and edge_weight; None where a
            figure was not known.
        switches: which specialists are in charge from now on where others were, in the order of the book's rows.
        intents: orders it wants, in the same order.
        refused: what it did not do, with reasons.
        held: reason by system and symbol where nothing was wanted.
        state_before: what the bars since the decision before were folded from: the state after that one.
        state_after: after the fills of those bars, and this decision.
        events: what tripped and what was released on those bars, in order.
        bound_by: by client order id the limit that set the size of an order: its key, and file and line of its value.
    """

    id: str
    book: str
    bar: int
    decided_at: int
    config_version: str
    models: dict[str, str]
    regimes: dict[str, str]
    inputs: dict[str, dict[str, float | None]]
    switches: tuple[Switch, ...]
    intents: tuple[Intent, ...]
    refused: tuple[Refusal, ...]
    held: dict[str, dict[str, str]]
    state_before: Carried
    state_after: Carried
    events: tuple[LadderEvent, ...] = ()
    bound_by: dict[str, str] = field(default_factory=dict)

    def cid(self, intent: Intent) -> str:
        """Client order id of one of its intents: the same whenever the same decision is made again."""
        wanted = [(one.system, one.symbol) for one in self.intents]
        return f"{self.id}-{wanted.index((intent.system, intent.symbol))}"


@dataclass(frozen=True, slots=True)
class Order:
    """An intent that a broker was given.

    Attributes:
        status: open; filled, also where only a part was and the rest is over; expired without a fill.
        model: version of the model behind it, empty where there was none.
        has_fills: whether anything of it was filled.
    """

    cid: str
    broker: str
    status: str
    intent: Intent
    model: str
    has_fills: bool


@dataclass(frozen=True, slots=True)
class CameOf:
    """What came of an order: its status, as in Order, base units filled, and their value in quote currency."""

    status: str
    filled: float
    value: float


@dataclass(frozen=True, slots=True)
class BookedFill:
    """A fill, and what its profit or loss is attributed to beside its symbol, system, specialist and regime.

    Attributes:
        cid: of the order it belongs to; a level's fill belongs to the order that opened the position.
        model: version of the model behind the decision that opened the position.
    """

    cid: str
    model: str
    fill: Fill

    def trade_id(self, broker: str) -> str:
        """The same whenever the same bar is settled again; an order has no leg twice in one bar."""
        return f"{broker}-{self.cid}-{self.fill.ts}-{self.fill.leg.name.lower()}"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a book's orders since its last decision.

    Attributes:
        broker: by whom.
        fills: in the order they happened.
        closed: status by client order id of the orders that are over.
        trades: ids of the venues' fills that the decision booked, by OrderLog.unsettled.
    """

    broker: str
    fills: tuple[BookedFill, ...] = ()
    closed: dict[str, str] = field(default_factory=dict)
    trades: tuple[int, ...] = ()
