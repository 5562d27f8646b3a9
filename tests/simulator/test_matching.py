"""The matching core of the simulated exchange: what it promises, on orders nobody chose, and the documented cases."""

import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from exchange import ApiError, Exchange, ManualClock, Order, Shape, Symbol, Trade
from exchange.orders import AFTER, ALGO
from hypothesis import given, settings
from hypothesis import strategies as st

D = Decimal
COARSE = Symbol(tick=D(1), lot=D("0.1"), min_qty=D("0.1"), max_qty=D(50), min_notional=D(10), market_max_qty=D(20))
KINDS = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
START = {"USDT": D(5_000), "BTC": D(50), "BNB": D(1)}


def an_exchange(symbol: Symbol = COARSE, fee_asset: Any = "received", **given: Any) -> Exchange:
    balances = given.pop("balances", START)
    return Exchange([symbol], ManualClock(), balances=balances, fee_asset=fee_asset, **given)


def quoted(fee_asset: Any = "received", **given: Any) -> Exchange:
    """Others bid 98, 99 and ask 101, 102, two of each."""
    exchange = an_exchange(fee_asset=fee_asset, **given)
    exchange.set_book("BTCUSDT", [(D(99), D(2)), (D(98), D(2))], [(D(101), D(2)), (D(102), D(2))])
    return exchange


# What happens: acts that nobody chose; by a seed, which is ten times faster than drawing each of them.

PRICES = st.integers(94, 106)
SEQUENCES = st.builds(lambda length, seed: acts_of(random.Random(seed), length), st.integers(1, 80), st.integers(0))  # noqa: S311


def acts_of(dice: random.Random, length: int) -> list[tuple[str, Any]]:
    """Orders for the most part, and what happens around them."""
    acts = []
    for _ in range(length):
        side, price, lots = dice.choice(["BUY", "SELL"]), dice.randint(94, 106), D(dice.randint(1, 60)) / 10
        kinds = {
            "order": lambda: order_of(dice),
            "cancel": lambda: dice.randint(0, 9),
            "price": lambda price=price: price,
            "outside": lambda side=side, lots=lots, price=price: (side, lots, dice.choice([None, price])),
            "deposit": lambda: dice.randint(-20, 20),
            "pass": lambda: dice.randint(1, 20_000),
        }
        what = dice.choices(list(kinds), [10, 2, 2, 4, 1, 1])[0]
        acts.append((what, kinds[what]()))
    return acts


def order_of(dice: random.Random) -> dict[str, Any]:
    """Parameters of an order; now and then with a number that no filter lets through."""
    side, kind = dice.choice(["BUY", "SELL"]), dice.choice(KINDS)
    off, price_off, stop_off = (D(dice.random() < 0.05) for _ in range(3))
    said: dict[str, Any] = {"side": side, "kind": kind, "quantity": D(dice.randint(1, 60)) / 10 + off / 100}
    if kind == "MARKET" and dice.random() < 0.5:
        del said["quantity"]
        said["quoteOrderQty"] = dice.randint(1, 900)
    if "LIMIT" in kind:
        said["price"] = dice.randint(94, 106) + price_off / 2
    if kind in ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"):
        said["timeInForce"] = dice.choice(["GTC", "GTC", "GTC", "IOC", "FOK"])
    if kind in ALGO:
        below = (side == "BUY") == kind.startswith("TAKE_PROFIT")
        said["stopPrice"] = (dice.randint(94, 101) if below else dice.randint(99, 106)) + stop_off / 2
    if dice.random() < 0.3:
        said["newClientOrderId"] = f"id-{dice.randint(0, 5)}"
    return said


FEE_ASSETS = st.sampled_from(["received", "quote", "BNB"])


