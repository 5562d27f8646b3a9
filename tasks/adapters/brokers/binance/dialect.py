"""Binance spot: how orders and questions are put to it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from models.types.wire import MarketRules, OrderKind, Report, WireOrder
from tasks.adapters.brokers import usual
from tasks.adapters.brokers.binance.exchange import RECEIVE_WINDOW_MS, SANDBOX_HOSTS, VENUE
from tasks.adapters.brokers.binance.rights import rights
from tasks.adapters.brokers.binance.streams import STREAMS
from tasks.adapters.brokers.binance.trades import trades
from tasks.adapters.brokers.binance.verdicts import UNKNOWN, VERDICTS, error_code
from tasks.adapters.brokers.dialect import Ask, Call, Dialect, Raw, Sending
from tasks.adapters.brokers.reports import report_of, text_of, trade_of

STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT")
# Symbol, id, state, side, quantity, filled, and paid or received for it.
IN_ANSWERS = ("symbol", "orderId", "status", "side", "origQty", "executedQty", "cummulativeQuoteQty")
IN_EVENTS = ("s", "i", "X", "S", "q", "z", "Z")


def submit(sending: Sending) -> Call:
    """A new order. One at market is a limit order at its collar that is filled at once or expires."""
    order = sending.order
    # Signed with the time of its admission: the venue refuses it when it comes later than its window.
    params = {"newClientOrderId": sending.wire_id, "newOrderRespType": "FULL", "timestamp": sending.admitted_ms}
    kind, price = "limit", order.limit
    if order.kind is OrderKind.STOP:
        params["stopLossPrice"] = _text(order.stop)
        if STOPS[0] in sending.market["info"]["orderTypes"]:
            kind, price = "market", None
    else:
        params["timeInForce"] = "IOC" if order.kind is OrderKind.MARKET else "GTC"
    side = "buy" if order.is_buy else "sell"
    figures = (_text(order.quantity), None if kind == "market" else _text(price))
    return Call("create_order", (order.symbol, kind, side, *figures, params))


def find(order: WireOrder, wire_id: str) -> Call:
    """By client order id: of several the newest, which is the only one, as none is used twice."""
    return Call("fetch_order", (None, order.symbol, {"origClientOrderId": wire_id}))


def cancel(order: WireOrder, wire_id: str) -> Call:
    """By client order id."""
    return Call("cancel_order", (None, order.symbol, {"origClientOrderId": wire_id}))


def quote(ask: Ask, market: Raw) -> tuple[Decimal, Decimal]:
    """By bookTicker."""
    told = ask("quote", "public_get_ticker_bookticker", {"symbol": market["id"]})
    bid, offer = usual.decimals(told["bidPrice"], told["askPrice"])
    return bid, offer


def rules(venue: str, market: Raw) -> MarketRules:
    """By exchangeInfo; whatever status is not TRADING, known or not, opens nothing."""
    said = market["info"]
    types = said["orderTypes"]
    return replace(
        usual.rules(venue, market),
        is_trading=said["status"] == "TRADING" and said["isSpotTradingAllowed"] is True and "LIMIT" in types,
        takes_stops=any(kind in types for kind in STOPS),
        status=text_of(said["status"]),
    )


def report(venue: str, raw: Raw, heard_at: int) -> Report:
    """An order by reply, query or event. A cancellation has an id of its own, and names the order's beside it."""
    said = raw["info"]
    missing = [name for name in (IN_EVENTS if "e" in said else IN_ANSWERS) if name not in said]
    if missing:
        # ccxt would put zeros, or what we asked for, in their place.
        raise LookupError(f"{', '.join(missing)} is missing")
    known_as = said.get("origClientOrderId")
    return report_of(venue, raw if known_as is None else {**raw, "clientOrderId": known_as}, heard_at)


def tune(exchange: Any, stands_in: bool) -> None:
    """On the loopback ccxt would not see that the errors are those of spot: it looks at the address."""
    if stands_in:
        exchange.exceptions["exact"] = {**exchange.exceptions["exact"], **exchange.exceptions["spot"]["exact"]}


def _text(figure: Decimal | None) -> str:
    if figure is None:
        raise ValueError("a price is missing")
    return format(figure, "f")


DIALECT = Dialect(
    venue=VENUE,
    sends_within=RECEIVE_WINDOW_MS * 1000,
    submit=submit,
    find=find,
    cancel=cancel,
    open_orders=usual.open_orders,
    trades=trades,
    quote=quote,
    balances=usual.balances,
    rules=rules,
    rights=rights,
    report=report,
    trade=trade_of,
    error_code=error_code,
    verdicts=VERDICTS,
    unknown=UNKNOWN,
    tune=tune,
    sandbox_hosts=SANDBOX_HOSTS,
    streams=STREAMS,
)
