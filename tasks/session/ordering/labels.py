"""The steps of an order at which a test may cut the way: each is passed once whatever came before it is done."""

from enum import StrEnum

from models.types.wire import Role


class At(StrEnum):
    """Where an order is.

    ADMITTED: durable, not sent. SENT: the wire was tried, the answer is not written. ABSORBED: it is. ASKED: a doubtful
    order was asked for, and what was heard is written. CANCELLING: the cancel is not sent. CANCELLED: it was, and the
    answer is not written. CONFIRMED: it is written that the order is over.
    """

    ADMITTED = "admitted"
    SENT = "sent"
    ABSORBED = "absorbed"
    ASKED = "asked"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"


def label(at: At, role: Role) -> str:
    """What the checkpoint is called with: `sent entry`."""
    return f"{at.value} {role.value}"


STEPS: tuple[str, ...] = tuple(label(at, role) for role in Role for at in At)
