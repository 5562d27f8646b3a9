"""A change of parameters: what it is, whether it waits for a person, and how it is written down."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from conf import Loaded
from data.journal import Adoption, Journal, ParameterVersion, Source
from models.types import BadInput, Stage
from tasks.session.parameters.hot import flags_of, hot_version, with_journaled

Load = Callable[[], Loaded]
# A sentence for every limit that the second configuration allows more by than the first.
Loosened = Callable[[Loaded, Loaded], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """When a change has to wait for a person.

    Attributes:
        live: real money is at stake.
        loosened: which limits a change loosens.
    """

    live: bool
    loosened: Loosened


@dataclass(frozen=True, slots=True)
class Change:
    """Valid parameters that are not in force yet: the whole configuration with them, and what gets looser."""

    loaded: Loaded
    version: str
    source: Source
    loosened: tuple[str, ...]


def is_live(loaded: Loaded) -> bool:
    """Whether the stage trades real money."""
    return Stage(loaded.settings.stage).is_money


def change_of(newest: ParameterVersion, files: Loaded, rule: Rule) -> Change | None:
    """What the files want to change, None where their hot part is what it was at the newest adoption."""
    wanted = hot_version(files.tree)
    if wanted == newest.adoption.seen:
        return None
    return Change(files, wanted, "file", _loosened(newest, files, rule))


def _loosened(newest: ParameterVersion, files: Loaded, rule: Rule) -> tuple[str, ...]:
    try:
        before = with_journaled(files, newest)
    except BadInput as error:  # of a Keel with other keys: nobody can tell, so a person is to look while live
        return (f"what parameters {newest.number} allowed cannot be told ({error})",)
    return rule.loosened(before, files)


def waits(change: Change, rule: Rule) -> bool:
    """Whether a person has to confirm it."""
    return rule.live and bool(change.loosened)


def adoption_of(change: Change, seen: str, now: int, who: str = "", why: str = "") -> Adoption:
    """The change as the journal keeps it; `seen` is the hot version of the files."""
    loaded = change.loaded
    return Adoption(
        version=change.version,
        seen=seen,
        config_version=loaded.version,
        tree=loaded.tree,
        flags=flags_of(loaded),
        adopted_at=now,
        source=change.source,
        who=who,
        why=why,
        loosened=change.loosened,
    )


def ask_to_confirm(journal: Journal, change: Change, number: int, now: int) -> None:
    """Alert a person that a change loosens limits and waits; the same change over the same version asks once."""
    text = (
        f"new parameters loosen limits while live and wait: {'; '.join(change.loosened)}. To let them in: keel config "
        f"confirm {change.version[:12]}"
    )
    journal.raise_alert(f"parameters await {number} {change.version[:12]}", "warning", text, now)


def digest(text: str) -> str:
    """A short name of a text, for keys of alerts."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
