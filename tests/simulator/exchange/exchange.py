"""The whole venue, without any I/O: requests in, replies out, and what a test does behind its back."""

import random
import string
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchange.account import Account
from exchange.book import Level
from exchange.clocks import Clock
from exchange.events import Events, Listener, Payload, balance_update
from exchange.faults import STREAM, FaultPlan
from exchange.fees import FeeAsset, Fees
from exchange.gate import Gate
from exchange.limits import Limits
from exchange.market import Market
from exchange.market_data import day_of
from exchange.matching import Engine
from exchange.orders import ZERO, Order, Trade
from exchange.refusals import ApiError, missing
from exchange.replies import Reply
from exchange.shapes import Shape
from exchange.symbols import Symbol, plain
from exchange.trading import new_order
from exchange.wire import LogEntry, log_entry, read_request

TRADING = "TRADING"
LETTERS = string.ascii_letters + string.digits
RESTRICTIONS = {
    "ipRestrict": True,
    "createTime": 1_698_645_219_000,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": False,
    "enableSpotAndMarginTrading": True,
    "enablePortfolioMarginTrading": False,
}


class Exchange:
    """One account at a spot exchange. `skew_ms`: what its clock is ahead; `visible_after_ms`: how long its records lag.

    `log` has every request in order. All public methods may be called from any thread.
    """

    def __init__(
        self,
        symbols: Sequence[Symbol],
        clock: Clock,
        *,
        balances: Mapping[str, Decimal],
        api_key: str = "key",
        api_secret: str = "secret",  # noqa: S107 of nobody
        fee_rate: Decimal = Decimal("0.001"),
        fee_asset: FeeAsset = "received",
        seed: int = 0,
        faults: FaultPlan | None = None,
    ) -> None:
        self.clock, self.api_key, self.api_secret = clock, api_key, api_secret
        self.skew_ms = 0
        self.shape = Shape()
        self.faults = faults if faults is not None else FaultPlan(seed=seed)
        self.restrictions: dict[str, Any] = dict(RESTRICTIONS)
        self.markets = {symbol.name: Market(symbol) for symbol in symbols}
        self.account = Account({asset: ZERO for s in symbols for asset in (s.base, s.quote)} | dict(balances))
        self.fees = Fees(Decimal(fee_rate), fee_asset, self._price_of_bnb)
        self.told = Events()
        self.limits = Limits()
        self.engine = Engine(self.account, self.fees, self.told, self.now_ms)
        self.engine.first_fill = lambda order: self.limits.trade(self.now_ms())
        self.log: list[LogEntry] = []
        self.lock = threading.RLock()
        self.dice = random.Random(seed)  # noqa: S311 names of orders, not a secret
        self.gate = Gate(self)

    # The wire.

    def handle(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: str = "",
        connection: str = "",
    ) -> Reply:
        """One request, answered as the exchange answers it, or as the fault plan wants."""
        with self.lock:
            request = read_request(method, path, query, headers or {}, body, connection)
            entry = log_entry(request, len(self.log), self.clock.now_ms())
            self.log.append(entry)
            reply = self.gate.reply(request, entry)
            entry.status = reply.status if reply.delivery == "ok" else None
            return reply

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls it with each event of user and market, as on the wire; the answer ends that."""
        return self.told.subscribe(listener)

    def stream_fault(self, name: str) -> str:
        """The fault of the next event of that name, or nothing."""
        with self.lock:
            return self.faults.pick(STREAM, name, {})

    def now_ms(self) -> int:
        """The time on the exchange's own clock."""
        return self.clock.now_ms() + self.skew_ms

    def new_id(self) -> str:
        """A client order id as the exchange makes them up."""
        return "".join(self.dice.choices(LETTERS, k=22))

    def market(self, given: Mapping[str, str]) -> Market:
        """The market that a request names.

        Raises:
            ApiError: it names none, or there is none.
        """
        name = given.get("symbol")
        if name is None:
            raise missing("symbol")
        if name not in self.markets:
            raise ApiError(-1121, "Invalid symbol.")
        return self.markets[name]

    # The truth.

    @property
    def events(self) -> deque[Payload]:
        """The last things that were told, oldest first."""
        return self.told.kept

    @property
    def visible_after_ms(self) -> int:
        return self.engine.visible_after_ms

    @visible_after_ms.setter
    def visible_after_ms(self, ms: int) -> None:
        self.engine.visible_after_ms = ms

    @property
    def orders(self) -> list[Order]:
        """All there ever were, market by market."""
        return [order for market in self.markets.values() for order in market.orders.values()]

    @property
    def trades(self) -> list[Trade]:
        return [trade for market in self.markets.values() for trade in market.trades]

    @property
    def balances(self) -> dict[str, Decimal]:
        """Free and locked together, by asset."""
        return {asset: self.account.total(asset) for asset in sorted(self.account.free)}

    @property
    def violations(self) -> list[LogEntry]:
        """Requests of a client that had been told to wait."""
        return [entry for entry in self.log if entry.violation is not None]

    def orders_of(self, client_order_id: str) -> list[Order]:
        """Every order that bears that id: more than one is a double."""
        return [order for market in self.markets.values() for order in market.by_client.get(client_order_id, ())]

    def net_traded(self, symbol: str) -> Decimal:
        """What was bought less what was sold, before fees, in the base asset."""
        return sum((t.quantity if t.is_buyer else -t.quantity for t in self.markets[symbol].trades), ZERO)

    def balance(self, asset: str) -> Decimal:
        return self.account.total(asset)

    def ticker(self, symbol: str) -> dict[str, Any]:
        """The 24-hour statistics, without a request."""
        with self.lock:
            return day_of(self.markets[symbol], self.now_ms())

    # What a test does. Nobody trades where a market is not TRADING: its book and its tape stand still.

    def set_book(self, symbol: str, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """Others offer these (price, quantity) from now on; own orders stay, and trade with who crosses them."""
        with self._acting(symbol) as market:
            if market.symbol.status != TRADING:
                return
            self.engine.set_outside(market, bids, asks)
            if market.last is None and bids and asks:
                middle = (max(bids)[0] + min(asks)[0]) / 2
                market.last = middle // market.symbol.tick * market.symbol.tick

    def set_price(self, symbol: str, price: Decimal, shape: Shape | None = None) -> None:
        """The tape jumps there: a new book, own orders it went through are filled at their price, stops trigger."""
        with self._acting(symbol) as market:
            if market.symbol.status != TRADING:
                return
            shape, tick = shape or self.shape, market.symbol.tick
            price = Decimal(price) // tick * tick
            self.engine.set_outside(market, *shape.around(price, tick))
            self.engine.print(market, price, shape.quantity, market.last is None or price >= market.last)

    def outside_order(self, symbol: str, side: str, quantity: Decimal, price: Decimal | None = None) -> Decimal:
        """Somebody else trades, at market without a price. Returns what was not filled; with a price it rests."""
        with self._acting(symbol) as market:
            if market.symbol.status != TRADING:
                return Decimal(quantity)
            return self.engine.outside_order(market, side == "BUY", Decimal(quantity), price)

    def edit_balance(self, asset: str, delta: Decimal) -> None:
        """A deposit, or below zero a withdrawal.

        Raises:
            ValueError: there is not that much free.
        """
        with self.lock:
            if self.account.free[asset] + delta < 0:
                raise ValueError(f"{asset}: {self.account.free[asset]} are free, {-delta} cannot leave")
            self.account.add(asset, Decimal(delta))
            self.told.tell(balance_update(asset, plain(Decimal(delta)), self.now_ms()))

    def manual_order(self, symbol: str, side: str, kind: str, **given: str | Decimal) -> Order:
        """The owner places an order by hand: parameters as of POST /api/v3/order, without the wire and its log.

        Raises:
            ApiError: the exchange does not take it.
        """
        with self._acting(symbol) as market:
            params = {"symbol": symbol, "side": side, "type": kind} | {
                name: str(value) for name, value in given.items()
            }
            entry = LogEntry(-1, self.now_ms(), "", "", {}, "manual", None)
            new_order(self, params, entry)
            return market.orders[entry.order_ids[0]]

    def manual_cancel(self, order_id: int, symbol: str | None = None) -> None:
        """The owner cancels an order by hand.

        Raises:
            ValueError: there is no such open order, or it is not clear in which market.
        """
        markets = [self.markets[symbol]] if symbol else list(self.markets.values())
        found = [market for market in markets if order_id in market.open]
        if len(found) != 1:
            raise ValueError(
                f"{len(found)} markets have an open order {order_id}; name one that is open, and its symbol"
            )
        with self._acting(found[0].symbol.name) as market:
            self.engine.cancel(market, market.open[order_id], self.new_id())

    def set_status(self, symbol: str, status: str) -> None:
        """TRADING, HALT, BREAK, END_OF_DAY or CANCEL_ONLY."""
        with self.lock:
            self.markets[symbol].symbol = replace(self.markets[symbol].symbol, status=status)

    def set_filters(self, symbol: str, **rules: Decimal | int) -> None:
        """Other rules from now on, by the names of Symbol's fields; open orders stay as they are."""
        with self.lock:
            self.markets[symbol].symbol = replace(self.markets[symbol].symbol, **rules)  # type: ignore[arg-type]

    def set_klines(self, symbol: str, interval: str, rows: Sequence[Sequence[Any]]) -> None:
        """The past: rows of open time, o, h, l, c, v, or whole rows; what the tape makes follows after them."""
        with self.lock:
            self.markets[symbol].candles.give(interval, rows)

    def freeze_klines(self, symbol: str, frozen: bool = True) -> None:
        """No new bars from now on, or again."""
        with self.lock:
            self.markets[symbol].candles.frozen_ms = self.now_ms() if frozen else None

    @contextmanager
    def _acting(self, symbol: str) -> Iterator[Market]:
        with self.lock:
            self.gate.do_late()
            market = self.markets[symbol]
            yield market
            self.engine.settle(market)

    def _price_of_bnb(self, quote: str) -> Decimal | None:
        found = (m.last for m in self.markets.values() if (m.symbol.base, m.symbol.quote) == ("BNB", quote))
        return next(found, None)
