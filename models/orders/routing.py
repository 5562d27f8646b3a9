"""Which venue an order goes to: the one where it is cheapest, fee included, of those that can take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.types.wire import Quote


class PassedOver(StrEnum):
    """Why a venue was not chosen."""

    UNHEALTHY = "it does not answer, or does not trade the symbol now"
    NO_QUOTE = "it has no sound quote"
    TOO_LITTLE = "too little is free there"
    DEARER = "it is dearer, fee included"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A venue as it stands.

    Attributes:
        quote: None where it gave none.
        fee: of a taker, fraction.
        free: of what an order spends: quote currency for a purchase, base units for a sale.
    """

    venue: str
    quote: Quote | None
    fee: Decimal
    is_healthy: bool
    free: Decimal


@dataclass(frozen=True, slots=True)
class Choice:
    """Where an order goes, None where it can go nowhere.

    Attributes:
        prices: by venue that could take it, what a base unit costs or brings there after the fee, quote currency.
        passed: by venue that was not chosen, why.
    """

    venue: str | None
    prices: dict[str, Decimal]
    passed: dict[str, PassedOver]


def cheapest(is_buy: bool, quantity: Decimal, candidates: Sequence[Candidate]) -> Choice:
    """The venue where `quantity` base units cost least or bring most; of equals the first."""
    passed: dict[str, PassedOver] = {}
    prices: dict[str, Decimal] = {}
    for one in candidates:
        price = _price(is_buy, one)
        unfit = _unfit(is_buy, quantity, one, price)
        if unfit is not None or price is None:
            passed[one.venue] = unfit or PassedOver.NO_QUOTE
        else:
            prices[one.venue] = price
    if not prices:
        return Choice(None, prices, passed)
    best = (min if is_buy else max)(prices, key=prices.__getitem__)
    return Choice(best, prices, passed | {venue: PassedOver.DEARER for venue in prices if venue != best})


def _price(is_buy: bool, one: Candidate) -> Decimal | None:
    """Of a base unit, fee included; None where the quote is not sound."""
    quote = one.quote
    if quote is None or not (quote.bid.is_finite() and quote.ask.is_finite()) or not 0 < quote.bid <= quote.ask:
        return None
    return quote.ask * (1 + one.fee) if is_buy else quote.bid * (1 - one.fee)


def _unfit(is_buy: bool, quantity: Decimal, one: Candidate, price: Decimal | None) -> PassedOver | None:
    if not one.is_healthy:
        return PassedOver.UNHEALTHY
    if price is None:
        return PassedOver.NO_QUOTE
    return PassedOver.TOO_LITTLE if (quantity * price if is_buy else quantity) > one.free else None
