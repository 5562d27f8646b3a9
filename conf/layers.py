"""Layers of raw values, each key with the place it was written at."""

import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conf.secrets.names import is_secret
from models.types.errors import BadInput

PREFIX = "KEEL_"
# Variables that begin like settings and are none.
NOT_SETTINGS = ("KEEL_HOME", "KEEL_SECRETS_PASSPHRASE")
MAX_BYTES = 1_000_000
DEEPEST = 50

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, and where it was written: `conf/base.yaml:12`, `environment KEEL_STAGE`, `flag --profile`."""

    value: Any
    place: str

    @property
    def layer(self) -> str:
        """The file, `environment` or `flag`."""
        return layer_of(self.place)


def read_yaml(path: Path, shown: str) -> dict[Key, Entry]:
    """Leaves of a YAML mapping by their keys; empty when the file does not exist.

    Raises:
        BadInput: not YAML, not a mapping, a key twice or not text, or larger than MAX_BYTES.
    """
    if not path.exists() and not path.is_symlink():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_BYTES:
            raise BadInput(f"{shown}: larger than {MAX_BYTES} bytes; that is no configuration")
        _require_shallow(text, shown)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{shown}: cannot be read ({error})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{shown}:{line}: not YAML ({error.problem}); correct the line") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadInput(f"{shown}:{line}: not YAML ({error.reason}); correct the line") from error
    if node is None:
        return {}
    leaves: dict[Key, Entry] = {}
    try:
        _walk(node, (), shown, leaves)
    except RecursionError:
        raise BadInput(f"{shown}: a value contains itself; write it out instead of using an alias") from None
    return leaves


def _require_shallow(text: str, shown: str) -> None:
    """Composing follows the nesting by recursion, in C: too deep a file would end the process.

    Raises:
        BadInput: groups and lists stand in each other more than DEEPEST times.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise BadInput(f"{shown}:{line}: nested more than {DEEPEST} deep; that is no configuration")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_environment(environment: Mapping[str, str]) -> dict[Key, Entry]:
    """Settings among the variables: `KEEL_MODEL__FOLDS=4` sets model.folds; values are read as YAML."""
    leaves: dict[Key, Entry] = {}
    for name, text in sorted(environment.items()):
        if name.startswith(PREFIX) and name not in NOT_SETTINGS and not is_secret(name):
            key = tuple(part.lower() for part in name.removeprefix(PREFIX).split("__"))
            leaves[key] = Entry(_scalar(text), f"environment {name}")
    return leaves


def layer_of(place: str) -> str:
    """File of a place, or the first word of one that is no line of a file."""
    file, colon, line = place.rpartition(":")
    return file if colon and line.isdigit() else place.split(" ")[0]


def nested(leaves: Mapping[Key, Entry]) -> dict[str, Any]:
    """The tree that the leaves make.

    Raises:
        BadInput: one layer has a value where another has a group.
    """
    tree: dict[str, Any] = {}
    for key, entry in leaves.items():
        branch = tree
        for part in key[:-1]:
            below = branch.setdefault(part, {})
            if below is None:  # a group that is shipped as null, and given by somebody
                below = branch[part] = {}
            if not isinstance(below, dict):
                raise BadInput(f"{entry.place}: {'.'.join(key)} is below a key that has a value of its own")
            branch = below
        if isinstance(branch.get(key[-1]), dict):
            if entry.value == {}:
                continue  # an empty group takes nothing away
            raise BadInput(f"{entry.place}: {'.'.join(key)} is a group of keys, found {entry.value!r}")
        branch[key[-1]] = deepcopy(entry.value)
    return tree


def _walk(node: yaml.Node, key: Key, shown: str, leaves: dict[Key, Entry]) -> None:
    place = f"{shown}:{node.start_mark.line + 1}"
    if not isinstance(node, yaml.MappingNode):
        if not key:
            kind = "a list" if isinstance(node, yaml.SequenceNode) else "a value"
            raise BadInput(f"{place}: found {kind}, allowed is a mapping of keys to values")
        leaves[key] = Entry(_construct(node, place), place)
        return
    if key and not node.value:
        leaves[key] = Entry({}, place)
    seen = set()
    for name, below in node.value:
        where = f"{shown}:{name.start_mark.line + 1}"
        if not isinstance(name, yaml.ScalarNode):
            raise BadInput(f"{where}: a key is not text")
        if name.value in seen:
            raise BadInput(f"{where}: the key {name.value!r} stands here twice; keep one of them")
        seen.add(name.value)
        _walk(below, (*key, name.value), shown, leaves)


def _construct(node: yaml.Node, place: str) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except yaml.MarkedYAMLError as error:
        raise BadInput(f"{place}: not a plain YAML value ({error.problem})") from error
    finally:
        loader.dispose()


def _scalar(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return text


def current_environment() -> dict[str, str]:
    """The process's variables."""
    return dict(os.environ)
