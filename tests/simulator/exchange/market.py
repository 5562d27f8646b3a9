"""Everything the exchange knows of one symbol."""

from decimal import Decimal

from exchange.book import Book
from exchange.candles import Candles
from exchange.orders import Order, Trade
from exchange.symbols import Symbol

FIRST_ORDER, FIRST_TRADE = 1001, 5001


class Market:
    """A symbol's rules, book, tape, and own orders; order and trade ids count within the symbol."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol
        self.book = Book()
        self.candles = Candles()
        self.last: Decimal | None = None
        self.last_quantity = Decimal(0)
        self.orders: dict[int, Order] = {}
        self.by_client: dict[str, list[Order]] = {}
        self.open: dict[int, Order] = {}
        self.waiting: dict[int, Order] = {}  # stops that did not trigger yet
        self.trades: list[Trade] = []
        self.prints = FIRST_TRADE - 1

    def admit(self, order: Order) -> None:
        """A new order; its state says the rest."""
        self.orders[order.id] = order
        self.by_client.setdefault(order.client_id, []).append(order)
        self.open[order.id] = order

    def next_order_id(self) -> int:
        return FIRST_ORDER + len(self.orders)

    def next_trade_id(self) -> int:
        self.prints += 1
        return self.prints

    def latest(self, client_id: str) -> Order | None:
        """Of several orders with that id, the one that came last."""
        known = self.by_client.get(client_id)
        return known[-1] if known else None

    def is_taken(self, client_id: str) -> bool:
        """Whether an open order has that id; one that is done frees it."""
        return any(order.is_open for order in self.by_client.get(client_id, ()))