@dataclass
class Played:
    """An exchange after the acts, what was deposited, and every status and queue that was seen on the way."""

    exchange: Exchange
    deposits: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    seen: dict[int, list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))

    def play(self, acts: list[tuple[str, Any]], check: Callable[[Exchange], None]) -> "Played":
        for what, how in acts:
            with suppress(ApiError, ValueError):  # refused: nothing may have changed, which the properties see
                getattr(self, f"_{what}")(how)
            for order in self.exchange.orders:
                self.seen[order.id].append((order.status, order.executed))
            check(self.exchange)
        return self

    def _order(self, how: dict[str, Any]) -> None:
        given = dict(how)
        self.exchange.manual_order("BTCUSDT", given.pop("side"), given.pop("kind"), **given)

    def _cancel(self, which: int) -> None:
        is_open = [order.id for order in self.exchange.orders if order.is_open]
        self.exchange.manual_cancel(is_open[which % len(is_open)] if is_open else which)

    def _price(self, price: int) -> None:
        self.exchange.set_price("BTCUSDT", D(price))

    def _outside(self, how: tuple[str, Decimal, int | None]) -> None:
        side, quantity, price = how
        self.exchange.outside_order("BTCUSDT", side, quantity, None if price is None else D(price))

    def _deposit(self, amount: int) -> None:
        self.exchange.edit_balance("BTC", D(amount))
        self.deposits["BTC"] += amount

    def _pass(self, ms: int) -> None:
        clock = self.exchange.clock
        assert isinstance(clock, ManualClock)
        clock.advance(ms)


def played(
    acts: list[tuple[str, Any]], fee_asset: str, check: Callable[[Exchange], None] = lambda exchange: None
) -> Played:
    """An exchange after those acts; `check` looks at it after each of them."""
    exchange = quoted(fee_asset)
    exchange.limits.order_limits = {}
    exchange.shape = Shape(levels=3, quantity=D(4))
    return Played(exchange).play(acts, check)


@given(SEQUENCES, FEE_ASSETS)
def test_no_balance_is_below_zero_and_locked_is_what_open_orders_hold(acts, fee_asset):
    def check(exchange: Exchange) -> None:
        for amounts in (exchange.account.free, exchange.account.locked):
            assert all(amount >= 0 for amount in amounts.values())
        held = {"USDT": D(0), "BTC": D(0), "BNB": D(0)}
        for order in exchange.orders:
            assert order.is_open or order.locked == 0
            held["USDT" if order.is_buy else "BTC"] += order.locked
        assert held == {asset: exchange.account.locked[asset] for asset in held}

    played(acts, fee_asset, check)


@given(SEQUENCES, FEE_ASSETS)
def test_an_open_order_holds_what_it_takes_to_fill_it_at_its_price_and_no_more(acts, fee_asset):
    rate = D("1.001") if fee_asset == "quote" else D(1)

    def check(exchange: Exchange) -> None:
        for order in exchange.orders:
            if order.is_open:
                price = order.price or order.stop_price
                assert order.locked == (order.remaining * price * rate if order.is_buy else order.remaining)

    played(acts, fee_asset, check)


@given(SEQUENCES, FEE_ASSETS)
def test_cash_and_assets_are_what_was_there_and_the_trades_less_their_fees(acts, fee_asset):
    game = played(acts, fee_asset)
    expected = defaultdict(Decimal, {asset: START[asset] + game.deposits[asset] for asset in START})
    for trade in game.exchange.trades:
        sign = 1 if trade.is_buyer else -1
        expected["BTC"] += sign * trade.quantity
        expected["USDT"] -= sign * trade.price * trade.quantity
        expected[trade.commission_asset] -= trade.commission
    assert game.exchange.balances == expected


@given(SEQUENCES, FEE_ASSETS)
def test_every_fill_costs_the_rate(acts, fee_asset):
    for trade in played(acts, fee_asset).exchange.trades:
        base = trade.quantity if trade.commission_asset == "BTC" else trade.price * trade.quantity
        if trade.commission_asset != "BNB":
            assert trade.commission == (base * D("0.001")).quantize(D("1e-8"), "ROUND_DOWN")
        wanted = {"quote": {"USDT"}, "received": {"BTC" if trade.is_buyer else "USDT"}, "BNB": {"BTC", "USDT", "BNB"}}
        assert trade.commission_asset in wanted[fee_asset]


