"""An order at the exchange, its states, and the trades it made."""

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
ALGO = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
AT_MARKET = ("MARKET", "STOP_LOSS", "TAKE_PROFIT")
OPEN = ("NEW", "PARTIALLY_FILLED")
AFTER = {
    "NEW": ("PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED"),
    "PARTIALLY_FILLED": ("PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED"),
}


@dataclass(slots=True, eq=False)
class Order:
    """One order that was accepted; quantities in the base asset, `quote_done` and `quote_quantity` in the quote asset.

    `locked` is what it still holds back of its owner's balance. `history` has every status it went through.
    """

    symbol: str
    id: int
    client_id: str
    side: str
    type: str
    time_in_force: str
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    stop_price: Decimal
    created_ms: int
    strategy: tuple[tuple[str, int], ...] = ()
    status: str = "NEW"
    executed: Decimal = ZERO
    quote_done: Decimal = ZERO
    locked: Decimal = ZERO
    updated_ms: int = 0
    working_ms: int | None = None
    expiry_reason: str = ""
    visible_ms: int = 0
    history: list[str] = field(default_factory=lambda: ["NEW"])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_buy(self) -> bool:
        return self.side == "BUY"

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed

    def move(self, status: str, now_ms: int) -> None:
        """The next state.

        Raises:
            RuntimeError: no order goes from its state to that one; the simulator is wrong.
        """
        if status not in AFTER.get(self.status, ()):
            raise RuntimeError(f"order {self.id} of {self.symbol} cannot go from {self.status} to {status}")
        self.status, self.updated_ms = status, now_ms
        self.history.append(status)


@dataclass(frozen=True, slots=True)
class Trade:
    """One match of an own order; ids count within the symbol, as the real ones do."""

    symbol: str
    id: int
    order_id: int
    client_id: str
    price: Decimal
    quantity: Decimal
    quote: Decimal
    commission: Decimal
    commission_asset: str
    time_ms: int
    is_buyer: bool
    is_maker: bool
    visible_ms: int = 0
