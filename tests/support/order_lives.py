"""Orders of every type through every state, by the official SDK over HTTP; every answer is kept as it came."""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_spot.rest_api import SpotRestAPI
from exchange import Exchange, Symbol, WallClock

PAIR = "BTCUSDT"
BIDS = [(Decimal(49_990), Decimal(1)), (Decimal(49_980), Decimal(5))]
ASKS = [(Decimal(50_000), Decimal("0.5")), (Decimal(50_010), Decimal(5))]
MINUTE_MS = 60_000


@dataclass(slots=True)
class Answers:
    """Each as (name, text), where one name stands for one form of answer."""

    kept: list[tuple[str, str]] = field(default_factory=list)

    def hook(self, response: Any, **_: Any) -> None:
        """For the session of `requests`: keeps what came."""
        path = response.url.split("?")[0].partition("/api/v3/")[2]
        is_new = response.request.method == "POST"
        plural = {"openOrders": "orders", "allOrders": "orders"}
        name = plural.get(path, "newOrder" if is_new and path == "order" else path)
        if response.request.method == "DELETE":
            name = {"order": "canceled", "orders": "canceledAll"}[name]
        self.kept.append((name, response.text))


def make_exchange() -> Exchange:
    """A venue with a book, bars and a trade behind it."""
    exchange = Exchange([Symbol()], WallClock(), balances={"USDT": Decimal(1_000_000), "BTC": Decimal(10)})
    exchange.set_price(PAIR, Decimal(49_995))
    exchange.set_book(PAIR, BIDS, ASKS)
    now = exchange.clock.now_ms() // MINUTE_MS * MINUTE_MS
    rows = [[now - back * MINUTE_MS, "49000", "49100", "48900", "49050", "7"] for back in range(30, 0, -1)]
    exchange.set_klines(PAIR, "1m", rows)
    return exchange


def sdk(url: str, answers: Answers | None = None, secret: str = "secret") -> Any:  # noqa: S107
    """The official REST client, pointed at the simulator; it never tries anything twice."""
    client = SpotRestAPI(
        ConfigurationRestAPI("key", secret, base_path=url, timeout=10_000, retries=0, compression=False)
    )
    client._session.trust_env = False
    if answers is not None:
        client._session.hooks["response"].append(answers.hook)
    return client


def live_through(venue: Exchange, client: Any) -> None:
    """Everything an order can be, and everything that can be asked."""
    for scene in (_market_data, _resting, _taking, _partial, _stops, _replacing, _asking):
        scene(venue, Trader(client))
        venue.set_book(PAIR, BIDS, ASKS)


@dataclass(slots=True)
class Trader:
    """Places orders with ids of its own, and looks at each again."""

    client: Any

    def place(self, side: str, kind: str, **more: Any) -> str:
        """The client order id of a new order."""
        name = f"life-{time.monotonic_ns()}"
        self.client.new_order(PAIR, side, kind, new_client_order_id=name, **more)
        self.look(name)
        return name

    def look(self, name: str) -> str:
        """Its state now."""
        return str(self.client.get_order(PAIR, orig_client_order_id=name).data().status)

    def cancel(self, name: str) -> None:
        self.client.delete_order(PAIR, orig_client_order_id=name)
        assert self.look(name) == "CANCELED"


def _market_data(_: Exchange, trader: Trader) -> None:
    client = trader.client
    client.ping()
    client.time()
    client.exchange_info()
    client.exchange_info(symbol=PAIR)
    client.depth(PAIR, limit=100)
    client.klines(PAIR, "1m", limit=50)
    client.ticker24hr(symbol=PAIR)
    client.ticker_price(symbol=PAIR)
    client.ticker_book_ticker(symbol=PAIR)


def _resting(_: Exchange, trader: Trader) -> None:
    for answer in ("ACK", "RESULT", "FULL"):
        more = {"time_in_force": "GTC", "quantity": "0.01", "price": "40000", "new_order_resp_type": answer}
        trader.cancel(trader.place("BUY", "LIMIT", strategy_id=7, strategy_type=1_000_001, **more))
    trader.cancel(trader.place("SELL", "LIMIT_MAKER", quantity="0.01", price="60000"))


def _taking(_: Exchange, trader: Trader) -> None:
    full = {"new_order_resp_type": "FULL"}
    assert trader.look(trader.place("BUY", "MARKET", quantity="0.7", **full)) == "FILLED"
    assert trader.look(trader.place("SELL", "MARKET", quote_order_qty="1000", **full)) == "FILLED"
    assert trader.look(trader.place("BUY", "MARKET", quantity="0.01", new_order_resp_type="ACK")) == "FILLED"
    assert trader.look(trader.place("BUY", "MARKET", quantity="20", **full)) == "EXPIRED"


def _partial(venue: Exchange, trader: Trader) -> None:
    ioc = {"time_in_force": "IOC", "quantity": "0.8", "price": "50000"}
    assert trader.look(trader.place("BUY", "LIMIT", **ioc)) == "EXPIRED"
    fok = {"time_in_force": "FOK", "quantity": "9", "price": "50010"}
    assert trader.look(trader.place("BUY", "LIMIT", **fok)) == "EXPIRED"
    name = trader.place("BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price="49995")
    for part, state in ((Decimal("0.004"), "PARTIALLY_FILLED"), (Decimal("0.006"), "FILLED")):
        asks = [(Decimal(49_995), part), *ASKS]
        venue.set_book(PAIR, BIDS, asks)
        assert trader.look(name) == state


def _stops(venue: Exchange, trader: Trader) -> None:
    limit = {"time_in_force": "GTC", "quantity": "0.01"}
    names = [
        trader.place("SELL", "STOP_LOSS_LIMIT", stop_price="45000", price="44900", **limit),
        trader.place("SELL", "TAKE_PROFIT", stop_price="60000", quantity="0.01"),
        trader.place("BUY", "TAKE_PROFIT_LIMIT", stop_price="45000", price="45100", **limit),
    ]
    stop = trader.place("SELL", "STOP_LOSS", stop_price="48000", quantity="0.01")
    venue.set_price(PAIR, Decimal(47_900))
    assert trader.look(stop) == "FILLED"
    trader.client.get_open_orders(symbol=PAIR)
    venue.set_price(PAIR, Decimal(49_995))
    for name in names:
        trader.cancel(name)


def _replacing(_: Exchange, trader: Trader) -> None:
    more = {"time_in_force": "GTC", "quantity": "0.01", "price": "40000"}
    trader.client.order_test(PAIR, "BUY", "LIMIT", **more)
    name = trader.place("BUY", "LIMIT", **more)
    trader.client.order_cancel_replace(
        PAIR,
        "BUY",
        "LIMIT",
        "STOP_ON_FAILURE",
        cancel_orig_client_order_id=name,
        **{**more, "price": "41000"},
    )
    trader.place("BUY", "LIMIT", **more)
    trader.client.delete_open_orders(PAIR)


def _asking(_: Exchange, trader: Trader) -> None:
    client = trader.client
    trader.place("BUY", "LIMIT", time_in_force="GTC", quantity="0.01", price="40000")
    client.get_open_orders()
    client.all_orders(PAIR)
    client.my_trades(PAIR)
    client.get_account()
    client.rate_limit_order()


def named(answers: Answers, name: str) -> list[str]:
    """The texts of one form."""
    return [text for one, text in answers.kept if one == name]
