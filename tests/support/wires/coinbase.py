"""Coinbase Advanced's wire, by its reference: orders are taken without their state, pages go by a cursor."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from wires.base import Name, Problem, Sent, Wire, need, text
from wires.floor import Fill, Kind, Placed

STATES = {"open": "OPEN", "filled": "FILLED", "canceled": "CANCELLED", "expired": "EXPIRED"}
SHAPES: dict[str, Kind] = {
    "sor_limit_ioc": "ioc",
    "limit_limit_gtc": "limit",
    "stop_limit_stop_limit_gtc": "stop",
}


@dataclass
class CoinbaseWire(Wire):
    """BTC-USD. `product` changes it, `can_transfer` is the key's, `failure_reason` is what cancellations meet."""

    page: int = 100
    product: dict[str, object] | None = None
    can_transfer: bool = False
    failure_reason: str = ""

    def problem(self, name: Name) -> tuple[int, object]:
        return {
            "insufficient": (200, _failure("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND")),
            "invalid": (200, _failure("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_PRICE_PRECISION")),
            "too many": (429, {"error": "rate_limit_exceeded", "message": "too many requests"}),
            "keys": (401, "Unauthorized\n"),
            "clock": (401, {"errors": [{"id": "authentication_error", "message": "request timestamp expired"}]}),
            "vague": (200, _failure("UNKNOWN_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON")),
        }[name]

    def answer(self, sent: Sent) -> object:
        path = sent.path.removeprefix("/api/v3/brokerage/").split("/")
        if path[0] not in ("market", "time"):
            assert sent.headers["Authorization"].startswith("Bearer "), sent
        match sent.method, path:
            case "POST", ["orders"]:
                return self._place(sent.body)
            case "POST", ["orders", "batch_cancel"]:
                return {"results": [self._cancel(name) for name in sent.body["order_ids"]]}
            case "GET", ["orders", "historical", "batch"]:
                return self._batch(sent.query)
            case "GET", ["orders", "historical", "fills"]:
                return self._fills(sent.query)
            case "GET", ["orders", "historical", number]:
                return {"order": self._order(self._known(number))}
            case "GET", path:
                return self._read(path, sent.query)
        raise AssertionError(sent)

    def _place(self, body: dict[str, Any]) -> object:
        self.refuse()
        cid, market, side, shapes = need(body, "client_order_id", "product_id", "side", "order_configuration")
        [(shape, figures)] = shapes.items()
        kind = SHAPES[shape]
        order = self.floor.first(lambda one: one.cid == cid)
        if order is None:
            stop = Decimal(figures["stop_price"]) if kind == "stop" else None
            assert kind != "stop" or figures["stop_direction"] == "STOP_DIRECTION_STOP_DOWN", figures
            quantity, limit = Decimal(figures["base_size"]), Decimal(figures["limit_price"])
            order = self.floor.place(cid, market, side == "BUY", kind, quantity, limit, stop)
        said = {"order_id": _id(order), "product_id": market, "side": side, "client_order_id": self.said(cid)}
        return {"success": True, "success_response": said, "order_configuration": shapes}

    def _known(self, number: str) -> Placed:
        order = self.floor.first(lambda one: _id(one) == number)
        if order is None:
            details = "order with this orderID was not found"
            raise Problem(404, {"error": "NOT_FOUND", "error_details": details, "message": details})
        return order

    def _cancel(self, number: str) -> dict[str, object]:
        order = self.floor.first(lambda one: _id(one) == number)
        if self.failure_reason:
            return {"success": False, "failure_reason": self.failure_reason, "order_id": number}
        done = order is not None and self.floor.cancel(order)
        reason = "UNKNOWN_CANCEL_FAILURE_REASON" if done else "UNKNOWN_CANCEL_ORDER"
        return {"success": done, "failure_reason": reason, "order_id": number}

    def _batch(self, query: dict[str, str]) -> object:
        found = self.floor.orders[::-1]
        if "order_status" in query:
            assert query["order_status"] == "OPEN", query
            found = [one for one in found if one.state == "open"]
        if "product_ids" in query:
            found = [one for one in found if one.market == query["product_ids"]]
        if "start_date" in query:
            found = [one for one in found if one.at >= _millis(query["start_date"])]
        rows, more = self._cut([self._order(one) for one in found], query)
        return {"orders": rows, "sequence": "0", "has_next": more != "", "cursor": more}

    def _fills(self, query: dict[str, str]) -> object:
        start = _millis(query["start_sequence_timestamp"])
        found = [pair for pair in self.floor.trades() if pair[1].at >= start and pair[0].market == query["product_ids"]]
        rows, more = self._cut([_fill(order, fill) for order, fill in found[::-1]], query)
        return {"fills": rows, "cursor": more}

    def _cut(self, rows: list[Any], query: dict[str, str]) -> tuple[list[Any], str]:
        start, count = int(query.get("cursor") or 0), min(int(query["limit"]), self.page)
        return rows[start : start + count], str(start + count) if start + count < len(rows) else ""

    def _order(self, order: Placed) -> dict[str, Any]:
        shape = next(name for name, kind in SHAPES.items() if kind == order.kind)
        figures = {"base_size": text(order.quantity), "limit_price": text(order.limit)}
        if order.kind == "stop":
            figures |= {"stop_price": text(order.stop), "stop_direction": "STOP_DIRECTION_STOP_DOWN"}
        return {
            "order_id": _id(order),
            "product_id": order.market,
            "order_configuration": {shape: figures},
            "side": "BUY" if order.is_buy else "SELL",
            "client_order_id": self.said(order.cid),
            "status": STATES[order.state],
            "time_in_force": "IMMEDIATE_OR_CANCEL" if order.kind == "ioc" else "GOOD_UNTIL_CANCELLED",
            "created_time": _time(order.at),
            "completion_percentage": "0",
            "filled_size": text(order.filled),
            "average_filled_price": text(order.average),
            "number_of_fills": str(len(order.fills)),
            "filled_value": text(order.value),
            "pending_cancel": False,
            "size_in_quote": False,
            "total_fees": text(sum((fill.fee for fill in order.fills), Decimal(0))),
            "order_type": "STOP_LIMIT" if order.kind == "stop" else "LIMIT",
            "reject_reason": "REJECT_REASON_UNSPECIFIED",
            "settled": order.state == "filled",
            "product_type": "SPOT",
            "reject_message": "",
            "cancel_message": "",
        }

    def _read(self, path: list[str], query: dict[str, str]) -> object:
        match path:
            case ["accounts"]:
                rows, more = self._cut(ACCOUNTS, query)
                return {"accounts": rows, "has_next": more != "", "cursor": more, "size": len(rows)}
            case ["key_permissions"]:
                rights = {"can_view": True, "can_trade": True, "can_transfer": self.can_transfer}
                return {**rights, "portfolio_uuid": "0", "portfolio_type": "DEFAULT"}
            case ["transaction_summary"]:
                return {"fee_tier": {"taker_fee_rate": "0.008", "maker_fee_rate": "0.006"}}
            case ["time"]:
                return {"iso": "2023-11-14T22:13:20Z", "epochSeconds": "1700000000", "epochMillis": "1700000000123"}
            case ["market", "product_book"]:
                sides = (("bids", self.floor.bid), ("asks", self.floor.ask))
                levels = {name: [{"price": text(price), "size": "1"}] for name, price in sides}
                return {"pricebook": {"product_id": query["product_id"], **levels, "time": _time(self.floor.now)}}
            case ["market", "products"]:
                products = [] if "product_type" in query else [{**PRODUCT, **(self.product or {})}]
                return {"products": products, "num_products": len(products)}
        raise AssertionError(path)


