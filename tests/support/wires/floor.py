"""The orders of a venue that is not there: enough of a market to answer every request of an account honestly."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal["ioc", "limit", "stop"]
State = Literal["open", "filled", "canceled", "expired"]
START_MS = 1_700_000_000_000


@dataclass
class Fill:
    """A trade of one order; `fee` in the quote asset."""

    number: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at: int


@dataclass
class Placed:
    """One order as the venue holds it; `at` in milliseconds."""

    number: int
    cid: str | None
    market: str
    is_buy: bool
    kind: Kind
    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None
    at: int
    state: State = "open"
    fills: list[Fill] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        """Base units."""
        return sum((fill.quantity for fill in self.fills), Decimal(0))

    @property
    def value(self) -> Decimal:
        """Quote currency, before fees."""
        return sum((fill.quantity * fill.price for fill in self.fills), Decimal(0))

    @property
    def average(self) -> Decimal:
        """Price, 0 without a fill."""
        return self.value / self.filled if self.filled else Decimal(0)


@dataclass
class Floor:
    """A market with one price on each side, and `depth` to be had there at a time."""

    bid: Decimal = Decimal("100.00")
    ask: Decimal = Decimal("100.25")
    depth: Decimal = Decimal(1000)
    fee_rate: Decimal = Decimal("0.001")
    now: int = START_MS
    orders: list[Placed] = field(default_factory=list)
    n_fills: int = 0

    def place(
        self,
        cid: str | None,
        market: str,
        is_buy: bool,
        kind: Kind,
        quantity: Decimal,
        limit: Decimal | None = None,
        stop: Decimal | None = None,
    ) -> Placed:
        """Take the order, and fill what crosses."""
        self.now += 1
        order = Placed(len(self.orders) + 1, cid, market, is_buy, kind, quantity, limit, stop, self.now)
        self.orders.append(order)
        price = self.ask if is_buy else self.bid
        if kind != "stop" and (limit is None or (limit >= price if is_buy else limit <= price)):
            self.fill(order, min(quantity, self.depth), price)
        if kind == "ioc" and order.state == "open":
            order.state = "canceled"
        return order

    def fill(self, order: Placed, quantity: Decimal, price: Decimal) -> None:
        """Trade so much of it."""
        self.now += 1
        self.n_fills += 1
        order.fills.append(Fill(self.n_fills, quantity, price, quantity * price * self.fee_rate, self.now))
        if order.filled == order.quantity:
            order.state = "filled"

    def cancel(self, order: Placed) -> bool:
        """Whether it was open."""
        was_open = order.state == "open"
        if was_open:
            order.state = "canceled"
        return was_open

    def first(self, holds: Callable[[Placed], bool]) -> Placed | None:
        """The first order that it holds for."""
        return next((order for order in self.orders if holds(order)), None)

    def trades(self) -> list[tuple[Placed, Fill]]:
        """Every fill with its order, oldest first."""
        pairs = [(order, fill) for order in self.orders for fill in order.fills]
        return sorted(pairs, key=lambda pair: pair[1].number)
