"""The endpoints that read the account, its orders and its trades."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from exchange import answers
from exchange.drafts import whole
from exchange.market_data import between, limit_of
from exchange.orders import ZERO
from exchange.refusals import ApiError
from exchange.symbols import plain
from exchange.trading import find_order
from exchange.wire import LogEntry

if TYPE_CHECKING:
    from exchange.exchange import Exchange

Params = Mapping[str, str]
DAY_MS = 86_400_000
TRADE_COMBINATIONS: tuple[set[str], ...] = (
    set(), {"orderId"}, {"startTime"}, {"endTime"}, {"fromId"}, {"startTime", "endTime"}, {"orderId", "fromId"},
)  # fmt: skip


def account(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    held, rate = exchange.account, plain(exchange.fees.rate)
    balances = [
        {"asset": asset, "free": plain(held.free[asset]), "locked": plain(held.locked[asset])}
        for asset in sorted(held.free)
        if given.get("omitZeroBalances") != "true" or held.total(asset)
    ]
    commission = int(exchange.fees.rate * 10_000)
    return {
        "makerCommission": commission,
        "takerCommission": commission,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": rate, "taker": rate, "buyer": plain(ZERO), "seller": plain(ZERO)},
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": exchange.now_ms(),
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": 354937868,
    }


def query_order(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market, unknown = exchange.market(given), ApiError(-2013, "Order does not exist.")
    order = find_order(market, given, unknown, "orderId", "origClientOrderId")
    if order.visible_ms > exchange.now_ms():
        raise unknown
    entry.order_ids.append(order.id)
    return answers.queried(order)


def open_orders(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    markets = [exchange.market(given)] if "symbol" in given else list(exchange.markets.values())
    now = exchange.now_ms()
    return [answers.queried(order) for market in markets for order in market.open.values() if order.visible_ms <= now]


def all_orders(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market, limit, now = exchange.market(given), limit_of(given, 500, 1000), exchange.now_ms()
    _require_one_day(given)
    orders = [order for order in market.orders.values() if order.visible_ms <= now]
    if "orderId" in given:
        first = whole(given, "orderId")
        found = [order for order in orders if order.id >= first][:limit]
    else:
        found = between(orders, given, limit, lambda order: order.created_ms)
    return [answers.queried(order) for order in found]


def my_trades(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market, limit, now = exchange.market(given), limit_of(given, 500, 1000), exchange.now_ms()
    if {"orderId", "startTime", "endTime", "fromId"} & set(given) not in TRADE_COMBINATIONS:
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    _require_one_day(given)
    trades = [trade for trade in market.trades if trade.visible_ms <= now]
    if "orderId" in given:
        order_id = whole(given, "orderId")
        trades = [trade for trade in trades if trade.order_id == order_id]
    if "fromId" in given:
        first = whole(given, "fromId")
        found = [trade for trade in trades if trade.id >= first][:limit]
    else:
        found = between(trades, given, limit, lambda trade: trade.time_ms)
    return [answers.traded(trade) for trade in found]


def order_counts(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return exchange.limits.counts(exchange.now_ms())


def restrictions(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    return dict(exchange.restrictions)


def _require_one_day(given: Params) -> None:
    if "startTime" not in given or "endTime" not in given:
        return
    if whole(given, "endTime") - whole(given, "startTime") > DAY_MS:
        raise ApiError(-1127, "More than 24 hours between startTime and endTime.")
