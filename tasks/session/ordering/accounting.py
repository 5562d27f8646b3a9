"""What an account should hold by the journal, held against what it does; and whose loss a loss is. Plain arithmetic.

Whatever is at a venue is there by fills of our orders, or is noted as a holding; nothing else is known of. So

    balance = fills of our orders, fees included + everything noted

holds to the last digit for every asset, whatever the book rounds, and what is missing or too much was moved by others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from data.journal import Holding, HoldingKind, Moved
from models.orders import ceiled, floored
from models.types.wire import MarketRules
from tasks.session.ordering.rows import base_of, quote_of

NOTHING = Decimal(0)
# What venues round away between them: of what is there and was turned over, and of the smallest order in quote.
ROUNDED = Decimal("1e-6")
ROUNDED_OF_LEAST = Decimal("1e-3")
# Of an asset that is neither base nor quote, such as one that fees are paid in.
SMALLEST = Decimal("1e-8")
OUTSIDE = (HoldingKind.BASELINE, HoldingKind.EXTERNAL)


@dataclass(frozen=True, slots=True)
class Difference:
    """An asset of which a venue holds something else than the journal expects; units."""

    venue: str
    asset: str
    expected: Decimal
    found: Decimal

    @property
    def units(self) -> Decimal:
        """More than expected, negative for less."""
        return self.found - self.expected

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.venue} holds {self.found} {self.asset}, the journal expects {self.expected} ({self.units:+f})"


@dataclass(frozen=True, slots=True)
class Gone:
    """Units of a row of the book that left its account without an order of ours, at `price` (quote currency)."""

    system: str
    symbol: str
    units: Decimal
    price: Decimal


def flows(moved: Mapping[str, Moved]) -> dict[str, Decimal]:
    """Units by asset that fills brought, negative where they took, by what they moved in each symbol."""
    found: dict[str, Decimal] = {}
    for symbol, one in moved.items():
        legs = [(base_of(symbol), one.units), (quote_of(symbol), -one.paid)]
        for asset, units in [*legs, *((asset, -fee) for asset, fee in one.fees.items())]:
            found[asset] = found.get(asset, NOTHING) + units
    return found


def noted(notes: Iterable[Holding], kinds: Iterable[HoldingKind] = tuple(HoldingKind)) -> dict[str, Decimal]:
    """Units by asset of holdings of these kinds."""
    found: dict[str, Decimal] = {}
    wanted = tuple(kinds)
    for one in notes:
        if one.kind in wanted:
            found[one.asset] = found.get(one.asset, NOTHING) + one.quantity
    return found


def slack(asset: str, moved: Mapping[str, Moved], rules: Sequence[MarketRules], found: Decimal) -> Decimal:
    """So much of an asset is no difference, units: less than a lot of what is traded, and what roundings add up to."""
    lots = [one.lot for one in rules if one.base == asset]
    if lots:
        return max(min(lots), SMALLEST)
    turned = sum((one.turned for symbol, one in moved.items() if quote_of(symbol) == asset), NOTHING)
    least = [one.min_notional * ROUNDED_OF_LEAST for one in rules if one.quote == asset]
    return max(SMALLEST, min(least, default=SMALLEST), ROUNDED * (abs(found) + turned))


def differences(
    venue: str,
    found: Mapping[str, Decimal],
    notes: Sequence[Holding],
    moved: Mapping[str, Moved],
    rules: Sequence[MarketRules],
) -> tuple[Difference, ...]:
    """Assets of which `found` (units by asset, none where it is not named) is beyond its slack; those alone that were
    noted before.
    """
    brought, there = flows(moved), noted(notes)
    seen = []
    for asset in sorted(there):
        one = Difference(venue, asset, there[asset] + brought.get(asset, NOTHING), found.get(asset, NOTHING))
        # A whole lot can be sold, less of it cannot.
        if abs(one.units) >= slack(asset, moved, rules, one.found):
            seen.append(one)
    return tuple(seen)


def lost_of_book(one: Difference, outside: Decimal, held: Decimal, lot: Decimal) -> Decimal:
    """Units that the book has to give up of a difference, a multiple of the lot: what was taken beyond `outside`, which
    is not the book's, but no more than is `held` by it.
    """
    short = -one.units - max(outside, NOTHING)
    return min(ceiled(short, lot), floored(held, lot)) if short > NOTHING else NOTHING


def shared(
    held: Mapping[tuple[str, str], Decimal], units: Decimal, price: Decimal, lots: Mapping[str, Decimal]
) -> tuple[Gone, ...]:
    """`units` taken from the rows of a book (units by system and symbol), from the largest first."""
    found = []
    left = units
    for (system, symbol), whole in sorted(held.items(), key=lambda one: (-one[1], one[0])):
        taken = min(left, floored(whole, lots[symbol]))
        if taken > NOTHING:
            found.append(Gone(system, symbol, taken, price))
            left -= taken
    return tuple(found)
