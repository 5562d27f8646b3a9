"""Which decision an id belongs to."""

from data.journal import Journal
from data.journal.given_orders import GivenOrders, Named
from models.types import BadInput

SHAPES = (
    "a decision's id (a1b2c3-20240131T2300), an order's (a1b2c3-20240131T2300-0) or one of its orders at a venue "
    "(a1b2c3-20240131T2300-0-1), a fill's trade id, or the id that a venue gave; the beginning is enough where only "
    "one thing has it"
)
LONGEST = 200


def find(journal: Journal, text: str) -> Named:
    """What the id names.

    Raises:
        BadInput: nothing has it, or more than one thing begins with it.
    """
    wanted = text.strip()
    found = GivenOrders(journal.engine).named(wanted) if wanted and len(wanted) <= LONGEST else []
    if not found:
        raise BadInput(f"found no decision, order or fill {wanted[:80]!r}; give {SHAPES}")
    if len({one.decision for one in found}) > 1 and all(one.id != wanted for one in found):
        listed = ", ".join(dict.fromkeys(f"{one.id} ({one.kind})" for one in found))
        raise BadInput(f"several things begin with {wanted[:80]!r}: {listed}; give more of the one that is meant")
    if len({one.decision for one in found}) > 1:
        listed = ", ".join(f"{one.kind} of decision {one.decision}" for one in found)
        raise BadInput(f"{wanted[:80]!r} is the id of several things: {listed}; give the decision's id")
    return found[0]
