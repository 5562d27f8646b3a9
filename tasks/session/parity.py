"""Paper held against the backtest: the same bars have to give the same fills, intents and states, to the bit."""

from dataclasses import dataclass

from data.journal import Journal
from models.types import BadInput, intents_sha256, iso
from tasks.session.book import configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.differences import Difference, first_difference
from tasks.session.stretches import fold_again


@dataclass(frozen=True, slots=True)
class Parity:
    """A recorded session held against the backtest.

    Attributes:
        first, last: opens of the first and last decided bar, UTC microseconds.
        bars, missed: how many were decided, and how many passed between them undecided.
        orders, fills, switches: of the session.
        stops: how often a stop tripped or was released.
        settings: how many configurations the session had, one after the other.
        outside: see Recorded.
        other_settings: of them those that cannot be built again: the backtest has the present one in their place.
        first_difference: None where they agree to the bit.
    """

    first: int
    last: int
    bars: int
    missed: int
    orders: int
    fills: int
    switches: int
    stops: int
    settings: int
    paper_sha256: str
    backtest_sha256: str
    outside: dict[str, int]
    other_settings: tuple[str, ...]
    first_difference: Difference | None

    @property
    def equal(self) -> bool:
        """Whether they agree to the bit."""
        return self.first_difference is None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "first": iso(self.first),
            "last": iso(self.last),
            "bars": self.bars,
            "missed": self.missed,
            "orders": self.orders,
            "fills": self.fills,
            "switches": self.switches,
            "stops": self.stops,
            "settings": self.settings,
            "intents_sha256": self.paper_sha256,
            "backtest_sha256": self.backtest_sha256,
            "outside": self.outside,
            "other_settings": list(self.other_settings),
            "equal": self.equal,
            "first_difference": None if self.first_difference is None else self.first_difference.as_json(),
        }


def hold_against_backtest(desk: Desk, journal: Journal) -> Parity:
    """Fold the backtest over the bars of the book's recorded session and compare.

    Raises:
        BadInput: the book has not decided anything yet.
        Refused: its decisions were made by a Keel whose state had another shape.
        Damaged: stored data does not match its checksum.
    """
    book = configured_book(desk)
    decisions = journal.decisions_of(book.name)
    if not decisions:
        raise BadInput(f"the book {book.name} has no decisions yet; run keel trade --once first")
    state_of(book, decisions[-1])
    folded = fold_again(desk, journal, decisions)
    fills = [one.fill for one in journal.fills_of(book.name)]
    intents = [intent for decision in decisions for intent in decision.intents]
    return Parity(
        first=decisions[0].bar,
        last=decisions[-1].bar,
        bars=len(decisions),
        missed=folded.missed,
        orders=len(intents),
        fills=len(fills),
        switches=sum(len(decision.switches) for decision in decisions),
        stops=sum(len(decision.events) for decision in decisions),
        settings=len(folded.runs),
        paper_sha256=intents_sha256(intents),
        backtest_sha256=intents_sha256(folded.intents()),
        outside=folded.outside,
        other_settings=folded.other_settings,
        first_difference=first_difference(book, decisions, fills, folded),
    )
