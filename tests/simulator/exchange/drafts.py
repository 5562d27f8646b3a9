"""What a new order asks for, read from the parameters of its request as the documents demand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.orders import ALGO, ZERO
from exchange.refusals import ApiError, illegal, missing, not_required
from exchange.symbols import DIGITS, TYPES

SIDES = ("BUY", "SELL")
TIMES_IN_FORCE = ("GTC", "IOC", "FOK")
ANSWERS = ("ACK", "RESULT", "FULL")
DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID = r"^[a-zA-Z0-9-_]{1,36}$"
MATCHES_DECIMAL = re.compile(DECIMAL).match
MATCHES_ID = re.compile(CLIENT_ID).match
WITH_PRICE = ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
WITH_TIME = ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
WHOLE = re.compile(r"^[0-9]{1,19}$").match


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that is well formed; whether the market takes it is another question. Prices not given are zero."""

    side: str
    type: str
    time_in_force: str
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    stop_price: Decimal
    client_id: str
    answer: str
    strategy: tuple[tuple[str, int], ...]

    @property
    def is_buy(self) -> bool:
        return self.side == "BUY"


def read_draft(given: Mapping[str, str], new_id: str) -> Draft:
    """The draft of those parameters; `new_id` is its client order id when none was sent.

    Raises:
        ApiError: the first parameter that is missing, not wanted, or of another form.
    """
    side = _one_of(given, "side", SIDES, ApiError(-1117, "Invalid side."))
    kind = _one_of(given, "type", TYPES, ApiError(-1116, "Invalid orderType."))
    _require_parameters(given, kind)
    time = _one_of(given, "timeInForce", TIMES_IN_FORCE, ApiError(-1115, "Invalid timeInForce."), "GTC")
    client_id = given.get("newClientOrderId", new_id)
    if not MATCHES_ID(client_id):
        raise illegal("newClientOrderId", CLIENT_ID)
    usual = "FULL" if kind in ("MARKET", "LIMIT") else "ACK"
    bad_answer = ApiError(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
    return Draft(
        side=side,
        type=kind,
        time_in_force=time,
        price=number(given, "price", "Invalid price."),
        quantity=number(given, "quantity", "Invalid quantity."),
        quote_quantity=number(given, "quoteOrderQty", "Invalid quote order qty."),
        stop_price=number(given, "stopPrice", "Stop price must be above zero."),
        client_id=client_id,
        answer=_one_of(given, "newOrderRespType", ANSWERS, bad_answer, usual),
        strategy=tuple((name, whole(given, name)) for name in ("strategyId", "strategyType") if name in given),
    )


def number(given: Mapping[str, str], name: str, not_above_zero: str) -> Decimal:
    """A decimal above zero, or zero when it was not sent.

    Raises:
        ApiError: it is no such number, has too many decimals, or is zero.
    """
    text = given.get(name)
    if text is None:
        return ZERO
    if not MATCHES_DECIMAL(text):
        raise illegal(name, DECIMAL)
    value = Decimal(text)
    if len(text.partition(".")[2].rstrip("0")) > DIGITS:
        raise ApiError(-1111, f"Parameter '{name}' has too much precision.")
    if value == 0:
        raise ApiError(-1013, not_above_zero)
    return value


def whole(given: Mapping[str, str], name: str) -> int:
    """A whole number that was sent.

    Raises:
        ApiError: it is none.
    """
    text = given[name]
    if not WHOLE(text):
        raise illegal(name, "^[0-9]{1,20}$")
    return int(text)


def _require_parameters(given: Mapping[str, str], kind: str) -> None:
    if kind == "MARKET":
        if ("quantity" in given) == ("quoteOrderQty" in given):
            names = "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"
            raise (
                ApiError(-1102, names)
                if "quantity" not in given
                else ApiError(
                    -1128, "Combination of optional parameters invalid. Recommendation: 'quantity' or 'quoteOrderQty'"
                )
            )
    else:
        _wants(given, "quantity", True)
        _wants(given, "quoteOrderQty", False)
    _wants(given, "timeInForce", kind in WITH_TIME)
    _wants(given, "price", kind in WITH_PRICE)
    _wants(given, "stopPrice", kind in ALGO)


def _wants(given: Mapping[str, str], name: str, wanted: bool) -> None:
    if wanted and name not in given:
        raise missing(name)
    if not wanted and name in given:
        raise not_required(name)


def _one_of(
    given: Mapping[str, str], name: str, allowed: tuple[str, ...] | list[str], error: ApiError, usual: str | None = None
) -> str:
    value = given.get(name, usual)
    if value is None:
        raise missing(name)
    if value not in allowed:
        raise error
    return value
