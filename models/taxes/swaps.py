"""A trade as what it is for the law: what was given for something else is disposed of, and so is what a fee took."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from models.taxes.exact import EXACT
from models.taxes.movements import Kind, Movement


@dataclass(frozen=True, slots=True)
class Swap:
    """A fill.

    Attributes:
        key: its name; those of its movements begin with it.
        at, day, pool: as in Movement.
        base, quote: the assets; `quantity` of base for `quantity * price` of quote.
        fee: of `fee_asset`, negative where the venue paid it.
        worth: of what went over the counter, money; None where no price is known.
        fee_worth: of the fee; None where no price is known.
    """

    key: str
    at: int
    day: int
    pool: str
    base: str
    quote: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    worth: Decimal | None
    fee_worth: Decimal | None


def movements_of(one: Swap, currency: str) -> tuple[Movement, ...]:
    """At most three: base, quote and fee; none of the currency itself, which is money and no asset.

    A fee makes dearer what is bought, and lessens what a sale brings; that it is paid in an asset disposes of that one
    at what it is worth. Whatever came first in the pair, one side's worth is the other's.
    """
    fee = Decimal(0) if not one.fee else one.fee_worth
    with localcontext(EXACT):
        dearer = None if one.worth is None or fee is None else one.worth + fee
        less = None if one.worth is None or fee is None else one.worth - fee
        of = {one.base: one.quantity, one.quote: one.quantity * one.price}
    came, went = (one.base, one.quote) if one.is_buy else (one.quote, one.base)
    # On the side of base is the fee: bought with it, or sold less it.
    cost, brought = (dearer, one.worth) if one.is_buy else (one.worth, less)
    legs = [
        (Kind.ACQUIRED, came, of[came], cost, "in"),
        (Kind.DISPOSED, went, of[went], brought, "out"),
    ]
    if one.fee:
        kind = Kind.FEE if one.fee > 0 else Kind.ACQUIRED
        legs.append((kind, one.fee_asset, abs(one.fee), None if fee is None else abs(fee), "fee"))
    return tuple(
        Movement(
            key=f"{one.key}/{name}",
            at=one.at,
            day=one.day,
            kind=kind,
            asset=asset,
            pool=one.pool,
            quantity=units,
            value=value,
            acquired=one.at if kind is Kind.ACQUIRED else None,
        )
        for kind, asset, units, value, name in legs
        if asset != currency
    )