@given(SEQUENCES, FEE_ASSETS)
def test_executed_is_the_sum_of_the_fills_and_never_more_than_was_asked(acts, fee_asset):
    exchange = played(acts, fee_asset).exchange
    fills: dict[int, list[Trade]] = defaultdict(list)
    for trade in exchange.trades:
        fills[trade.order_id].append(trade)
    for order in exchange.orders:
        assert order.executed == sum((t.quantity for t in fills[order.id]), D(0)) <= order.quantity
        assert order.quote_done == sum((t.price * t.quantity for t in fills[order.id]), D(0))
        assert (order.status == "FILLED") == (order.executed == order.quantity)
        assert all(_no_worse(order, trade.price) for trade in fills[order.id])
    assert len({(t.id, t.order_id) for t in exchange.trades}) == len(exchange.trades)


def _no_worse(order: Order, price: Decimal) -> bool:
    if not order.price:
        return True
    return price <= order.price if order.is_buy else price >= order.price


@given(SEQUENCES, FEE_ASSETS)
def test_states_only_move_forward(acts, fee_asset):
    game = played(acts, fee_asset)
    for order in game.exchange.orders:
        steps = pairwise(order.history)
        assert all(after in AFTER.get(before, ()) for before, after in steps)
        assert order.history[-1] == order.status
        assert order.status != "NEW" or order.executed == 0
        seen = game.seen[order.id]
        for (status, executed), (next_status, next_executed) in pairwise(seen):
            assert next_executed >= executed
            assert status in AFTER or (status, executed) == (next_status, next_executed)
            assert (status, next_status) != ("PARTIALLY_FILLED", "NEW")


@given(SEQUENCES, FEE_ASSETS)
def test_every_accepted_order_keeps_the_filters(acts, fee_asset):
    for order in played(acts, fee_asset).exchange.orders:
        assert order.price % COARSE.tick == order.stop_price % COARSE.tick == order.quantity % COARSE.lot == 0
        assert COARSE.min_qty <= order.quantity <= COARSE.max_qty
        assert order.type != "MARKET" or order.quantity <= COARSE.market_max_qty or order.quote_quantity
        notional = order.quote_quantity or (order.price or order.stop_price) * order.quantity
        assert notional == 0 or notional >= COARSE.min_notional


@given(SEQUENCES, FEE_ASSETS)
def test_the_book_is_never_crossed_and_has_what_is_open(acts, fee_asset):
    played(acts, fee_asset, _check_book)


def _check_book(exchange: Exchange) -> None:
    market = exchange.markets["BTCUSDT"]
    bid, ask = market.book.bids.best(), market.book.asks.best()
    assert bid is None or ask is None or bid.price < ask.price
    resting = {
        entry.order.id: entry.quantity
        for side in (market.book.bids, market.book.asks)
        for queue in side.queues.values()
        for entry in queue
        if entry.order is not None
    }
    working = [o for o in exchange.orders if o.is_open and o.working_ms is not None]
    assert resting == {order.id: order.remaining for order in working}
    assert set(market.waiting) == {o.id for o in exchange.orders if o.is_open and o.working_ms is None}
    assert all(not _triggered(order, market.last) for order in market.waiting.values())


def _triggered(order: Order, last: Decimal | None) -> bool:
    assert last is not None
    waits_below = order.is_buy == order.type.startswith("TAKE_PROFIT")
    return last <= order.stop_price if waits_below else last >= order.stop_price


