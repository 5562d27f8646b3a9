"""The endpoints that place and cancel orders."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from exchange import answers
from exchange.drafts import Draft, read_draft, whole
from exchange.filters import check_filters
from exchange.market import Market
from exchange.orders import Order
from exchange.refusals import UNKNOWN, ApiError, missing
from exchange.wire import LogEntry

if TYPE_CHECKING:
    from exchange.exchange import Exchange

Params = Mapping[str, str]
RESTRICTIONS = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}
NEITHER = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
MODES = ("STOP_ON_FAILURE", "ALLOW_FAILURE")


def new_order(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market = exchange.market(given)
    return _place(exchange, market, _drafted(exchange, market, given), entry)


def try_order(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    _drafted(exchange, exchange.market(given), given)
    return {}


def cancel_order(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    names = ("orderId", "origClientOrderId", "newClientOrderId")
    return _cancel(exchange, exchange.market(given), given, names, entry)


def cancel_all(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market = exchange.market(given)
    if not market.open:
        raise ApiError(-2011, UNKNOWN)
    cancel_id = exchange.new_id()
    return [_canceled(exchange, market, order, cancel_id, entry) for order in tuple(market.open.values())]


def cancel_replace(exchange: "Exchange", given: Params, entry: LogEntry) -> object:
    market, mode = exchange.market(given), given.get("cancelReplaceMode")
    if mode not in MODES:
        raise missing("cancelReplaceMode")
    draft = _drafted(exchange, market, given)
    names = ("cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId")
    cancel_done, cancel_said = _tried(lambda: _cancel(exchange, market, given, names, entry))
    if not cancel_done and mode == "STOP_ON_FAILURE":
        place_done, place_said = None, None
    else:
        place_done, place_said = _tried(lambda: _place(exchange, market, draft, entry))
    said: dict[str, object] = {
        "cancelResult": "SUCCESS" if cancel_done else "FAILURE",
        "newOrderResult": {True: "SUCCESS", False: "FAILURE", None: "NOT_ATTEMPTED"}[place_done],
        "cancelResponse": cancel_said,
        "newOrderResponse": place_said,
    }
    if cancel_done and place_done:
        return said
    if cancel_done or place_done:
        entry.accepted = True
        raise ApiError(-2021, "Order cancel-replace partially failed.", 409, said)
    raise ApiError(-2022, "Order cancel-replace failed.", 400, said)


def find_order(market: Market, given: Params, unknown: ApiError, by_id: str, by_client: str) -> Order:
    """The order that a request names by its id, by its client order id, or by both.

    Raises:
        ApiError: it names none, there is none (`unknown`), or the two are not of one order.
    """
    if by_id not in given and by_client not in given:
        raise ApiError(-1102, NEITHER)
    order = market.orders.get(whole(given, by_id)) if by_id in given else market.latest(given[by_client])
    if order is None:
        raise unknown
    if given.get(by_client, order.client_id) != order.client_id:
        raise ApiError(-2039, "Client order ID is not correct for this order ID.")
    return order


def _drafted(exchange: "Exchange", market: Market, given: Params) -> Draft:
    new_id = "" if "newClientOrderId" in given else exchange.new_id()
    draft = read_draft(given, new_id)
    check_filters(market, draft)
    return draft


def _place(exchange: "Exchange", market: Market, draft: Draft, entry: LogEntry) -> object:
    now = exchange.now_ms()
    exchange.limits.place(now)
    try:
        order, trades = exchange.engine.place(market, draft)
    except ApiError:
        exchange.limits.trade(now)  # one that was rejected is not counted
        raise
    entry.order_ids.append(order.id)
    return answers.placed(order, trades, draft.answer, order.created_ms)


def _cancel(
    exchange: "Exchange", market: Market, given: Params, names: tuple[str, str, str], entry: LogEntry
) -> object:
    by_id, by_client, new_id = names
    restriction = given.get("cancelRestrictions")
    if restriction is not None and restriction not in RESTRICTIONS:
        raise ApiError(-1145, "Invalid cancelRestrictions")
    order = find_order(market, given, ApiError(-2011, UNKNOWN), by_id, by_client)
    if not order.is_open:
        raise ApiError(-2011, UNKNOWN)
    if restriction is not None and RESTRICTIONS[restriction] != order.status:
        raise ApiError(-2011, "Order was not canceled due to cancel restrictions.")
    return _canceled(exchange, market, order, given.get(new_id) or exchange.new_id(), entry)


def _canceled(exchange: "Exchange", market: Market, order: Order, cancel_id: str, entry: LogEntry) -> dict[str, object]:
    exchange.engine.cancel(market, order, cancel_id)
    entry.order_ids.append(order.id)
    return answers.canceled(order, cancel_id, order.updated_ms)


def _tried(act: Callable[[], object]) -> tuple[bool, object]:
    try:
        return True, act()
    except ApiError as error:
        return False, error.body()
