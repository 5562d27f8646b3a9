"""The review after a cycle: what a person must see is told as soon as fills are settled."""

from collections.abc import Sequence

from data.journal import BookedFill, Journal
from models.types import KeelError
from tasks.ports import Checkpoint
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.ordering.broker import Broker
from tasks.session.review.review import review


def run_reviewed(desk: Desk, journal: Journal, broker: Broker, checkpoint: Checkpoint) -> Cycle:
    """A cycle, and the review of the fills that it settled.

    Raises:
        BadInput, Damaged, Refused: see `run_cycle`.
    """
    cycle = run_cycle(desk, journal, broker, checkpoint)
    review_settled(desk, journal, cycle.fills)
    return cycle


def review_settled(desk: Desk, journal: Journal, fills: Sequence[BookedFill]) -> None:
    """Review the book when a cycle has settled `fills`, once its orders are with the broker.

    What the cycle did stands whether or not it can be reviewed: that it cannot is an alert. A process that dies before
    this told nobody; the next review does, and `keel risk` is one.
    """
    if not fills:
        return
    try:
        review(desk, journal)
    except KeelError as error:
        journal.raise_alert(f"review {error}", "error", f"fills were not reviewed: {error}", desk.clock.now())