@given(st.lists(st.tuples(st.integers(95, 100), st.integers(1, 9)), min_size=1, max_size=12), st.integers(1, 60))
def test_who_bids_more_is_served_first_and_then_who_came_first(bids, lots):
    """Own orders stand between those of others; a seller goes down the book."""
    exchange = quoted(balances={"USDT": D(100_000)})
    queue: list[tuple[int, int, Decimal, str]] = []
    exchange.set_book("BTCUSDT", [], [(D(101), D(2))])
    for number, (price, quantity) in enumerate(bids):
        if number % 3 == 0:
            exchange.outside_order("BTCUSDT", "BUY", D(quantity), D(price))
            queue.append((-price, number, D(quantity), ""))
        else:
            exchange.manual_order(
                "BTCUSDT",
                "BUY",
                "LIMIT",
                price=price,
                quantity=quantity,
                timeInForce="GTC",
                newClientOrderId=f"{number}",
            )
            queue.append((-price, number, D(quantity), f"{number}"))
    exchange.outside_order("BTCUSDT", "SELL", D(lots))
    left, expected = D(lots), []
    for _, _, quantity, name in sorted(queue):
        taken = min(left, quantity)
        left -= taken
        if name and taken:
            expected.append((name, taken))
    assert [(trade.client_id, trade.quantity) for trade in exchange.trades] == expected


def test_a_new_book_keeps_who_was_ahead_ahead_and_puts_what_is_new_behind():
    exchange = quoted()
    mine = placed(exchange, "BUY", "LIMIT", price=99, quantity=1, timeInForce="GTC")
    exchange.set_book("BTCUSDT", [(D(99), D(5))], [(D(101), D(2))])
    exchange.set_book("BTCUSDT", [(D(99), D(5))], [(D(101), D(2))])
    exchange.outside_order("BTCUSDT", "SELL", D(2))
    assert mine.executed == 0
    exchange.outside_order("BTCUSDT", "SELL", D(1))
    assert mine.status == "FILLED"
    second = placed(exchange, "BUY", "LIMIT", price=99, quantity=1, timeInForce="GTC")
    exchange.set_book("BTCUSDT", [(D(99), D(1))], [(D(101), D(2))])
    exchange.set_book("BTCUSDT", [(D(99), D(9))], [(D(101), D(2))])
    exchange.outside_order("BTCUSDT", "SELL", D(2))
    assert second.status == "FILLED"


@given(st.integers(10, 5000))
def test_an_amount_buys_the_most_lots_that_it_pays_for(amount):
    exchange = quoted(balances={"USDT": D(100_000)})
    exchange.set_book("BTCUSDT", [], [(D(101), D("0.7")), (D(103), D(3)), (D(107), D(20))])
    if amount < D("10.1"):  # less than one lot
        refusal(exchange, "BUY", "MARKET", quoteOrderQty=amount)
        return
    order = placed(exchange, "BUY", "MARKET", quoteOrderQty=amount)
    next_price = next((price for price, _ in exchange.markets["BTCUSDT"].book.asks.levels()), None)
    assert order.quote_done <= amount
    assert next_price is None or order.quote_done + next_price * COARSE.lot > amount


@given(SEQUENCES)
def test_the_same_acts_make_the_same_exchange(acts):
    first, second = played(acts, "received").exchange, played(acts, "received").exchange
    assert first.trades == second.trades
    assert list(first.events) == list(second.events)


# The documented cases, one by one.


def placed(exchange: Exchange, side: str, kind: str, **given: Any) -> Order:
    return exchange.manual_order("BTCUSDT", side, kind, **given)


def refusal(exchange: Exchange, side: str, kind: str, **given: Any) -> tuple[int, str]:
    before = (exchange.balances, len(exchange.orders))
    with pytest.raises(ApiError) as caught:
        placed(exchange, side, kind, **given)
    assert (exchange.balances, len(exchange.orders)) == before
    return caught.value.code, caught.value.message


MARKET_RESTS = [
    ("BUY", {"quantity": 3}, "FILLED", "3", "304"),
    ("BUY", {"quantity": 5}, "EXPIRED", "4", "406"),
    ("SELL", {"quantity": 3}, "FILLED", "3", "296"),
    ("BUY", {"quoteOrderQty": 304}, "FILLED", "3", "304"),
    ("BUY", {"quoteOrderQty": 300}, "FILLED", "2.9", "293.8"),
    ("SELL", {"quoteOrderQty": 296}, "FILLED", "3", "296"),
]


