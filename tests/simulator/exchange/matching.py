"""The matching engine: takes orders in, matches them by price and time, moves the money, tells what happened."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from exchange.account import Account
from exchange.book import Entry, Level, require_uncrossed
from exchange.drafts import Draft
from exchange.events import Events, depth_update, execution_report, kline, position, tape_trade
from exchange.fees import Fees
from exchange.intake import is_reached, order_of, require_place
from exchange.market import Market
from exchange.orders import ALGO, AT_MARKET, ZERO, Order, Trade
from exchange.refusals import INSUFFICIENT, rejected
from exchange.walk import cost_of

NO_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"


class Engine:
    """All markets of the account. Every public method leaves no stop untriggered and no change untold."""

    def __init__(self, account: Account, fees: Fees, events: Events, now_ms: Callable[[], int]) -> None:
        self.account, self.fees, self.events, self.now_ms = account, fees, events, now_ms
        self.visible_after_ms = 0
        self.first_fill: Callable[[Order], None] = lambda order: None
        self.executions = 0
        self.touched: set[str] = set()

    def place(self, market: Market, draft: Draft) -> tuple[Order, list[Trade]]:
        """The order, as it is after it took what it could, and its trades.

        Raises:
            ApiError: the market is closed, the id is taken, the price is on the wrong side, or the money is short.
        """
        require_place(market, draft)
        order = order_of(market, draft, self.now_ms(), self.visible_after_ms)
        self._fund(market, order)
        market.admit(order)
        first = len(market.trades)
        if order.type in ALGO:
            market.waiting[order.id] = order
            self._report(order, "NEW")
        else:
            self._work(market, order)
        trades = [trade for trade in market.trades[first:] if trade.order_id == order.id]
        self.settle(market)
        return order, trades

    def cancel(self, market: Market, order: Order, cancel_id: str) -> None:
        """An open order leaves the book, and its money is free again."""
        self._close(market, order, "CANCELED", cancel_id)
        self.settle(market)

    def expire(self, market: Market, order: Order, reason: str) -> None:
        """The exchange itself ends an open order."""
        order.expiry_reason = reason
        self._close(market, order, "EXPIRED")

    def set_outside(self, market: Market, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """What others have in the book from now on; whoever crosses an own order trades with it at its price."""
        wanted = dict(bids), dict(asks)
        require_uncrossed(wanted[0].items(), wanted[1].items())
        market.book.bids.keep_outside(wanted[0])
        market.book.asks.keep_outside(wanted[1])
        for is_buy, levels in zip((True, False), wanted, strict=True):
            for price in sorted(levels, reverse=is_buy):
                more = levels[price] - market.book.own_side(is_buy).outside_at(price)
                if more > 0:
                    self._outside(market, is_buy, more, price)

    def outside_order(self, market: Market, is_buy: bool, quantity: Decimal, price: Decimal | None) -> Decimal:
        """Somebody else's order, at market without a price; the rest of one with a price stays. Returns the rest."""
        left = self._outside(market, is_buy, quantity, price)
        self.settle(market)
        return left

    def print(self, market: Market, price: Decimal, quantity: Decimal, is_buy: bool) -> int:
        """A trade on the tape; returns its id."""
        now, number = self.now_ms(), market.next_trade_id()
        market.last, market.last_quantity = price, quantity
        market.candles.print(now, price, quantity, is_buy)
        if self.events.listeners:
            name = market.symbol.name
            self.events.tell(tape_trade(name, now, number, price, quantity, is_buy))
            for interval, row, is_closed in market.candles.news(now):
                self.events.tell(kline(name, now, interval, row, is_closed, number))
        return number

    def settle(self, market: Market) -> None:
        """Triggers what the last price reached, until nothing is left to trigger; then tells balances and book."""
        while triggered := [order for order in market.waiting.values() if is_reached(order, market.last)]:
            for order in triggered:
                if order.id in market.waiting:
                    self._trigger(market, order)
        now = self.now_ms()
        if self.touched:
            payload = position(self.account, self.touched, now)
            self.touched.clear()
            self.events.tell(payload)
        changes = market.book.changes()
        if changes and self.events.listeners:
            payload = depth_update(market.symbol.name, now, changes[0], market.book.update_id, *changes[1:])
            self.events.tell(payload)

    # How an order comes in.

    def _fund(self, market: Market, order: Order) -> None:
        asset, amount = _asset(market, order), self._needed(market, order)
        if self.account.free[asset] + order.locked < amount:
            raise rejected(INSUFFICIENT)
        self.account.hold(order, asset, amount)
        self.touched.add(asset)

    def _needed(self, market: Market, order: Order) -> Decimal:
        if not order.is_buy:
            return order.remaining
        if order.type not in AT_MARKET:
            quote = order.price * order.remaining
        elif order.working_ms is None:
            quote = order.stop_price * order.remaining
        else:
            quote = cost_of(market.book.asks, order.remaining)[1]
        return quote + self.fees.reserve(quote)

    # How it works.

    def _work(self, market: Market, order: Order) -> None:
        self._report(order, "NEW")
        limit = None if order.type in AT_MARKET else order.price
        side = market.book.other_side(order.is_buy)
        if order.time_in_force == "FOK" and cost_of(side, order.quantity, limit)[0] < order.quantity:
            self.expire(market, order, "UNFILLED_FOK_ORDER_EXPIRED")
            return
        self._take(market, order, order.is_buy, order.remaining, limit)
        if not order.is_open:
            return
        if limit is None:
            self.expire(market, order, NO_LIQUIDITY)
        elif order.time_in_force == "IOC":
            self.expire(market, order, "UNFILLED_IOC_QUANTITY_EXPIRED")
        else:
            market.book.own_side(order.is_buy).add(Entry(order.price, order.remaining, order))

    def _trigger(self, market: Market, order: Order) -> None:
        del market.waiting[order.id]
        order.working_ms = order.updated_ms = self.now_ms()
        asset = _asset(market, order)
        if self.account.free[asset] + order.locked < self._needed(market, order):
            self.expire(market, order, "REJECTED")
            return
        self._fund(market, order)
        self._work(market, order)

    def _outside(self, market: Market, is_buy: bool, quantity: Decimal, price: Decimal | None) -> Decimal:
        left = self._take(market, None, is_buy, quantity, price)
        if left > 0 and price is not None:
            market.book.own_side(is_buy).add(Entry(price, left))
        return left

    def _take(
        self, market: Market, taker: Order | None, is_buy: bool, quantity: Decimal, limit: Decimal | None
    ) -> Decimal:
        side, left = market.book.other_side(is_buy), quantity
        while left > 0:
            entry = side.best()
            if entry is None or not side.reaches(entry.price, limit):
                break
            taken = min(left, entry.quantity)
            side.reduce(entry, taken)
            number = self.print(market, entry.price, taken, is_buy)
            for order in (entry.order, taker):
                if order is not None:
                    self._fill(market, order, number, entry.price, taken, order is not taker)
            left -= taken
        return left

    def _fill(
        self, market: Market, order: Order, number: int, price: Decimal, quantity: Decimal, is_maker: bool
    ) -> None:
        now, quote = self.now_ms(), price * quantity
        commission, asset = self.fees.of(self.account, market.symbol, order, quantity, quote)
        self._pay(market, order, quantity, quote, commission, asset)
        if not order.executed:
            self.first_fill(order)
        order.executed += quantity
        order.quote_done += quote
        order.move("PARTIALLY_FILLED" if order.remaining else "FILLED", now)
        trade = Trade(
            symbol=order.symbol,
            id=number,
            order_id=order.id,
            client_id=order.client_id,
            price=price,
            quantity=quantity,
            quote=quote,
            commission=commission,
            commission_asset=asset,
            time_ms=now,
            is_buyer=order.is_buy,
            is_maker=is_maker,
            visible_ms=now + self.visible_after_ms,
        )
        market.trades.append(trade)
        if not order.remaining:
            self._release(market, order)
        elif order.type not in AT_MARKET:
            self.account.hold(order, _asset(market, order), self._needed(market, order))
        self._report(order, "TRADE", trade)

    def _pay(
        self, market: Market, order: Order, quantity: Decimal, quote: Decimal, commission: Decimal, fee_asset: str
    ) -> None:
        symbol, account = market.symbol, self.account
        gives, gets = (quote, quantity) if order.is_buy else (quantity, quote)
        given, gotten = (symbol.quote, symbol.base) if order.is_buy else (symbol.base, symbol.quote)
        account.pay(order, given, gives)
        account.add(gotten, gets)
        if fee_asset == given and order.is_buy:
            account.pay(order, given, commission)
        else:
            account.add(fee_asset, -commission)
        self.touched |= {given, gotten, fee_asset}

    # How it ends.

    def _close(self, market: Market, order: Order, status: str, cancel_id: str | None = None) -> None:
        if market.waiting.pop(order.id, None) is None and _rests(market, order):
            market.book.own_side(order.is_buy).remove(order)
        order.move(status, self.now_ms())
        self._release(market, order)
        self._report(order, status, cancel_id=cancel_id)

    def _release(self, market: Market, order: Order) -> None:
        self.account.hold(order, _asset(market, order), ZERO)
        self.touched.add(_asset(market, order))
        market.open.pop(order.id, None)

    def _report(self, order: Order, execution: str, trade: Trade | None = None, cancel_id: str | None = None) -> None:
        self.executions += 1
        now = self.now_ms()
        self.events.tell(execution_report(order, execution, now, self.executions, trade, cancel_id))


def _asset(market: Market, order: Order) -> str:
    return market.symbol.quote if order.is_buy else market.symbol.base


def _rests(market: Market, order: Order) -> bool:
    queue = market.book.own_side(order.is_buy).queues.get(order.price, ())
    return any(entry.order is order for entry in queue)