PRODUCT = {
    "product_id": "BTC-USD",
    "price": "100.10",
    "base_increment": "0.0001",
    "quote_increment": "0.01",
    "quote_min_size": "1",
    "quote_max_size": "150000000",
    "base_min_size": "0.0001",
    "base_max_size": "3400",
    "is_disabled": False,
    "status": "online",
    "cancel_only": False,
    "limit_only": False,
    "post_only": False,
    "trading_disabled": False,
    "auction_mode": False,
    "view_only": False,
    "product_type": "SPOT",
    "quote_currency_id": "USD",
    "base_currency_id": "BTC",
    "price_increment": "0.01",
}


def _account(asset: str, free: str, hold: str) -> dict[str, object]:
    sides = (("available_balance", free), ("hold", hold))
    return {"currency": asset, **{name: {"value": value, "currency": asset} for name, value in sides}, "ready": True}


ACCOUNTS = [_account("BTC", "1.25", "0.25"), _account("USD", "9000.25", "1000.25"), _account("ETH", "0", "0")]


def _failure(error: str, preview: str) -> dict[str, object]:
    said = {"error": error, "message": "", "error_details": "", "preview_failure_reason": preview}
    return {"success": False, "error_response": said, "order_configuration": {}}


def _id(order: Placed) -> str:
    return f"52cfe5e2-0b29-4c19-a245-{order.number:012d}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _millis(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp() * 1000


def _fill(order: Placed, fill: Fill) -> dict[str, Any]:
    return {
        "entry_id": f"b88b82cc{fill.number:08d}",
        "trade_id": f"cdc39e45-bbd3-44ec-bf02-{fill.number:012d}",
        "order_id": _id(order),
        "trade_time": _time(fill.at),
        "trade_type": "FILL",
        "price": text(fill.price),
        "size": text(fill.quantity),
        "commission": text(fill.fee),
        "product_id": order.market,
        "sequence_timestamp": _time(fill.at),
        "liquidity_indicator": "MAKER" if order.kind == "limit" else "TAKER",
        "size_in_quote": False,
        "side": "BUY" if order.is_buy else "SELL",
    }