@pytest.mark.parametrize(("side", "given_", "status", "executed", "quote"), MARKET_RESTS)
def test_a_market_order_takes_the_book_and_its_rest_expires(side, given_, status, executed, quote):
    order = placed(quoted(), side, "MARKET", **given_)
    assert (order.status, order.executed, order.quote_done) == (status, D(executed), D(quote))
    assert order.expiry_reason == ("INSUFFICIENT_LIQUIDITY" if status == "EXPIRED" else "")


@pytest.mark.parametrize(
    ("time", "status", "executed", "open_"),
    [("GTC", "PARTIALLY_FILLED", 2, True), ("IOC", "EXPIRED", 2, False), ("FOK", "EXPIRED", 0, False)],
)
def test_a_limit_order_beyond_the_depth_at_its_price(time, status, executed, open_):
    order = placed(quoted(), "BUY", "LIMIT", price=101, quantity=3, timeInForce=time)
    assert (order.status, order.executed, order.is_open) == (status, executed, open_)


def test_what_a_better_price_saved_is_free_at_once():
    order = placed(quoted(), "BUY", "LIMIT", price=103, quantity=6, timeInForce="GTC")
    assert (order.executed, order.quote_done, order.locked) == (4, 406, 206)


def test_an_id_may_be_used_again_once_its_order_is_done_even_when_it_was_filled():
    exchange = quoted()
    placed(exchange, "BUY", "LIMIT", price=90, quantity=1, timeInForce="GTC", newClientOrderId="same")
    again = {"price": 90, "quantity": 1, "timeInForce": "GTC", "newClientOrderId": "same"}
    assert refusal(exchange, "BUY", "LIMIT", **again) == (-2010, "Duplicate order sent.")
    exchange.outside_order("BTCUSDT", "SELL", D(100))
    assert exchange.orders_of("same")[0].status == "FILLED"
    placed(exchange, "BUY", "LIMIT", **again)
    assert len(exchange.orders_of("same")) == 2


PERCENT = "Filter failure: PERCENT_PRICE_BY_SIDE"
NO_TIME = "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."
REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("BUY", "LIMIT", {"price": "100.5", "quantity": 1, "timeInForce": "GTC"}, -1013, "Filter failure: PRICE_FILTER"),
    ("BUY", "STOP_LOSS", {"stopPrice": "110.5", "quantity": 1}, -1013, "Filter failure: PRICE_FILTER"),
    ("BUY", "LIMIT", {"price": 99, "quantity": "1.05", "timeInForce": "GTC"}, -1013, "Filter failure: LOT_SIZE"),
    ("BUY", "LIMIT", {"price": 99, "quantity": 51, "timeInForce": "GTC"}, -1013, "Filter failure: LOT_SIZE"),
    ("BUY", "MARKET", {"quantity": 21}, -1013, "Filter failure: MARKET_LOT_SIZE"),
    ("BUY", "LIMIT", {"price": 99, "quantity": "0.1", "timeInForce": "GTC"}, -1013, "Filter failure: NOTIONAL"),
    ("BUY", "MARKET", {"quoteOrderQty": 9}, -1013, "Filter failure: NOTIONAL"),
    ("BUY", "LIMIT", {"price": 501, "quantity": 1, "timeInForce": "GTC"}, -1013, PERCENT),
    ("SELL", "LIMIT", {"price": 19, "quantity": 1, "timeInForce": "GTC"}, -1013, PERCENT),
    ("BUY", "LIMIT_MAKER", {"price": 101, "quantity": 1}, -2010, "Order would immediately match and take."),
    ("SELL", "STOP_LOSS", {"stopPrice": 100, "quantity": 1}, -2010, "Order would trigger immediately."),
    ("BUY", "TAKE_PROFIT", {"stopPrice": 100, "quantity": 1}, -2010, "Order would trigger immediately."),
    ("BUY", "LIMIT", {"price": 99, "quantity": 1}, -1102, NO_TIME),
    ("BUY", "MARKET", {"price": 99, "quantity": 1}, -1106, "Parameter 'price' sent when not required."),
    ("BUY", "MARKET", {"quantity": 0}, -1013, "Invalid quantity."),
    ("BUY", "MARKET", {"quantity": "0.000000001"}, -1111, "Parameter 'quantity' has too much precision."),
    ("BUY", "ICEBERG", {"quantity": 1}, -1116, "Invalid orderType."),
    ("HOLD", "MARKET", {"quantity": 1}, -1117, "Invalid side."),
]  # fmt: skip


