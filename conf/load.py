"""Defaults < stages/<stage>.yaml < local.yaml < environment < flags, into one frozen tree.

The defaults of a group stand in one file: `risk` in risk_params.yml, `router` in model_router_rules.yml, the others in
base.yaml. No key has two of them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from conf.genome_files import genome_hashes
from conf.home import PROJECT
from conf.layers import Entry, Key, current_environment, nested, read_environment, read_yaml
from conf.schema import Settings
from models.types.errors import BadInput

BASE_FILE = "base.yaml"
# Groups whose defaults have a file of their own.
OWN_FILES = {"risk": "risk_params.yml", "router": "model_router_rules.yml"}
# The place of a key that no layer has.
UNWRITTEN = "default of its schema"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and each given leaf with the place it came from.

    Attributes:
        tree: everything that decides how Keel behaves as canonical JSON: the resolved settings, and the SHA-256 of the
            genomes' files that they name.
        version: SHA-256 of `tree`.
        leaves: what holds, by key.
        overridden: what each of these keys was given in layers below, the nearest first; only keys with such layers.
    """

    settings: Settings
    tree: str
    version: str
    leaves: Mapping[Key, Entry]
    overridden: Mapping[Key, tuple[Entry, ...]]

    def place(self, key: Key) -> str:
        """Where the key was written, or the group that it stands in: the environment may give one as a whole."""
        for length in range(len(key), 0, -1):
            entry = self.leaves.get(key[:length])
            if entry is not None and _holds(entry.value, key[length:]):
                return entry.place
        return UNWRITTEN


def load(flags: Mapping[str, Any] | None = None, folder: Path | None = None) -> Loaded:
    """Load and validate everything.

    `flags` maps dotted keys to values from the command line; None values count as not given.

    Raises:
        BadInput: every error in one message, each with file and line, what was found and what is allowed.
    """
    conf = folder or PROJECT / "conf"
    base = _defaults(conf)
    local = read_yaml(conf / "local.yaml", "conf/local.yaml")
    environment = read_environment(current_environment())
    given = {
        tuple(name.split(".")): Entry(value, f"flag for {name}")
        for name, value in (flags or {}).items()
        if value is not None
    }
    stage = (base | local | environment | given).get(("stage",))
    staged: dict[Key, Entry] = {}
    if stage is not None and isinstance(stage.value, str) and stage.value.isalpha():
        staged = read_yaml(conf / "stages" / f"{stage.value}.yaml", f"conf/stages/{stage.value}.yaml")
    if ("stage",) in staged:
        raise BadInput(f"{staged['stage',].place}: a stage's file cannot name a stage; set it in conf/local.yaml")
    return _validated(*_overlaid([base, staged, local, environment, given]))


def stage_said(folder: Path | None = None) -> object:
    """What the files and the environment say now about the stage, be the rest of them valid or not.

    Raises:
        BadInput: a file cannot be read at all.
    """
    conf = folder or PROJECT / "conf"
    layers = [
        _defaults(conf),
        read_yaml(conf / "local.yaml", "conf/local.yaml"),
        read_environment(current_environment()),
    ]
    said, _ = _overlaid(layers)
    return next((entry.value for key, entry in said.items() if tuple(part.lower() for part in key) == ("stage",)), None)


def _holds(value: Any, below: Key) -> bool:
    """Whether a value that was written as a whole has the key in it."""
    for part in below:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def canonical(settings: Settings, genomes: Mapping[str, str]) -> str:
    """One text per tree and hashes of genomes: sorted keys, no spaces."""
    tree = settings.model_dump(mode="json") | {"genomes": dict(genomes)}
    return json.dumps(tree, sort_keys=True, separators=(",", ":"))


def _defaults(conf: Path) -> dict[Key, Entry]:
    """All files of defaults as one layer.

    Raises:
        BadInput: one is missing or empty, or has a key that belongs into another.
    """
    layer: dict[Key, Entry] = {}
    for name in (BASE_FILE, *OWN_FILES.values()):
        found = read_yaml(conf / name, f"conf/{name}")
        if not found:
            raise BadInput(f"{conf / name} is missing or empty; restore it from the repository")
        for key, entry in found.items():
            if _file_of(key) != name:
                raise BadInput(
                    f"{entry.place}: the key {'.'.join(key)} belongs into conf/{_file_of(key)}; move it there"
                )
        layer |= found
    return layer


def _file_of(key: Key) -> str:
    """The file with the key's default."""
    return OWN_FILES.get(key[0], BASE_FILE) if key else BASE_FILE


def _overlaid(layers: list[dict[Key, Entry]]) -> tuple[dict[Key, Entry], dict[Key, tuple[Entry, ...]]]:
    """What holds by key, and what that overrode."""
    merged: dict[Key, Entry] = {}
    overridden: dict[Key, tuple[Entry, ...]] = {}
    for layer in layers:
        known = {tuple(part.lower() for part in key): key for key in merged}
        for key, entry in layer.items():
            name = known.get(tuple(part.lower() for part in key), key)
            if name in merged:
                overridden[name] = (merged[name], *overridden.get(name, ()))
            merged[name] = entry
    return merged, overridden


def _validated(leaves: dict[Key, Entry], overridden: dict[Key, tuple[Entry, ...]]) -> Loaded:
    try:
        settings = Settings.model_validate(nested(leaves))
    except ValidationError as error:
        found = error.errors(include_url=False)
        lines = [_sentence(one, leaves, overridden) for one in found if not _follows(one, found)]
        raise BadInput("; ".join(lines)) from error
    tree = canonical(settings, genome_hashes(settings.specialists))
    return Loaded(settings, tree, hashlib.sha256(tree.encode()).hexdigest(), leaves, overridden)


def _follows(error: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """Whether it is only said because of another one: a list counts as too short where an item of it is wrong."""
    below = (one["loc"][: len(error["loc"])] for one in found if len(one["loc"]) > len(error["loc"]))
    return error["type"] == "too_short" and error["loc"] in below


def _sentence(error: ErrorDetails, leaves: dict[Key, Entry], overridden: Mapping[Key, object]) -> str:
    message = error["msg"].removeprefix("Value error, ")
    key: Key = tuple(str(part) for part in error["loc"])
    if error["type"] == "value_error" and "|" in message:
        name, message = message.split("|", 1)
        key = (*key, *name.split("."))
    place = _place(key, leaves)
    name = ".".join(key)
    if error["type"] == "extra_forbidden":
        return f"{place}: the key {name} is not known; correct its spelling or remove it"
    if error["type"] == "missing":
        return f"{place}: the key {name} is missing; add it (conf/{_file_of(key)} has every key of its group)"
    if key[-1:] == ("https_proxy",) and error["type"] != "value_error":
        return f"{place}: {name}: allowed is an address without a password, which would be shown and stored"
    if error["type"] == "value_error":
        # Of keys that do not go together it is more likely one of those that somebody has changed.
        changed = {known: leaves[known] for known in overridden if known[: len(key)] == key}
        return f"{_place(key, changed or leaves)}: {name}: {message}"
    return f"{place}: {name}: found {error['input']!r}, allowed: {message[0].lower()}{message[1:]}"


def _place(key: Key, leaves: dict[Key, Entry]) -> str:
    for length in range(len(key), 0, -1):
        for known, entry in leaves.items():
            if known[:length] == key[:length]:
                return entry.place
    return f"conf/{_file_of(key)}:1"
