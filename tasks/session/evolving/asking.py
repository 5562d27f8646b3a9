"""What a person asks an evolution for, checked before anything begins."""

from collections.abc import Sequence

from models.types import BadInput, Regime
from tasks.session.evolving.running import Request

ALL = "all"
SPECIALISTS = {one.name.lower(): one for one in Regime}


def request_of(names: Sequence[str], generations: int | None, resume: bool) -> Request:
    """For the specialists of these names, each once, all of them without a name; None generations: as configured.

    Raises:
        BadInput: there is no such specialist, or nothing can be done in so few generations.
    """
    strange = [one for one in names if one != ALL and one not in SPECIALISTS]
    if strange:
        raise BadInput(f"found the specialist {strange[0]!r}; allowed is one of {', '.join((*SPECIALISTS, ALL))}")
    if generations is not None and generations < 1:
        raise BadInput(f"found {generations} generations; allowed is a whole number from 1")
    wanted = {*SPECIALISTS} if ALL in names or not names else {*names}
    return Request(tuple(one for name, one in SPECIALISTS.items() if name in wanted), generations, resume)
