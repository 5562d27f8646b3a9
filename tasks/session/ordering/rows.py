"""A book's rows as fills meet them."""

from decimal import Decimal

from models.engine import State
from tasks.session.book import Book
from tasks.session.ordering.booking import Row

# What a symbol without a slash is paid in: US stocks.
DOLLAR = "USD"


def base_of(symbol: str) -> str:
    """The asset that is bought: of BTC/USDT it is BTC, of SPY SPY."""
    return symbol.partition("/")[0]


def quote_of(symbol: str) -> str:
    """The asset that it is paid in."""
    return symbol.partition("/")[2] or DOLLAR


def rows_of(book: Book, state: State) -> list[Row]:
    """In the order of the book's rows, as `state` has them."""
    found = []
    for number, (system, slot) in enumerate(book.parameters.rows):
        position = state.position(number)
        row = Row(
            number=number,
            system=system.name,
            symbol=slot.symbol,
            base=base_of(slot.symbol),
            quote=quote_of(slot.symbol),
            lot=Decimal(repr(slot.instrument.lot)),
            taker_fee=Decimal(repr(slot.instrument.taker_fee)),
            held=position.quantity,
            ordered=position.ordered,
        )
        found.append(row)
    return found
