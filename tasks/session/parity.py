"""Paper held against the backtest: the same bars have to give the same fills, intents and states, to the bit."""

from dataclasses import dataclass

import numpy as np

from data.journal import Journal
from models.engine import first_state, run_backtest
from models.types import BadInput, intents_sha256, iso
from tasks.session.book import configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.differences import Difference, first_difference
from tasks.session.recorded import recorded_panel


@dataclass(frozen=True, slots=True)
class Parity:
    """A recorded session held against the backtest.

    Attributes:
        first, last: opens of the first and last decided bar, UTC microseconds.
        bars, missed: how many were decided, and how many passed between them undecided.
        orders, fills, switches: of the session.
        outside: see Recorded.
        other_settings: configuration versions of the session that are not the present one, which the backtest has.
        first_difference: None where they agree to the bit.
    """

    first: int
    last: int
    bars: int
    missed: int
    orders: int
    fills: int
    switches: int
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
    recorded = recorded_panel(desk, book, decisions)
    run = run_backtest(recorded.panel, book.parameters, first_state(book.parameters.systems))
    fills = [one.fill for one in journal.fills_of(book.name)]
    intents = [intent for decision in decisions for intent in decision.intents]
    return Parity(
        first=decisions[0].bar,
        last=decisions[-1].bar,
        bars=len(decisions),
        missed=int(np.sum(~recorded.panel.decided)),
        orders=len(intents),
        fills=len(fills),
        switches=sum(len(decision.switches) for decision in decisions),
        paper_sha256=intents_sha256(intents),
        backtest_sha256=intents_sha256(run.intents()),
        outside=recorded.outside,
        other_settings=tuple(sorted({one.config_version for one in decisions} - {desk.loaded.version})),
        first_difference=first_difference(book, decisions, fills, run),
    )
