"""What an emergency command did, part by part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.types.wire import WireOrder
from tasks.session.emergency.covering import Covered
from tasks.session.emergency.flattening import Flattened
from tasks.session.emergency.withdrawing import Withdrawn
from tasks.session.ordering.protecting import Means


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what had to be done: whether it is done, and what was found."""

    name: str
    ok: bool
    why: str

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        return {"name": self.name, "ok": self.ok, "why": self.why}


def told_withdrawn(found: Withdrawn) -> Part:
    """The entries of all books."""
    done = f"{len(found.cancelled)} taken back" if found.cancelled else "none stands"
    if found.is_done:
        return Part("entries", True, done)
    left = [f"{one.cid} at {one.venue} is {one.state.value}" for one in (*found.standing, *found.doubtful)]
    return Part("entries", False, "; ".join([done, *left, *told_venues(found.troubles), AGAIN]))


def told_covered(found: Covered) -> Part:
    """The stops of what is held."""
    resting = sum(one.means is Means.RESTING for one in found.protections)
    done = f"{resting} rest" if resting else "none rests"
    if found.is_done:
        return Part("stops", True, done if resting else "nothing is held that takes one")
    left = [one.text for one in found.bare]
    return Part("stops", False, "; ".join([done, *left, *told_venues(found.troubles), AGAIN]))


def told_venues(troubles: Mapping[str, str]) -> list[str]:
    """A sentence for each venue that did not answer."""
    return [f"{venue}: {why}" for venue, why in troubles.items()]


def told_flattened(found: Flattened) -> Part:
    """The positions of a book."""
    sold = [f"{one.filled} {one.symbol} at {one.venue}" for one in found.sold if one.filled]
    done = f"sold {', '.join(sold)}" if sold else "nothing was sold"
    if found.is_flat:
        return Part("positions", True, done if sold else "none is held")
    left = [f"{one.quantity} {one.symbol} at {one.venue} are left ({one.means.value}): {one.why}" for one in found.left]
    return Part("positions", False, "; ".join([done, *left, AGAIN]))


def cids(orders: Iterable[WireOrder]) -> list[str]:
    """Client order ids."""
    return [one.cid for one in orders]


AGAIN = "a trader's next look and the guardian go on with it, and so does the same command again"
