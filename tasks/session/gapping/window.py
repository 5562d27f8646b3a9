"""Which recorded decisions a gap report looks at."""

from dataclasses import dataclass, replace

from data.journal import Decision, Journal
from models.types import BadInput, Refused, iso
from models.types.timeframes import DAY
from tasks.session.book import Book, book_name
from tasks.session.carried import state_of

# As of gap.window_days.
MOST_DAYS = 3650.0


@dataclass(frozen=True, slots=True)
class Window:
    """Decisions of one book in the order of their bars, one or more.

    Attributes:
        before: the decision before the first of them, None where there is none.
        foreign: how many older ones of the window a Keel made whose state had another shape: they are left out.
    """

    decisions: list[Decision]
    before: Decision | None
    foreign: int


def book_of_stage(book: Book, stage: str | None) -> Book:
    """The same book as it is traded in another stage."""
    return book if stage is None else replace(book, name=book_name(stage, line_of(book.name)))


def line_of(name: str) -> str:
    """A book's name without its stage: what the audit chain calls it."""
    return name.partition("|")[2]


def window_of(journal: Journal, book: Book, days: float) -> Window:
    """The decisions of the last `days` up to the book's newest one.

    Raises:
        BadInput: the book has decided nothing, or `days` is not above zero.
        Refused: its newest decision was made by a Keel whose state had another shape, or for other systems.
    """
    if not 0.0 < days <= MOST_DAYS:
        raise BadInput(
            f"found {days:g} days, allowed is more than 0 and up to {MOST_DAYS:g}; say over how many the report goes"
        )
    every = journal.decisions_of(book.name)
    if not every:
        raise BadInput(
            f"the book {book.name} has no decisions yet, so there is nothing to hold against a backtest; run keel "
            "trade first, or name the stage that was traded with --stage"
        )
    begin = every[-1].bar - int(days * DAY)
    first = next(k for k, one in enumerate(every) if one.bar > begin)
    known = _known(book, every[first:])
    kept = len(every) - len(known)
    return Window(known, every[kept - 1] if kept else None, kept - first)


def _known(book: Book, decisions: list[Decision]) -> list[Decision]:
    """Those after the last one whose state is not one of ours."""
    known: list[Decision] = []
    for one in reversed(decisions):
        try:
            state_of(book, one)
            state_of(book, replace(one, state_after=one.state_before))
        except Refused:
            if not known:
                raise
            break
        known.append(one)
    return known[::-1]


def span(window: Window) -> str:
    """For people."""
    return f"{iso(window.decisions[0].bar)} to {iso(window.decisions[-1].bar)}"