@pytest.mark.parametrize(("side", "kind", "given_", "code", "message"), REFUSED)
def test_what_breaks_a_rule_is_refused_in_the_documented_words(side, kind, given_, code, message):
    assert refusal(quoted(), side, kind, **given_) == (code, message)


@pytest.mark.parametrize("quantity", ["-1", "NaN", "inf", "1e3", "+1", ""])
def test_what_is_no_plain_number_is_refused(quantity):
    assert refusal(quoted(), "BUY", "MARKET", quantity=quantity)[0] == -1100


def test_without_the_money_nothing_is_placed():
    poor = quoted(balances={"USDT": D("101.1"), "BTC": D(1)})
    short = (-2010, "Account has insufficient balance for requested action.")
    assert refusal(poor, "BUY", "MARKET", quantity=2) == short
    assert refusal(poor, "SELL", "LIMIT", price=110, quantity=2, timeInForce="GTC") == short
    assert placed(poor, "BUY", "MARKET", quantity=1).status == "FILLED"


def test_a_fee_in_what_was_received_leaves_less_to_sell_than_was_bought():
    exchange = quoted(balances={"USDT": D(1000)})
    placed(exchange, "BUY", "MARKET", quantity=1)
    assert exchange.balance("BTC") == D("0.999")
    assert refusal(exchange, "SELL", "MARKET", quantity=1)[0] == -2010


@pytest.mark.parametrize("status", ["HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY"])
def test_a_market_that_is_not_trading_takes_no_orders_and_lets_them_go(status):
    exchange = quoted()
    order = placed(exchange, "BUY", "LIMIT", price=90, quantity=1, timeInForce="GTC")
    exchange.set_status("BTCUSDT", status)
    assert refusal(exchange, "BUY", "MARKET", quantity=1) == (-2010, "Market is closed.")
    exchange.set_price("BTCUSDT", D(50))
    assert exchange.outside_order("BTCUSDT", "SELL", D(9)) == 9
    assert (exchange.markets["BTCUSDT"].last, order.status) == (100, "NEW")
    exchange.manual_cancel(order.id)
    assert order.status == "CANCELED"


@pytest.mark.parametrize(
    ("kind", "side", "stop", "price", "filled_at"),
    [
        ("STOP_LOSS", "SELL", 97, 80, 79),
        ("STOP_LOSS", "BUY", 103, 120, 121),
        ("TAKE_PROFIT", "SELL", 105, 120, 119),
        ("TAKE_PROFIT", "BUY", 95, 80, 81),
    ],
)
def test_a_stop_is_filled_where_the_market_is_after_a_gap(kind, side, stop, price, filled_at):
    exchange = quoted()
    order = placed(exchange, side, kind, stopPrice=stop, quantity=1)
    exchange.set_price("BTCUSDT", D(price))
    assert (order.status, order.quote_done) == ("FILLED", filled_at)


def test_a_stop_limit_waits_in_the_book_after_a_gap_through_its_price():
    exchange = quoted()
    order = placed(exchange, "SELL", "STOP_LOSS_LIMIT", stopPrice=97, price=96, quantity=1, timeInForce="GTC")
    exchange.set_price("BTCUSDT", D(80))
    assert (order.status, order.working_ms is not None) == ("NEW", True)
    exchange.set_price("BTCUSDT", D(98))
    assert (order.status, order.quote_done) == ("FILLED", 96)


