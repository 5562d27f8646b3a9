"""Paper held against the backtest: the same bars have to give the same intents, to the bit."""

from collections.abc import Callable
from dataclasses import dataclass

from data.journal import Journal
from models.types import BadInput, Intent, intents_sha256, iso
from tasks.ports import Tracker
from tasks.session.backtesting import backtest
from tasks.session.book import configured_book
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True)
class Parity:
    """Both sides' intents over the bars that the journal's book decided, and the first place where they differ."""

    bars: int
    orders: int
    paper_sha256: str
    backtest_sha256: str
    first_difference: str | None

    @property
    def equal(self) -> bool:
        """Whether they agree to the bit."""
        return self.paper_sha256 == self.backtest_sha256


def hold_against_backtest(desk: Desk, journal: Journal, tracker: Tracker, report: Callable[[str], None]) -> Parity:
    """Run the backtest over the span of the book's decisions and compare.

    Raises:
        BadInput: the book has not decided anything yet.
    """
    book = configured_book(desk)
    decisions = journal.decisions_of(book.name)
    if not decisions:
        raise BadInput(f"the book {book.name} has no decisions yet; run keel trade --once first")
    paper = [intent for decision in decisions for intent in decision.intents]
    run = backtest(desk, tracker, decisions[0].bar, decisions[-1].bar, report).run
    tested = run.intents()
    return Parity(
        bars=len(decisions),
        orders=len(paper),
        paper_sha256=intents_sha256(paper),
        backtest_sha256=intents_sha256(tested),
        first_difference=_difference(paper, tested),
    )


def _difference(paper: list[Intent], tested: list[Intent]) -> str | None:
    for ours, theirs in zip(paper, tested, strict=False):
        if ours != theirs:
            return f"paper {_words(ours)}, backtest {_words(theirs)}"
    if len(paper) == len(tested):
        return None
    longer, side = (paper, "paper") if len(paper) > len(tested) else (tested, "backtest")
    return f"only {side} has {_words(longer[min(len(paper), len(tested))])}"


def _words(intent: Intent) -> str:
    return f"{iso(intent.bar)} {intent.side} {abs(intent.quantity)!r} {intent.symbol} ({intent.reason.name.lower()})"
