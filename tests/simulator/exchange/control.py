"""How a test in another process steers the exchange and reads it: POST /_control, {"do": .., and what that takes}."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from exchange.book import Level
from exchange.exchange import Exchange
from exchange.faults import Rule

Asked = Mapping[str, Any]
Json = Any


def control(exchange: Exchange, asked: Asked) -> Json:
    """Does it and says what there is to say.

    Raises:
        LookupError, TypeError, ValueError, ApiError: it cannot be done; the text says why.
    """
    name = str(asked["do"])
    if name not in ACTS:
        raise ValueError(f"nobody knows how to do {name}; there are {', '.join(ACTS)}")
    with exchange.lock:
        return plain_json(ACTS[name](exchange, asked))


def plain_json(value: Any) -> Json:
    """The value with numbers as texts and everything else as JSON has it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_json(one) for one in value]
    return value


def _fault(exchange: Exchange, asked: Asked) -> Json:
    exchange.faults.add(Rule(**{name: value for name, value in asked.items() if name != "do"}))


def _set_book(exchange: Exchange, asked: Asked) -> Json:
    exchange.set_book(asked["symbol"], _levels(asked["bids"]), _levels(asked["asks"]))


def _levels(rows: list[list[Any]]) -> list[Level]:
    return [(Decimal(str(price)), Decimal(str(quantity))) for price, quantity in rows]


def _set_price(exchange: Exchange, asked: Asked) -> Json:
    exchange.set_price(asked["symbol"], Decimal(str(asked["price"])))


def _outside_order(exchange: Exchange, asked: Asked) -> Json:
    price = Decimal(str(asked["price"])) if "price" in asked else None
    return exchange.outside_order(asked["symbol"], asked["side"], Decimal(str(asked["quantity"])), price)


def _edit_balance(exchange: Exchange, asked: Asked) -> Json:
    exchange.edit_balance(asked["asset"], Decimal(str(asked["delta"])))


def _manual_order(exchange: Exchange, asked: Asked) -> Json:
    given = {name: str(value) for name, value in asked.items() if name not in ("do", "symbol", "side", "type")}
    return asdict(exchange.manual_order(asked["symbol"], asked["side"], asked["type"], **given))


def _manual_cancel(exchange: Exchange, asked: Asked) -> Json:
    exchange.manual_cancel(int(asked["order_id"]), asked.get("symbol"))


def _set_status(exchange: Exchange, asked: Asked) -> Json:
    exchange.set_status(asked["symbol"], asked["status"])


def _set_filters(exchange: Exchange, asked: Asked) -> Json:
    rules = {name: value for name, value in asked.items() if name not in ("do", "symbol")}
    counts = ("max_orders", "max_algo_orders")
    exchange.set_filters(
        asked["symbol"], **{name: int(v) if name in counts else Decimal(str(v)) for name, v in rules.items()}
    )


def _set_klines(exchange: Exchange, asked: Asked) -> Json:
    exchange.set_klines(asked["symbol"], asked["interval"], asked["rows"])


def _freeze_klines(exchange: Exchange, asked: Asked) -> Json:
    exchange.freeze_klines(asked["symbol"], asked.get("frozen", True))


def _set(exchange: Exchange, asked: Asked) -> Json:
    for name in ("skew_ms", "visible_after_ms"):
        if name in asked:
            setattr(exchange, name, int(asked[name]))


def _restrict(exchange: Exchange, asked: Asked) -> Json:
    exchange.restrictions |= {name: value for name, value in asked.items() if name != "do"}


def _log(exchange: Exchange, asked: Asked) -> Json:
    return [asdict(entry) for entry in exchange.log[int(asked.get("since", 0)) :]]


def _orders(exchange: Exchange, asked: Asked) -> Json:
    found = exchange.orders_of(asked["client_order_id"]) if "client_order_id" in asked else exchange.orders
    return [asdict(order) for order in found]


def _trades(exchange: Exchange, asked: Asked) -> Json:
    return [asdict(trade) for trade in exchange.trades]


def _snapshot(exchange: Exchange, asked: Asked) -> Json:
    return {
        "now_ms": exchange.now_ms(),
        "balances": exchange.balances,
        "free": exchange.account.free,
        "locked": exchange.account.locked,
        "net_traded": {name: exchange.net_traded(name) for name in exchange.markets},
        "last": {name: market.last for name, market in exchange.markets.items()},
        "open": [asdict(order) for order in exchange.orders if order.is_open],
        "requests": len(exchange.log),
        "violations": len(exchange.violations),
    }


def _clear_faults(exchange: Exchange, asked: Asked) -> Json:
    exchange.faults.clear()


ACTS: dict[str, Callable[[Exchange, Asked], Json]] = {
    "fault": _fault,
    "clear_faults": _clear_faults,
    "set_book": _set_book,
    "set_price": _set_price,
    "outside_order": _outside_order,
    "edit_balance": _edit_balance,
    "manual_order": _manual_order,
    "manual_cancel": _manual_cancel,
    "set_status": _set_status,
    "set_filters": _set_filters,
    "set_klines": _set_klines,
    "freeze_klines": _freeze_klines,
    "set": _set,
    "restrict": _restrict,
    "log": _log,
    "orders": _orders,
    "trades": _trades,
    "snapshot": _snapshot,
}
