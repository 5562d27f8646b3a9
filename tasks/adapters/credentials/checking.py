"""Which keys there are and where, without any of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conf.secrets import KEYS, mode_of, names_of
from models.types import KeelError
from models.types.wire import KeyRights
from tasks.adapters.credentials.source import Look, Source


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source: whether all is well with it (one that is absent or locked is well), why it has nothing to say (None: it
    was looked into), and the permission bits of its file (None: there is none).
    """

    name: str
    ok: bool
    why_not: str | None
    mode: str | None
    error: KeelError | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """A secret: the source that it comes from (None: there is none), and those below that have it as well."""

    name: str
    source: str | None
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VenueState:
    """Somebody's secrets; `mixed`: they come from more than one source, which may be those of two accounts."""

    venue: str
    complete: bool
    mixed: bool
    keys: tuple[KeyState, ...]
    rights: KeyRights | None


@dataclass(frozen=True, slots=True)
class KeyReport:
    """All that was asked for."""

    sources: tuple[SourceState, ...]
    venues: tuple[VenueState, ...]

    @property
    def error(self) -> KeelError | None:
        """What is wrong with the first source that cannot be used."""
        return next((one.error for one in self.sources if one.error is not None), None)


def check_secrets(
    venues: Sequence[str] | None,
    sources: Sequence[Source],
    rights: Callable[[str], KeyRights | None] | None = None,
) -> KeyReport:
    """What each source has of the venues' keys (None: of all that may have some); a source that cannot be used is part
    of the report. `rights` asks a venue whose keys are complete what they may do.

    Raises:
        BadInput: no such venue.
    """
    owners = tuple(KEYS) if venues is None else tuple(venues)
    names = [name for owner in owners for name in names_of(owner)]
    looks = [_look(source, names) for source in sources]
    states = tuple(state for state, _ in looks)
    having = [(state.name, frozenset(look.values)) for state, look in looks]
    return KeyReport(states, tuple(_venue(owner, having, rights) for owner in owners))


def _look(source: Source, names: Sequence[str]) -> tuple[SourceState, Look]:
    there = source.file is not None and source.file.exists()
    mode = f"{mode_of(source.file):03o}" if there and source.file is not None else None
    try:
        look = source.look(names)
    except KeelError as error:
        return SourceState(source.name, False, str(error), mode, error), Look()
    return SourceState(source.name, True, look.why_not, mode, None), look


def _venue(
    owner: str, having: Sequence[tuple[str, frozenset[str]]], rights: Callable[[str], KeyRights | None] | None
) -> VenueState:
    keys = tuple(_key(name, having) for name in names_of(owner))
    complete = all(one.source is not None for one in keys)
    used = {one.source for one in keys if one.source is not None}
    asked = rights(owner) if rights is not None and complete else None
    return VenueState(owner, complete, len(used) > 1, keys, asked)


def _key(name: str, having: Sequence[tuple[str, frozenset[str]]]) -> KeyState:
    places = [place for place, names in having if name in names]
    return KeyState(name, places[0] if places else None, tuple(places[1:]))
