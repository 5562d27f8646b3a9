"""Changes to what is noted of a venue that belong together: all of them are written, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Engine

from data.journal.holding_log import Holding, HoldingKind, clear_holding, write_holding
from data.journal.lease import Lease, require_in_force
from data.journal.risk_log import write_event
from data.journal.risk_records import RiskEvent
from data.journal.taking_in import TakenIn, write_taken_in
from models.types import BadInput

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is written at once.

    Attributes:
        notes: new holdings.
        cleared: numbers of holdings that count no longer, cleared by `who` at `at` (UTC microseconds).
        event: a flow of the account that goes with them, None where there is none.
        taken: what becomes the book's with them, None where nothing does.
    """

    who: str
    at: int
    notes: tuple[Holding, ...] = ()
    cleared: tuple[int, ...] = ()
    event: RiskEvent | None = None
    taken: TakenIn | None = None


@dataclass(frozen=True, slots=True)
class HoldingMoves:
    """Writes under a lease; `engine` is the journal's."""

    engine: Engine
    fence: Lease

    def write(self, changes: Changes) -> None:
        """Write them.

        Raises:
            BadInput: a holding to be cleared is not there, or a figure is not finite.
            Refused: the fence is no longer in force; or what `write_taken_in` says.
        """
        with self.engine.begin() as connection:
            require_in_force(connection, self.fence)
            for number in changes.cleared:
                clear_holding(connection, number, changes.who, changes.at)
            for note in changes.notes:
                write_holding(connection, note)
            if changes.event is not None:
                write_event(connection, changes.event)
            if changes.taken is not None:
                write_taken_in(connection, changes.taken, changes.at, self.fence.token)


def parted(holdings: Sequence[Holding], quantity: Decimal) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
    """(those that give `quantity` units between them, what is left of them as new ones), the first of them first.

    Raises:
        BadInput: they have less.
    """
    given: list[Holding] = []
    left: list[Holding] = []
    wanted = quantity
    for one in holdings:
        if wanted <= NOTHING:
            break
        if one.quantity > NOTHING:
            units = min(wanted, one.quantity)
            wanted -= units
            given.append(one)
            # A baseline that nothing is left of stays: it says that the asset was looked at.
            if units < one.quantity or one.kind is HoldingKind.BASELINE:
                left.append(replace(one, quantity=one.quantity - units, value=None, id=None))
    if wanted > NOTHING:
        raise BadInput(f"found {quantity - wanted} outside of the book, wanted {quantity}; ask for less")
    return tuple(given), tuple(left)
