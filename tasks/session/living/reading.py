"""What the journal says was confirmed; a row that cannot be read confirms nothing, and is no reason to go on."""

from data.journal import LiveAct, LiveLog
from models.types import Damaged
from tasks.session.living.terms import MALFORMED, confirmed_terms, damaged


def confirmation(log: LiveLog, venue: str) -> LiveAct | None:
    """The confirmation in force at the venue, None where there is none; its terms can be read.

    Raises:
        Damaged: the newest row of the venue cannot be read.
    """
    try:
        act = log.in_force(venue)
    except MALFORMED as error:
        raise damaged(venue, error) from error
    if act is not None:
        confirmed_terms(act)
    return act


def is_confirmed(log: LiveLog, venue: str) -> bool:
    """Whether there is something to take back: one that cannot be read is."""
    try:
        return confirmation(log, venue) is not None
    except Damaged:
        return True
