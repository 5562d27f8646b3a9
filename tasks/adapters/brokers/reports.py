"""Orders, fills and balances as ccxt gives them, told in our words; whatever is not of the form raises.

Every function raises LookupError, TypeError, ValueError or ArithmeticError where something is missing or no number.
"""

from decimal import Decimal
from typing import Any

from models.types.wire import Balance, OrderState, Report, VenueTrade
from tasks.adapters.brokers.dialect import Raw

STATES = {
    "open": OrderState.OPEN,
    "canceling": OrderState.OPEN,
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
}


def decimal_of(value: object) -> Decimal:
    """A figure of the venue's.

    >>> decimal_of("0.00100000")
    Decimal('0.00100000')
    """
    if isinstance(value, float):
        raise TypeError(f"{value} went through a float")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{value} is no figure")
    return number


def text_of(value: object) -> str:
    """An id or a name that has to be there."""
    text = "" if value is None else str(value)
    if not text:
        raise ValueError("an id or a name is missing")
    return text


def report_of(venue: str, raw: Raw, heard_at: int) -> Report:
    """An order; `heard_at` (UTC microseconds) is its time where the venue gives none."""
    quantity, filled = decimal_of(raw["amount"]), decimal_of(raw["filled"])
    state = STATES[raw["status"]]
    if not 0 <= filled <= quantity or (state is OrderState.FILLED and filled < quantity):
        raise ValueError(f"{filled} of {quantity} filled cannot be, it is {state}")
    moment = _newest(raw, heard_at)
    client_id = raw.get("clientOrderId")
    return Report(
        venue=venue,
        symbol=text_of(raw["symbol"]),
        cid=None if not client_id else str(client_id),
        exchange_id=text_of(raw["id"]),
        state=state,
        is_buy=_is_buy(raw["side"]),
        quantity=quantity,
        filled=filled,
        value=_value(raw, filled),
        at=moment,
        kind=str(raw.get("type") or ""),
        trades=tuple(_fill(venue, raw, fill, moment) for fill in raw.get("trades") or ()),
        stop=decimal_of(raw["triggerPrice"]) if raw.get("triggerPrice") else None,
    )


def trade_of(venue: str, raw: Raw) -> VenueTrade:
    """A fill of the account."""
    fee, fee_asset = _fee(raw)
    return VenueTrade(
        venue=venue,
        symbol=text_of(raw["symbol"]),
        trade_id=text_of(raw["id"]),
        exchange_id=text_of(raw["order"]),
        cid=None,
        is_buy=_is_buy(raw["side"]),
        quantity=decimal_of(raw["amount"]),
        price=decimal_of(raw["price"]),
        fee=fee,
        fee_asset=fee_asset,
        at=int(raw["timestamp"]) * 1000,
        maker=raw.get("takerOrMaker") == "maker",
    )


def balances_of(raw: Raw) -> dict[str, Balance]:
    """By asset, those that there is something of."""
    free, used = raw["free"], raw["used"]
    told = (Balance(asset, decimal_of(free[asset]), decimal_of(used[asset])) for asset in free)
    return {balance.asset: balance for balance in told if balance.total}


def _fill(venue: str, order: Raw, fill: Raw, moment: int) -> VenueTrade:
    # In an order's reply a fill says no more than price, quantity and fee.
    stamp = fill.get("timestamp")
    known = {"symbol": order["symbol"], "order": order["id"], "side": order["side"]}
    return trade_of(venue, {**fill, **known, "timestamp": moment // 1000 if stamp is None else stamp})


def _newest(raw: Raw, heard_at: int) -> int:
    stamps = [raw.get(name) for name in ("lastUpdateTimestamp", "lastTradeTimestamp", "timestamp")]
    return next((int(stamp) * 1000 for stamp in stamps if stamp is not None), heard_at)


def _value(raw: Raw, filled: Decimal) -> Decimal:
    if not filled:
        return Decimal(0)
    cost = raw.get("cost")
    return decimal_of(raw["average"]) * filled if cost is None else decimal_of(cost)


def _is_buy(side: Any) -> bool:
    return {"buy": True, "sell": False}[side]


def _fee(raw: Raw) -> tuple[Decimal, str]:
    fees = [fee for fee in (raw.get("fees") or [raw.get("fee")]) if fee and fee.get("cost") is not None]
    if not fees:
        return Decimal(0), ""
    assets = {str(fee["currency"]) for fee in fees}
    if len(assets) > 1:
        raise ValueError("a fill's fee in more than one asset")
    return sum((decimal_of(fee["cost"]) for fee in fees), Decimal(0)), assets.pop()
