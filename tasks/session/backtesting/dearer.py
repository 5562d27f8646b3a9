"""The same book where everything that trading costs is a multiple of what it is."""

import math
from dataclasses import replace

from models.engine import parameters_of
from models.execution.dearer import dearer
from models.types import BadInput
from tasks.session.book import Book

LARGEST = 100.0


def with_costs(book: Book, multiple: float) -> Book:
    """The book at `multiple` times its fees, spread, impact and carry. A carry that is received stays as it is, so that
    dearer is never better. Entries know: their edge is held against these costs.

    Raises:
        BadInput: the multiple is no number in 0..LARGEST.
    """
    if not (math.isfinite(multiple) and 0.0 <= multiple <= LARGEST):
        raise BadInput(f"costs of {multiple:g} times what they are; give a number from 0 to {LARGEST:g}, such as 2")
    if multiple == 1.0:
        return book
    systems = tuple(
        replace(one, slots=tuple(replace(slot, instrument=dearer(slot.instrument, multiple)) for slot in one.slots))
        for one in book.parameters.systems
    )
    return replace(book, parameters=parameters_of(systems, book.parameters.house))
