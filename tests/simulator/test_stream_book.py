"""The depth stream replayed on a snapshot is the book, whatever happens to either; as the documents say."""

import contextlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exchange import ApiError, Exchange, Rule
from exchange.streams import Listener, Streams
from hypothesis import given
from hypothesis import strategies as st
from stream_scenes import ASKS, BIDS, PAIR, make_exchange


@dataclass
class Follower:
    """Keeps a book as the documents say: a snapshot, then each update; after a missing one a new snapshot."""

    exchange: Exchange
    update: int = 0
    bids: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    snapshots: int = 0

    def begin(self) -> None:
        book = json.loads(self.exchange.handle("GET", "/api/v3/depth", f"symbol={PAIR}&limit=5000").body)
        self.update, self.bids, self.asks = book["lastUpdateId"], dict(book["bids"]), dict(book["asks"])
        self.snapshots += 1

    def take(self, event: dict[str, Any]) -> None:
        if event["u"] <= self.update:
            return
        if event["U"] > self.update + 1:
            self.begin()
            return
        for levels, changes in ((self.bids, event["b"]), (self.asks, event["a"])):
            levels.update(dict(changes))
            for price, quantity in changes:
                if Decimal(quantity) == 0:
                    del levels[price]
        self.update = event["u"]


acts = st.one_of(
    st.tuples(st.just("quote"), st.integers(1, 9), st.integers(0, 4)),
    st.tuples(st.just("jump"), st.integers(90, 110), st.just(0)),
    st.tuples(st.just("outside"), st.integers(-9, 9).filter(bool), st.just(0)),
    st.tuples(st.just("own"), st.integers(-3, 3).filter(bool), st.integers(95, 106)),
    st.tuples(st.just("cancel"), st.just(0), st.just(0)),
)


def act(exchange: Exchange, what: str, number: int, more: int) -> None:
    """Something happens to the book."""
    if what == "quote":
        exchange.set_book(
            PAIR, [*BIDS[:more], (Decimal(90), Decimal(number))], [*ASKS[:more], (Decimal(111), Decimal(1))]
        )
    elif what == "jump":
        exchange.set_price(PAIR, Decimal(number))
    elif what == "outside":
        exchange.outside_order(PAIR, "BUY" if number > 0 else "SELL", Decimal(abs(number)))
    elif what == "own":
        side, quantity = "BUY" if number > 0 else "SELL", Decimal(abs(number))
        with contextlib.suppress(ApiError):
            exchange.manual_order(PAIR, side, "LIMIT", timeInForce="GTC", quantity=quantity, price=Decimal(more))
    else:
        for order in [order for order in exchange.orders if order.is_open]:
            exchange.manual_cancel(order.id)


FAULTS = ["gap", "replay_last", "out_of_order", "delay:10"]


@given(st.lists(acts, max_size=25), st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(1, 12)), max_size=4))
def test_the_stream_on_a_snapshot_is_the_book(moves: list[Any], faults: list[tuple[str, int]]) -> None:
    exchange = make_exchange()
    listener = Listener(lambda: None, {"btcusdt@depth": lambda event: event})
    Streams(exchange, lambda later: later()).listeners.append(listener)
    for fault, nth in faults:
        exchange.faults.add(Rule(fault, "STREAM", "depthUpdate", nth=nth))
    follower = Follower(exchange)
    follower.begin()
    for move in [*moves, *QUIET]:
        act(exchange, *move)
        while not listener.outbox.empty():
            follower.take(json.loads(listener.outbox.get_nowait().text))
    told = (follower.update, follower.bids, follower.asks)
    follower.begin()
    assert told == (follower.update, follower.bids, follower.asks)
    if not any(fault in ("gap", "out_of_order") for fault, _ in faults):
        assert follower.snapshots == 2


QUIET = [("quote", 3 + k % 2, 3) for k in range(20)]  # long enough that every fault has struck and was noticed
