"""What the journal has of a book in a span: its decisions, and what they settled.

A decision belongs to the span in which it was made, and with it the fills that it settled: so the profits of the days
of a week add up to the week's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from data.journal import BookedFill, Decision, Journal
from tasks.session.reporting.periods import Span
from tasks.session.review.trades import TradeReview, review_trades


@dataclass(frozen=True, slots=True)
class Window:
    """Of one book.

    Attributes:
        before: the last decision before the span, None where the book began in it.
        decisions: those of the span, the oldest first; empty where there was none.
        fills, trades: settled by them; trades are closed (parts of) positions, whenever these were entered.
    """

    before: Decision | None
    decisions: tuple[Decision, ...]
    fills: tuple[BookedFill, ...]
    trades: tuple[TradeReview, ...]

    @property
    def stretch(self) -> tuple[Decision, ...]:
        """With the decision before: what its state became is the span's."""
        return self.decisions if self.before is None else (self.before, *self.decisions)


def window_of(journal: Journal, book: str, span: Span) -> Window:
    """Of the book in the span.

    Raises:
        BadInput: the journal lacks the entry of a position that was left.
    """
    every, fills = journal.decisions_of(book), journal.fills_of(book)
    mine = tuple(one for one in every if span.has(one.decided_at))
    before = next((one for one in reversed(every) if one.decided_at < span.begin), None)
    if not mine:
        return Window(before, (), (), ())
    since = before.bar if before is not None else -1
    until = mine[-1].bar
    return Window(
        before,
        mine,
        tuple(one for one in fills if since < one.fill.ts <= until),
        tuple(_closed(review_trades(every, fills), since, until)),
    )


def _closed(trades: Sequence[TradeReview], since: int, until: int) -> list[TradeReview]:
    return [one for one in trades if since < one.trade.exited <= until]
