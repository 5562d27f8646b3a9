"""Which parameters may change while Keel runs, and configurations put together of two: one's hot part in the other.

Hot are the groups `risk` and `router`, and nothing else: another venue, symbol, capital, profile or genome begins with
a restart.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from conf import Loaded, Settings
from conf.layers import Entry, Key, nested
from conf.load import canonical
from data.journal import ParameterVersion, Source
from models.types import BadInput

HOT = ("risk", "router")
GENOMES = "genomes"
FLAG = "flag for "  # how conf.load calls the place of what the command line set


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in force. Whoever decides takes one snapshot and reads everything from it.

    Attributes:
        version: SHA-256 of the hot parameters alone; `loaded.version` is that of everything.
        number: of this version in the journal.
        adopted_at: UTC microseconds.
    """

    loaded: Loaded
    version: str
    number: int
    adopted_at: int
    source: Source


def hot_version(tree: str) -> str:
    """SHA-256 of the hot part of a configuration's canonical text."""
    text = json.dumps(_hot_of(json.loads(tree)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def with_hot_of(loaded: Loaded, other: Loaded) -> Loaded:
    """The configuration with the hot part of the other one, checked as a whole.

    Raises:
        BadInput: the two do not go together.
    """
    return _mixed(
        loaded,
        {key: entry for key, entry in other.leaves.items() if key[0] in HOT},
        {key: entries for key, entries in other.overridden.items() if key[0] in HOT},
    )


def with_journaled(loaded: Loaded, journaled: ParameterVersion) -> Loaded:
    """The configuration with the hot part that the journal holds, checked as a whole; itself where it has that already.

    Raises:
        BadInput: the two do not go together.
    """
    if hot_version(loaded.tree) == journaled.adoption.version:
        return loaded
    hot = _hot_of(json.loads(journaled.adoption.tree))
    return _mixed(loaded, dict(_leaves(hot, (), _place(journaled))), {})


def _mixed(loaded: Loaded, leaves: dict[Key, Entry], overridden: dict[Key, tuple[Entry, ...]]) -> Loaded:
    mixed = {key: entry for key, entry in loaded.leaves.items() if key[0] not in HOT} | leaves
    try:
        settings = Settings.model_validate(nested(mixed))
    except ValidationError as error:
        raise BadInput(
            f"the hot parameters do not fit the running configuration ({_said(error)}); correct them, or restart Keel "
            "where other keys were changed with them"
        ) from error
    kept = {key: entries for key, entries in loaded.overridden.items() if key[0] not in HOT}
    return _loaded(settings, json.loads(loaded.tree)[GENOMES], mixed, kept | overridden)


def restored(journaled: ParameterVersion) -> Loaded:
    """The whole configuration that the journal holds.

    Raises:
        BadInput: a Keel with other keys wrote it.
    """
    known = json.loads(journaled.adoption.tree)
    genomes = known.pop(GENOMES)
    try:
        settings = Settings.model_validate_json(json.dumps(known))
    except ValidationError as error:
        raise BadInput(
            f"parameters {journaled.number} of the journal were adopted by a Keel with other keys ({_said(error)}); "
            "correct the files so that new ones can be adopted"
        ) from error
    leaves = dict(_leaves(settings.model_dump(), (), _place(journaled)))
    flags = {tuple(name.split(".")): Entry(value, f"{FLAG}{name}") for name, value in journaled.adoption.flags.items()}
    return _loaded(settings, genomes, leaves | flags, {})


def cold_changes(before: Loaded, after: Loaded) -> tuple[str, ...]:
    """Dotted keys outside the hot part that differ, genomes by their names."""
    old, new = (dict(_leaves(json.loads(one.tree), (), "")) for one in (before, after))
    changed = {key for key in old.keys() | new.keys() if key[0] not in HOT and old.get(key) != new.get(key)}
    return tuple(sorted(".".join(key) for key in changed))


def flags_of(loaded: Loaded) -> dict[str, Any]:
    """What the command line set, by dotted key."""
    said = {".".join(key): entry for key, entry in loaded.leaves.items()}
    return {name: entry.value for name, entry in said.items() if entry.place.startswith(FLAG)}


def _loaded(
    settings: Settings,
    genomes: dict[str, str],
    leaves: dict[Key, Entry],
    overridden: dict[Key, tuple[Entry, ...]],
) -> Loaded:
    tree = canonical(settings, genomes)
    return Loaded(settings, tree, hashlib.sha256(tree.encode()).hexdigest(), leaves, overridden)


def _hot_of(tree: dict[str, Any]) -> dict[str, Any]:
    """The hot groups of a configuration; one that an older Keel did not have is not among them."""
    return {name: tree[name] for name in HOT if name in tree}


def _place(journaled: ParameterVersion) -> str:
    return f"journal, parameters {journaled.number}"


def _leaves(value: Any, key: Key, place: str) -> Iterator[tuple[Key, Entry]]:
    if isinstance(value, dict) and (value or not key):
        for name, below in value.items():
            yield from _leaves(below, (*key, name), place)
    else:
        yield key, Entry(value, place)


def _said(error: ValidationError) -> str:
    return "; ".join(
        ": ".join(part for part in (".".join(map(str, one["loc"])), _message(one["msg"])) if part)
        for one in error.errors(include_url=False, include_input=False)
    )


def _message(text: str) -> str:
    return text.removeprefix("Value error, ").replace("|", ": ", 1)
