"""The resting liquidity of one symbol: own orders and that of others, best price first, then who came first."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from exchange.orders import ZERO, Order

Level = tuple[Decimal, Decimal]


@dataclass(slots=True, eq=False)
class Entry:
    """A quantity in the queue of a price; `order` is None for what others offer."""

    price: Decimal
    quantity: Decimal
    order: Order | None = None


class Side:
    """The bids, or the asks."""

    def __init__(self, is_bid: bool) -> None:
        self.is_bid = is_bid
        self.queues: dict[Decimal, deque[Entry]] = {}
        self.prices: list[Decimal] = []
        self.touched: set[Decimal] = set()

    def best(self) -> Entry | None:
        """Who is matched next."""
        return self.queues[self._best_price()][0] if self.prices else None

    def reaches(self, price: Decimal, limit: Decimal | None) -> bool:
        """Whether somebody who takes up to `limit` (None: at any price) takes at `price`."""
        return limit is None or (price >= limit if self.is_bid else price <= limit)

    def add(self, entry: Entry) -> None:
        """Goes to the end of its price's queue."""
        queue = self.queues.get(entry.price)
        if queue is None:
            queue = self.queues[entry.price] = deque()
            insort(self.prices, entry.price)
        queue.append(entry)
        self.touched.add(entry.price)

    def reduce(self, entry: Entry, quantity: Decimal) -> None:
        """Takes from the head of its queue, and the entry away when nothing is left."""
        entry.quantity -= quantity
        self.touched.add(entry.price)
        if entry.quantity <= 0:
            self._drop(entry)

    def remove(self, order: Order) -> None:
        """An own order leaves the book."""
        entry = next(entry for entry in self.queues[order.price] if entry.order is order)
        self.touched.add(order.price)
        self._drop(entry)

    def keep_outside(self, levels: dict[Decimal, Decimal]) -> None:
        """Others have at most these quantities from now on; who was ahead of an own order stays ahead."""
        for price in tuple(self.prices):
            left = levels.get(price, ZERO)
            kept: deque[Entry] = deque()
            for entry in self.queues[price]:
                if entry.order is None:
                    if entry.quantity > left:
                        entry.quantity = left
                        self.touched.add(price)
                    left -= entry.quantity
                if entry.quantity > 0:
                    kept.append(entry)
            self.queues[price] = kept
            if not kept:
                self._forget(price)

    def outside_at(self, price: Decimal) -> Decimal:
        """What others have at the price."""
        return sum((entry.quantity for entry in self.queues.get(price, ()) if entry.order is None), ZERO)

    def quantity_at(self, price: Decimal) -> Decimal:
        """What rests at the price altogether."""
        return sum((entry.quantity for entry in self.queues.get(price, ())), ZERO)

    def levels(self) -> Iterator[Level]:
        """Prices with their quantities, best first."""
        for price in reversed(self.prices) if self.is_bid else self.prices:
            yield price, self.quantity_at(price)

    def _best_price(self) -> Decimal:
        return self.prices[-1] if self.is_bid else self.prices[0]

    def _drop(self, entry: Entry) -> None:
        queue = self.queues[entry.price]
        if queue[0] is entry:
            queue.popleft()
        else:
            queue.remove(entry)
        if not queue:
            self._forget(entry.price)

    def _forget(self, price: Decimal) -> None:
        del self.queues[price]
        del self.prices[bisect_left(self.prices, price)]


class Book:
    """Both sides, and the count of their changes as the depth stream numbers them."""

    def __init__(self) -> None:
        self.bids = Side(is_bid=True)
        self.asks = Side(is_bid=False)
        self.update_id = 1000

    def own_side(self, is_buy: bool) -> Side:
        """Where such an order rests."""
        return self.bids if is_buy else self.asks

    def other_side(self, is_buy: bool) -> Side:
        """What such an order takes from."""
        return self.asks if is_buy else self.bids

    def changes(self) -> tuple[int, list[Level], list[Level]] | None:
        """The first number, bids and asks that changed since the last call (0: gone), or None without any."""
        bids, asks = self._taken(self.bids), self._taken(self.asks)
        if not bids and not asks:
            return None
        first = self.update_id + 1
        self.update_id += len(bids) + len(asks)
        return first, bids, asks

    @staticmethod
    def _taken(side: Side) -> list[Level]:
        touched = sorted(side.touched, reverse=side.is_bid)
        side.touched.clear()
        return [(price, side.quantity_at(price)) for price in touched]


def require_uncrossed(bids: Iterable[Level], asks: Iterable[Level]) -> None:
    """Nothing, when others do not trade with each other.

    Raises:
        ValueError: a bid reaches an ask, or a quantity or price is not above zero.
    """
    bids, asks = list(bids), list(asks)
    if any(price <= 0 or quantity <= 0 for price, quantity in (*bids, *asks)):
        raise ValueError("a book has prices and quantities above zero")
    if bids and asks and max(bids)[0] >= min(asks)[0]:
        raise ValueError(f"the bid {max(bids)[0]} reaches the ask {min(asks)[0]}; give a book that is not crossed")