def test_a_resting_order_that_the_tape_jumps_over_is_filled_at_its_own_price():
    exchange = quoted()
    order = placed(exchange, "BUY", "LIMIT", price=90, quantity=1, timeInForce="GTC")
    exchange.set_price("BTCUSDT", D(50))
    assert (order.status, order.quote_done, exchange.trades[0].is_maker) == ("FILLED", 90, True)


def test_a_stop_that_triggers_another_one_goes_on_until_nothing_is_left():
    exchange = quoted()
    first = placed(exchange, "SELL", "STOP_LOSS", stopPrice=99, quantity=3)
    second = placed(exchange, "SELL", "STOP_LOSS", stopPrice=98, quantity="0.5")
    exchange.outside_order("BTCUSDT", "SELL", D("0.1"))
    assert first.status == second.status == "FILLED"


def test_no_more_orders_than_the_market_allows():
    exchange = quoted()
    exchange.set_filters("BTCUSDT", max_orders=2, max_algo_orders=1)
    placed(exchange, "SELL", "STOP_LOSS", stopPrice=90, quantity=1)
    algo = refusal(exchange, "SELL", "STOP_LOSS", stopPrice=90, quantity=1)
    assert algo == (-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")
    placed(exchange, "SELL", "LIMIT", price=110, quantity=1, timeInForce="GTC")
    plain = refusal(exchange, "SELL", "LIMIT", price=110, quantity=1, timeInForce="GTC")
    assert plain == (-1013, "Filter failure: MAX_NUM_ORDERS")


def test_the_user_is_told_what_happened_in_order():
    exchange = quoted()
    exchange.events.clear()
    placed(exchange, "BUY", "LIMIT", price=101, quantity=3, timeInForce="GTC", newClientOrderId="mine")
    exchange.manual_cancel(1001)
    told = [(e["e"], e.get("x"), e.get("X"), e.get("z")) for e in exchange.events]
    assert told == [
        ("executionReport", "NEW", "NEW", "0.00000000"),
        ("executionReport", "TRADE", "PARTIALLY_FILLED", "2.00000000"),
        ("outboundAccountPosition", None, None, None),
        ("executionReport", "CANCELED", "CANCELED", "2.00000000"),
        ("outboundAccountPosition", None, None, None),
    ]
    assert exchange.events[3]["C"] == "mine"


def test_bars_follow_the_tape_and_the_quiet_minutes_are_flat():
    exchange = quoted()
    clock = exchange.clock
    assert isinstance(clock, ManualClock)
    for price in (100, 104, 97):
        exchange.set_price("BTCUSDT", D(price))
    clock.advance(120_000)
    exchange.set_price("BTCUSDT", D(99))
    rows = exchange.markets["BTCUSDT"].candles.rows("1m", exchange.now_ms())
    assert [[float(x) for x in row[1:5]] for row in rows] == [[100, 104, 97, 97], [97] * 4, [99] * 4]
    exchange.freeze_klines("BTCUSDT")
    clock.advance(600_000)
    exchange.set_price("BTCUSDT", D(90))
    assert exchange.markets["BTCUSDT"].candles.rows("1m", exchange.now_ms()) == rows


@settings(max_examples=50)
@given(st.lists(PRICES, min_size=1, max_size=30), st.sampled_from(["5m", "1h", "1d"]))
def test_longer_bars_are_made_of_the_minutes(prices, interval):
    exchange = quoted()
    clock = exchange.clock
    assert isinstance(clock, ManualClock)
    for price in prices:
        exchange.set_price("BTCUSDT", D(price))
        clock.advance(47_000)
    candles = exchange.markets["BTCUSDT"].candles
    minutes, longer = candles.rows("1m", exchange.now_ms()), candles.rows(interval, exchange.now_ms())
    assert D(longer[0][1]) == prices[0]
    assert D(longer[-1][4]) == prices[-1]
    assert max(D(row[2]) for row in longer) == max(prices)
    assert min(D(row[3]) for row in longer) == min(prices)
    assert sum(D(row[5]) for row in longer) == sum(D(row[5]) for row in minutes)
    assert sum(row[8] for row in longer) == len(prices)
