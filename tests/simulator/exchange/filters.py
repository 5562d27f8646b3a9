"""The rules of a symbol, checked on a new order before the matching engine sees it."""

from decimal import Decimal

from exchange.drafts import Draft
from exchange.market import Market
from exchange.orders import ALGO, AT_MARKET
from exchange.refusals import filter_failure
from exchange.symbols import Symbol


def check_filters(market: Market, draft: Draft) -> None:
    """Nothing, when the order keeps every rule.

    Raises:
        ApiError: the first filter it does not pass.
    """
    symbol = market.symbol
    _check_price(symbol, draft)
    _check_percent(symbol, draft, market.last)
    _check_quantity(symbol, draft)
    _check_notional(symbol, draft, market.last)
    if len(market.open) >= symbol.max_orders:
        raise filter_failure("MAX_NUM_ORDERS")
    if draft.type in ALGO and sum(o.type in ALGO for o in market.open.values()) >= symbol.max_algo_orders:
        raise filter_failure("MAX_NUM_ALGO_ORDERS")


def _check_price(symbol: Symbol, draft: Draft) -> None:
    if draft.price % symbol.tick or draft.stop_price % symbol.tick:
        raise filter_failure("PRICE_FILTER")


def _check_percent(symbol: Symbol, draft: Draft, last: Decimal | None) -> None:
    if not draft.price or last is None:
        return
    if not last * symbol.percent_down <= draft.price <= last * symbol.percent_up:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_quantity(symbol: Symbol, draft: Draft) -> None:
    if not draft.quantity:
        return
    if not symbol.min_qty <= draft.quantity <= symbol.max_qty or draft.quantity % symbol.lot:
        raise filter_failure("LOT_SIZE")
    if draft.type == "MARKET" and draft.quantity > symbol.market_max_qty:
        raise filter_failure("MARKET_LOT_SIZE")


def _check_notional(symbol: Symbol, draft: Draft, last: Decimal | None) -> None:
    price = draft.price or draft.stop_price or last
    if price is None:
        return
    notional = draft.quote_quantity or price * draft.quantity
    if notional < symbol.min_notional:
        raise filter_failure("NOTIONAL")
    if notional > symbol.max_notional and draft.type not in AT_MARKET:
        raise filter_failure("NOTIONAL")
