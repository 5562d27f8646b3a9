"""The files that speak, held against those that the registry pinned when they were trained."""

from collections.abc import Sequence

from models.types import BadInput, Damaged
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.learning.listing import Listed


def other_than_registered(desk: Desk, tracker: Tracker, listed: Sequence[Listed]) -> list[str]:
    """Why a version that speaks is not the registered one, a sentence each. A card can be sealed again by whoever may
    write into the home; what the registry pinned cannot be changed from there alone.

    Raises:
        Unavailable: the registry does not answer.
    """
    found = []
    for one in listed:
        card = one.champion
        if card is None:
            continue
        named = f"{card.model} {card.version} of {one.series}"
        try:
            registered = tracker.fetch_training(one.series, card.model, card.version)
            own = desk.models.read(one.series, card)
        except (BadInput, Damaged) as error:
            found.append(f"{named}: {error}")
            continue
        changed = sorted(name for name in own.keys() | registered.keys() if own.get(name) != registered.get(name))
        if changed:
            found.append(f"{named}: {', '.join(changed)} is not what was registered; train the model again")
    return found
