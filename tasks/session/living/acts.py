"""Which acts of a person live trading at a venue still lacks, as values."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from data.journal import LiveAct
from models.types import KeelError, Stage, Unavailable
from models.types.wire import KeyRights
from tasks.session.living.earning import Earned, beyond_earned, not_earned
from tasks.session.living.rights import wrong_rights
from tasks.session.living.terms import Terms, confirmed_terms, raised


class Act(StrEnum):
    """What a person has to do."""

    STAGE = "stage"
    EARNED = "earned"
    CAPITAL = "capital"
    FLAG = "flag"
    KEYS = "keys"
    RIGHTS = "rights"
    CONFIRMATION = "confirmation"


# What may be missing while what is held is still looked after and sold.
OF_STANDING = frozenset({Act.EARNED, Act.CAPITAL})


@dataclass(frozen=True, slots=True)
class MissingAct:
    """An act that is missing, at a venue or (empty) at all: what was found, and what to do."""

    act: Act
    venue: str
    found: str
    todo: str

    @property
    def text(self) -> str:
        """For people."""
        where = f" at {self.venue}" if self.venue else ""
        return f"{self.act.value}{where}: {self.found}; {self.todo}"


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """How a venue stands.

    Attributes:
        rights: of its key; or why there are no keys, or why the venue did not say.
        terms: what live trading there would be about now.
        confirmed: the confirmation in force, None where there is none.
    """

    name: str
    rights: KeyRights | KeelError
    terms: Terms
    confirmed: LiveAct | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the configuration, the run and the venues.

    Attributes:
        flag: whether this run was given it.
        acknowledged: venues that do not say what a key may do, and whose keys a person has looked at.
        earned: the stage and rung of the book's line, and what the settings take of it; None where no real money is at
            stake: test accounts alone, or a stage without it.
    """

    stage: str
    flag: bool
    acknowledged: frozenset[str]
    venues: tuple[VenueFacts, ...]
    earned: Earned | None = None


def missing_acts(asked: Asked) -> tuple[MissingAct, ...]:
    """Every act that is missing; live trading may begin where none is."""
    return tuple(_missing(asked))


def _missing(asked: Asked) -> Iterator[MissingAct]:
    if not Stage(asked.stage).is_money:
        yield MissingAct(Act.STAGE, "", f"the stage is {asked.stage}", "set stage: live in the configuration")
    if not asked.flag:
        yield MissingAct(Act.FLAG, "", "this run was not told to", "say keel trade --once --live")
    yield from _of_standing(asked)
    for venue in asked.venues:
        yield from _of_key(venue, venue.name in asked.acknowledged)
        yield from _of_confirmation(venue)


def _of_standing(asked: Asked) -> Iterator[MissingAct]:
    if asked.earned is None:
        return
    lacking = not_earned(asked.earned)
    if lacking:
        yield MissingAct(Act.EARNED, "", *lacking)
        return
    for found, todo in beyond_earned(asked.earned):
        yield MissingAct(Act.CAPITAL, "", found, todo)


def _of_key(venue: VenueFacts, is_acknowledged: bool) -> Iterator[MissingAct]:
    if isinstance(venue.rights, Unavailable):
        found = f"the venue could not be asked what the key may do: {venue.rights}"
        yield MissingAct(Act.RIGHTS, venue.name, found, "see that it can be reached, and come again")
        return
    if isinstance(venue.rights, KeelError):
        yield MissingAct(Act.KEYS, venue.name, str(venue.rights), f"see keel secrets check --venue {venue.name}")
        return
    for found, todo in wrong_rights(venue.rights, is_acknowledged or venue.terms.is_sandbox):
        yield MissingAct(Act.RIGHTS, venue.name, found, todo)


def _of_confirmation(venue: VenueFacts) -> Iterator[MissingAct]:
    todo = f"say keel live confirm --venue {venue.name}"
    if venue.confirmed is None:
        yield MissingAct(Act.CONFIRMATION, venue.name, "nobody has confirmed it, or it was revoked", todo)
        return
    confirmed, now = confirmed_terms(venue.confirmed), venue.terms
    # Which key it is was not learned: that is an act by itself, and told above.
    beyond = raised(confirmed, replace(now, key=confirmed.key) if isinstance(venue.rights, KeelError) else now)
    if beyond:
        yield MissingAct(Act.CONFIRMATION, venue.name, f"more than was confirmed: {', '.join(beyond)}", todo)
