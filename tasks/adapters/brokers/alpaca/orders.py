"""Alpaca's orders and fills: how one is put, and what its rows mean."""

from decimal import Decimal

from models.types.failures import NotSent
from models.types.wire import OrderKind, OrderState, Report, VenueTrade
from tasks.adapters.brokers.dialect import Raw, Sending
from tasks.adapters.brokers.figures import figure, figure_or_zero, micros, plain

STATES = {
    "new": OrderState.OPEN,
    "accepted": OrderState.OPEN,
    "pending_new": OrderState.OPEN,
    "accepted_for_bidding": OrderState.OPEN,
    "partially_filled": OrderState.OPEN,
    "done_for_day": OrderState.OPEN,
    "calculated": OrderState.OPEN,
    "stopped": OrderState.OPEN,
    "suspended": OrderState.OPEN,
    "held": OrderState.OPEN,
    "pending_cancel": OrderState.OPEN,
    "pending_replace": OrderState.OPEN,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "replaced": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
}
QUOTES = ("USDT", "USDC", "USD", "BTC")
# The fee of coins is taken out of what was received, and its rows come a day later: until then the highest tier's.
COIN_FEE = Decimal("0.0025")


def body(sending: Sending) -> dict[str, str]:
    """The order as it is posted.

    Raises:
        NotSent: a stop of coins without a worst price, which Alpaca does not have.
    """
    order = sending.order
    said = {"symbol": order.symbol, "side": "buy" if order.is_buy else "sell", "qty": plain(order.quantity)}
    said["client_order_id"] = sending.wire_id
    # A stock's stop sells at market; of coins only the stop with a limit is taken.
    at_market = order.kind is OrderKind.STOP and not is_coin(order.symbol)
    if order.limit is None and not at_market:
        raise NotSent(f"alpaca takes order {order.cid} ({order.kind}) only with a worst price; give it a limit")
    if order.limit is not None and not at_market:
        said["limit_price"] = plain(order.limit)
    if order.stop is not None:
        said["stop_price"] = plain(order.stop)
    kinds = {OrderKind.MARKET: "limit", OrderKind.LIMIT: "limit", OrderKind.STOP: "stop" if at_market else "stop_limit"}
    return {**said, "type": kinds[order.kind], "time_in_force": "ioc" if order.kind is OrderKind.MARKET else "gtc"}


def is_coin(symbol: str) -> bool:
    """Whether it is a pair of coins and no stock.

    >>> is_coin("BTC/USD"), is_coin("SPY")
    (True, False)
    """
    return "/" in symbol


def symbol_of(row: Raw) -> str:
    """The symbol of a row; older ones write pairs of coins without the stroke.

    >>> symbol_of({"symbol": "BTCUSD", "asset_class": "crypto"})
    'BTC/USD'
    """
    said = str(row["symbol"])
    if is_coin(said) or row["asset_class"] != "crypto":
        return said
    quote = next(quote for quote in QUOTES if said.endswith(quote))
    return f"{said.removesuffix(quote)}/{quote}"


def report(venue: str, row: Raw, heard_at: int) -> Report:
    """One row of orders; an order by value, which only others place, has what was filled as its quantity."""
    filled, state = figure_or_zero(row["filled_qty"]), STATES[row["status"]]
    changed = row.get("updated_at")
    return Report(
        venue=venue,
        symbol=symbol_of(row),
        cid=row["client_order_id"] or None,
        exchange_id=str(row["id"]),
        state=state,
        is_buy={"buy": True, "sell": False}[row["side"]],
        quantity=filled if row["qty"] is None else figure(row["qty"]),
        filled=filled,
        value=filled * figure_or_zero(row["filled_avg_price"]),
        at=micros(changed) if changed else heard_at,
        kind=str(row["type"]),
        why="" if state in (OrderState.OPEN, OrderState.FILLED) else str(row["status"]),
        stop=figure(row["stop_price"]) if row.get("stop_price") else None,
    )


def trade(venue: str, row: Raw) -> VenueTrade:
    """One FILL of the account's activities, `symbol` as the book writes it; who was the maker is not said."""
    quantity, price, symbol = figure(row["qty"]), figure(row["price"]), str(row["symbol"])
    is_buy = {"buy": True, "sell": False, "sell_short": False}[row["side"]]
    base, _, quote = symbol.partition("/")
    received = quantity if is_buy else quantity * price
    return VenueTrade(
        venue=venue,
        symbol=symbol,
        trade_id=str(row["id"]),
        exchange_id=str(row["order_id"]),
        cid=None,
        is_buy=is_buy,
        quantity=quantity,
        price=price,
        fee=received * COIN_FEE if is_coin(symbol) else Decimal(0),
        fee_asset=(base if is_buy else quote) if is_coin(symbol) else "USD",
        at=micros(row["transaction_time"]),
    )
