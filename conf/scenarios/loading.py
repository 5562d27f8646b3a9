"""A file of scenarios: what is wrong with one entry takes none of the others along."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from conf.home import PROJECT
from conf.scenarios.betas import read_proxies, read_symbol
from conf.scenarios.combining import combine_all
from conf.scenarios.entries import Combination, read_entry
from conf.scenarios.reading import file_bytes, groups_of
from conf.scenarios.values import Known, ScenarioFile, WrongScenario
from conf.scenarios.written import Written, items, name_of, pairs, twice
from models.scenarios import Scenario
from models.types.errors import BadInput

SHIPPED = "conf/stress.yaml"
GROUPS = ("symbols", "betas", "scenarios", "reverse")
EXAMPLES = {"symbols": "[SPY, BTC/USDT]", "reverse": "[crash_35]"}

Value = TypeVar("Value")


@dataclass(slots=True)
class _Notes:
    """What is wrong, each with its line."""

    taken: list[tuple[int, WrongScenario]] = field(default_factory=list)

    def add(self, entry: Written, name: str, why: str) -> None:
        self.taken.append((entry.line, WrongScenario(name, why)))

    def attempt(self, entry: Written, name: str, read: Callable[[], Value]) -> Value | None:
        """What was read; None where the reason that it cannot be was noted."""
        try:
            return read()
        except BadInput as error:
            self.add(entry, name, str(error))
            return None


def load_scenarios(known: Known, path: Path | None = None) -> ScenarioFile:
    """The scenarios of conf/stress.yaml, or of the file at `path`.

    Raises:
        BadInput: the file cannot be read or is no YAML mapping. What is wrong with one entry is in `wrong` instead.
    """
    shown = SHIPPED if path is None else path.name or str(path)
    raw = file_bytes(PROJECT / SHIPPED if path is None else path, shown)
    notes = _Notes()
    groups = _groups(notes, groups_of(raw, shown), shown)
    listed = _listed(notes, groups["symbols"], "symbols", read_symbol)
    known = replace(known, symbols=known.symbols | set(listed))
    betas = _named(notes, groups["betas"], "betas.", lambda asset, entry: read_proxies(asset, entry, known))
    entries = _named(notes, groups["scenarios"], "", lambda name, entry: read_entry(name, entry, known))
    scenarios = _scenarios(notes, entries)
    reverse = _listed(notes, groups["reverse"], "reverse", lambda entry: _moving(entry, scenarios))
    return ScenarioFile(
        tuple(scenarios[name] for name in entries if name in scenarios),
        tuple(one for _, one in sorted(notes.taken, key=lambda pair: pair[0])),
        MappingProxyType(betas),
        tuple(dict.fromkeys(reverse)),
        hashlib.sha256(raw).hexdigest(),
    )


def _groups(notes: _Notes, found: Iterable[tuple[str, Written]], shown: str) -> dict[str, list[Written]]:
    """The groups by their names; a second one of a name is read too, and noted."""
    groups: dict[str, list[Written]] = {name: [] for name in GROUPS}
    for name, group in found:
        if name not in groups:
            notes.add(group, name, f"{group.place}: the key is not known, allowed is one of {', '.join(GROUPS)}")
            continue
        if groups[name]:
            notes.add(group, name, str(twice(group, groups[name][0])))
        groups[name].append(group)
    if not groups["scenarios"]:
        why = f"{shown}:1: the key scenarios is missing; add it with the scenarios below"
        notes.taken.append((1, WrongScenario("scenarios", why)))
    return groups


def _named(
    notes: _Notes, groups: Iterable[Written], prefix: str, read: Callable[[str, Written], Value]
) -> dict[str, Value]:
    """Entries by name; of a name that comes twice none is kept, since nobody knows which one was meant."""
    found: dict[str, Value] = {}
    seen: dict[str, Written] = {}
    for group in groups:
        for name, entry in notes.attempt(group, group.key, partial(pairs, group)) or ():
            if name in seen:
                notes.add(entry, prefix + name, str(twice(entry, seen[name])))
                found.pop(name, None)
                continue
            seen[name] = entry
            value = notes.attempt(entry, prefix + name, partial(read, name, entry))
            if value is not None:
                found[name] = value
    return found


def _listed(notes: _Notes, groups: Iterable[Written], what: str, read: Callable[[Written], Value]) -> list[Value]:
    """Elements of lists that can be read."""
    found = []
    for group in groups:
        for entry in notes.attempt(group, what, partial(items, group, f"{what} such as {EXAMPLES[what]}")) or ():
            value = notes.attempt(entry, what, partial(read, entry))
            if value is not None:
                found.append(value)
    return found


def _scenarios(notes: _Notes, entries: Mapping[str, Scenario | Combination]) -> dict[str, Scenario]:
    """Every scenario that can be used, the combined ones too."""
    single = {name: one for name, one in entries.items() if isinstance(one, Scenario)}
    several = {name: one for name, one in entries.items() if isinstance(one, Combination)}
    made, failed = combine_all(single, several, {one.name for _, one in notes.taken})
    for name, why in failed.items():
        notes.add(several[name].where, name, why)
    return single | made


def _moving(entry: Written, scenarios: Mapping[str, Scenario]) -> str:
    """The name of a scenario in which something falls: that is scaled until a limit breaks.

    Raises:
        BadInput: it is no such name.
    """
    falling = [name for name, one in scenarios.items() if any(move < 0.0 for _, move in one.shock.moves)]
    return name_of(entry, falling, "a scenario of this file with a move below 0")
