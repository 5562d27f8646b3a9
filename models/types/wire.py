"""Orders as venues know them: decimal figures, states that only move forward, and what a venue says about them."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order is. Stored: never rename.

    SENT is durable before the wire: from then on the order may exist at the venue. UNKNOWN: the venue was asked and did
    not answer clearly. LOST: it never arrived there, which the venue itself said often enough.
    """

    SENT = "sent"
    UNKNOWN = "unknown"
    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    LOST = "lost"

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be filled of it."""
        return self not in (OrderState.SENT, OrderState.UNKNOWN, OrderState.OPEN)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is not known if the venue has it."""
        return self in (OrderState.SENT, OrderState.UNKNOWN)


class Role(StrEnum):
    """What an order is for. Stored: never rename."""

    ENTRY = "entry"
    ADD = "add"
    EXIT = "exit"
    STOP = "stop"
    TARGET = "target"
    PARTIAL = "partial"
    FLATTEN = "flatten"

    @property
    def opens(self) -> bool:
        """Whether it makes a position larger; every other role only makes one smaller."""
        return self in (Role.ENTRY, Role.ADD)


class OrderKind(StrEnum):
    """How it trades. MARKET is bounded by its collar: a limit order that is filled at once or expires."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class WireOrder:
    """One order on its way to a venue, there, or over.

    Attributes:
        cid: client order id, at most 36 characters, never used twice.
        parent: client order id of the intent it works for; of a stop or a target, of the entry's intent.
        book, system: whose it is.
        venue, symbol: where it trades; the symbol as the book writes it, such as BTC/USDT.
        quantity: base units, positive, a multiple of the venue's lot.
        limit: worst price; of a MARKET order its collar; None for a STOP that sells at market.
        stop: level that triggers a STOP.
        reference: price it was decided on, quote currency: what slippage is measured against.
        decided_at: close of the decision's bar or the time of the level's crossing, UTC microseconds: what staleness is
            measured against.
        created_at: when it was admitted, UTC microseconds.
        state, filled, value: as last heard; base units filled, and what was paid or received for them (quote currency,
            before fees).
        exchange_id: the venue's own id, empty until it said one.
        why: reason of a rejection, a loss or a cancellation.
    """

    cid: str
    parent: str
    book: str
    system: str
    venue: str
    symbol: str
    role: Role
    kind: OrderKind
    is_buy: bool
    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None
    reference: Decimal
    decided_at: int
    created_at: int
    state: OrderState = OrderState.SENT
    filled: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    exchange_id: str = ""
    why: str = ""

    @property
    def remaining(self) -> Decimal:
        """Base units not filled."""
        return self.quantity - self.filled

    @property
    def worst(self) -> Decimal:
        """The worst price that it may be filled at, as far as one is known: collar, limit, stop or reference."""
        return self.limit or self.stop or self.reference


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """A fill as a venue reports it.

    Attributes:
        trade_id: unique for venue, symbol and side: an account that trades with itself has it twice.
        cid: client order id of its order, None where the venue does not say; `exchange_id` is the venue's own.
        fee: in units of `fee_asset`, positive is paid.
        at: when it happened, UTC microseconds by the venue's clock.
    """

    venue: str
    symbol: str
    trade_id: str
    exchange_id: str
    cid: str | None
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    at: int
    maker: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a venue says of one order, by reply, query or stream; `filled` is cumulative.

    `cid` is None for an order that a person placed without one. `trades` may be fewer than `filled` says. `stop`: the
    level that triggers it, where the venue says one.
    """

    venue: str
    symbol: str
    cid: str | None
    exchange_id: str
    state: OrderState
    is_buy: bool
    quantity: Decimal
    filled: Decimal
    value: Decimal
    at: int
    kind: str = ""
    why: str = ""
    trades: tuple[VenueTrade, ...] = ()
    stop: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Best prices of a symbol at a venue, `at` UTC microseconds when they arrived."""

    venue: str
    symbol: str
    bid: Decimal
    ask: Decimal
    at: int

    @property
    def mid(self) -> Decimal:
        """Between bid and ask."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class Balance:
    """Units of one asset: what is free, and what open orders bind."""

    asset: str
    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.free + self.locked


@dataclass(frozen=True, slots=True)
class MarketRules:
    """What a venue asks of orders in a symbol now. `is_trading` False: nothing may be opened; unknown status is False.

    `takes_stops`: whether a protective stop can rest there. `base`, `quote`: its assets.
    """

    venue: str
    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    least_quantity: Decimal
    most_quantity: Decimal | None
    min_notional: Decimal
    is_trading: bool
    takes_stops: bool
    status: str = ""
    taker_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a venue says that a key may do; None where it does not say."""

    venue: str
    can_trade: bool | None
    can_withdraw: bool | None
    can_transfer: bool | None
    address_restricted: bool | None
    spot_only: bool | None
    said: dict[str, str] = field(default_factory=dict)
