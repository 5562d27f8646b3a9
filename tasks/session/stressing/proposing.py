"""What to sell, so that no scenario breaks the limit any more."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.engine import State
from models.engine.parameters import COLUMN
from models.engine.state import LAST, QUANTITY
from models.risk import Ladder, climbed
from models.risk.ladder import REDUCE, STRESS
from models.scenarios import smallest
from models.stress import Outcome, trimmed
from models.types import BoolArray, FloatArray
from tasks.session.stressing.books import Subject
from tasks.session.stressing.outcomes import through
from tasks.session.stressing.panels import Stressed
from tasks.session.stressing.report import Cut, Proposal

# The part is found to a percent: first among so many, then by halving.
SCAN, HALVINGS = 10, 4
# Cuts end this share of the limit below it, so that the next night's prices do not ask for another one.
ROOM = 0.05


def proposal_of(subject: Subject, found: Sequence[tuple[Stressed, Outcome]]) -> Proposal | None:
    """The smallest part of all that loses in the worst scenario, of which the sale keeps every scenario ROOM within the
    limit; None where none breaks it.

    The rest is run again, under the stop that goes with a sale: positions are only made smaller until a person releases
    it. A scenario that breaks the limit of an account in cash too asks for no sale. Where selling what loses is not
    enough, everything is sold.
    """
    broken = sorted((one for one in found if one[1].drawdown >= subject.limit), key=lambda one: -one[1].drawdown)
    if not broken:
        return None
    everything = (subject.state.book[:, QUANTITY] != 0.0).astype(np.float64)
    beyond = [one for one, _ in broken if _drawdown(subject, everything, one) >= subject.limit]
    helped = [one for one in broken if one[0] not in beyond]
    watched = [one for one, _ in found if one not in beyond]
    parts = _parts(subject, helped[0][1], watched, everything) if helped else np.zeros_like(everything)
    after = max((_drawdown(subject, parts, one) for one in watched), default=0.0)
    return Proposal(
        scenarios=tuple(stressed.scenario.name for stressed, _ in broken),
        beyond_selling=tuple(one.scenario.name for one in beyond),
        drawdown=broken[0][1].drawdown,
        limit=subject.limit,
        cuts=_cuts(subject, parts),
        after=after,
        enough=after < subject.limit,
    )


def _parts(subject: Subject, worst: Outcome, watched: Sequence[Stressed], everything: FloatArray) -> FloatArray:
    """Of every row the part to be sold, so that all that are watched end ROOM within the limit, or within it at all."""
    losing = _columns_that_lose(subject, worst)
    for aim in (subject.limit * (1.0 - ROOM), subject.limit):
        part = _smallest_part(subject, losing, watched, aim)
        if part is not None:
            return losing * part
    return everything


def _smallest_part(subject: Subject, losing: FloatArray, watched: Sequence[Stressed], aim: float) -> float | None:
    """Of what loses, so that every drawdown is below `aim`; None where all of it is not enough."""
    return smallest(
        lambda part: all(_drawdown(subject, losing * part, one) < aim for one in watched), 1.0, SCAN, HALVINGS
    )


def _columns_that_lose(subject: Subject, worst: Outcome) -> FloatArray:
    """1.0 for every row that holds a symbol which loses in the worst scenario; shape (n_rows,)."""
    columns, held = subject.parameters.slots[:, COLUMN], subject.state.book[:, QUANTITY] != 0.0
    made = np.zeros(int(columns.max()) + 1)
    np.add.at(made, columns, np.where(held, worst.contributions, 0.0))
    losing: BoolArray = held & (made[columns] < 0.0)
    return losing.astype(np.float64)


def _drawdown(subject: Subject, parts: FloatArray, stressed: Stressed) -> float:
    """Of the book without these parts, through a scenario."""
    state = _stopped(trimmed(subject.state, subject.parameters, parts), subject)
    return through(stressed, subject, state).drawdown


def _stopped(state: State, subject: Subject) -> State:
    """With the stop that a person ends."""
    house = subject.parameters.house._replace(reduce_days=0.0)
    ladder = climbed(Ladder(*state.ladder.tolist()), REDUCE, STRESS, house)
    return replace(state, ladder=np.array(ladder))


def _cuts(subject: Subject, parts: FloatArray) -> tuple[Cut, ...]:
    """The largest first."""
    cuts = []
    for row, (part, (system, slot)) in enumerate(zip(parts.tolist(), subject.parameters.rows, strict=True)):
        quantity, last = subject.state.book[row, QUANTITY], subject.state.book[row, LAST]
        if part > 0.0 and quantity != 0.0:
            cuts.append(Cut(system.name, slot.symbol, float(quantity), float(quantity * last), part))
    return tuple(sorted(cuts, key=lambda one: -one.money))
