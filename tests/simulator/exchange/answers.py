"""Orders and trades as the endpoints write them."""

from typing import Any

from exchange.orders import ALGO, ZERO, Order, Trade
from exchange.symbols import plain

Json = dict[str, Any]


def placed(order: Order, trades: list[Trade], form: str, at_ms: int) -> Json:
    """The answer to a new order: ACK, RESULT, or FULL with its fills."""
    short = {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "transactTime": at_ms,
    }
    if form == "ACK":
        return short
    full = {**short, **_amounts(order), **_conditional(order), "selfTradePreventionMode": "NONE"}
    return full if form == "RESULT" else {**full, "fills": [_fill(trade) for trade in trades]}


def queried(order: Order) -> Json:
    """An order as it is read."""
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        **_amounts(order),
        "stopPrice": plain(order.stop_price),
        "icebergQty": plain(ZERO),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.working_ms is not None,
        "workingTime": -1 if order.working_ms is None else order.working_ms,
        "selfTradePreventionMode": "NONE",
        **_labels(order),
    }


def canceled(order: Order, cancel_id: str, at_ms: int) -> Json:
    """The answer to a cancel."""
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_id,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": cancel_id,
        "transactTime": at_ms,
        **_amounts(order),
        **({"stopPrice": plain(order.stop_price)} if order.type in ALGO else {}),
        "selfTradePreventionMode": "NONE",
        **_labels(order),
    }


def traded(trade: Trade) -> Json:
    """A row of myTrades."""
    return {
        "symbol": trade.symbol,
        "id": trade.id,
        "orderId": trade.order_id,
        "orderListId": -1,
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.quote),
        "commission": plain(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": trade.time_ms,
        "isBuyer": trade.is_buyer,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def _fill(trade: Trade) -> Json:
    return {
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "commission": plain(trade.commission),
        "commissionAsset": trade.commission_asset,
        "tradeId": trade.id,
    }


def _amounts(order: Order) -> Json:
    return {
        "price": plain(order.price),
        "origQty": plain(order.quantity),
        "executedQty": plain(order.executed),
        "origQuoteOrderQty": plain(order.quote_quantity),
        "cummulativeQuoteQty": plain(order.quote_done),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
    }


def _conditional(order: Order) -> Json:
    said: Json = {} if order.working_ms is None else {"workingTime": order.working_ms}
    if order.type in ALGO:
        said["stopPrice"] = plain(order.stop_price)
    return said | _labels(order)


def _labels(order: Order) -> Json:
    labels: Json = dict(order.strategy)
    return {**labels, "expiryReason": order.expiry_reason} if order.expiry_reason else labels
