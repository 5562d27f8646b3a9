"""A file of scenarios: what is wrong with one entry takes none of the others along."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from conf.home import PROJECT
from conf.scenarios.betas import read_proxies, read_symbols
from conf.scenarios.combining import combine_all
from conf.scenarios.entries import Combination, read_entry
from conf.scenarios.values import Known, Proxy, ScenarioFile, WrongScenario
from conf.scenarios.written import Written, items, pairs, text
from models.scenarios import Scenario
from models.types.errors import BadInput

SHIPPED = "conf/stress.yaml"
MAX_BYTES = 500_000


@dataclass(slots=True)
class _Found:
    """What was read so far; `wrong` has the line of each, so that the report follows the file."""

    known: Known
    scenarios: dict[str, Scenario | Combination] = field(default_factory=dict)
    betas: dict[str, tuple[Proxy, ...]] = field(default_factory=dict)
    reverse: list[Written] = field(default_factory=list)
    wrong: list[tuple[int, WrongScenario]] = field(default_factory=list)

    def refuse(self, line: int, name: str, why: str) -> None:
        self.wrong.append((line, WrongScenario(name, why)))

    def try_to(self, entry: Written, name: str, read: Callable[[], None]) -> None:
        """Read an entry, or note why it cannot be used."""
        try:
            read()
        except BadInput as error:
            self.refuse(entry.line, name, str(error))


def load_scenarios(known: Known, path: Path | None = None) -> ScenarioFile:
    """The scenarios of conf/stress.yaml, or of the file at `path`.

    Raises:
        BadInput: the file cannot be read or is no YAML mapping. What is wrong with one entry is in `wrong` instead.
    """
    shown = SHIPPED if path is None else path.name
    raw = _bytes(path or PROJECT / SHIPPED, shown)
    found = _Found(known)
    groups = _groups(raw, shown)
    for name in ("symbols", "betas", "scenarios", "reverse"):  # names first, then what uses them
        for group in groups.get(name, ()):
            found.try_to(group, name, lambda group=group, name=name: READERS[name](found, group))
    for name, entries in groups.items():
        _refuse_others(found, name, entries)
    if "scenarios" not in groups:
        found.refuse(1, "scenarios", f"{shown}:1: the key scenarios is missing; add it with at least one scenario")
    scenarios = _combined(found)
    reverse = tuple(_reverse(found, scenarios))
    wrong = tuple(one for _, one in sorted(found.wrong, key=lambda pair: pair[0]))
    return ScenarioFile(tuple(scenarios.values()), wrong, found.betas, reverse, hashlib.sha256(raw).hexdigest())


def _bytes(path: Path, shown: str) -> bytes:
    try:
        if not path.is_file():
            raise BadInput(f"{shown}: there is no such file of scenarios; correct the path")
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{shown}: larger than {MAX_BYTES} bytes; that is no file of scenarios")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(f"{shown}: cannot be read ({error}); correct the path or its permissions") from error


def _groups(raw: bytes, shown: str) -> dict[str, list[Written]]:
    """The groups of the file by their names; one may stand there twice.

    Raises:
        BadInput: the file is no YAML mapping.
    """
    node = _composed(raw, shown)
    if not isinstance(node, yaml.MappingNode):
        raise BadInput(f"{shown}:1: found no group of keys, allowed is a file with the keys {', '.join(READERS)}")
    groups: dict[str, list[Written]] = {}
    for name, group in pairs(Written(node, "", shown, 1)):
        groups.setdefault(name, []).append(group)
    return groups


def _composed(raw: bytes, shown: str) -> yaml.Node | None:
    """The file's node. The parser in Python, not the one in C: nesting too deep for it is an error and no crash."""
    try:
        written = raw.decode("utf-8-sig")
        return yaml.compose(written, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown}: not text in UTF-8 ({error.reason}); save it as such") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{shown}:{line}: not YAML ({error.problem}); correct the line") from error
    except yaml.reader.ReaderError as error:
        line = written.count("\n", 0, error.position) + 1
        raise BadInput(f"{shown}:{line}: not YAML ({error.reason}); correct the line") from error
    except RecursionError:
        raise BadInput(f"{shown}: groups and lists are nested too deep; that is no file of scenarios") from None


def _refuse_others(found: _Found, name: str, entries: list[Written]) -> None:
    """A group that is not known, or stands there again: then both were read, and it is said."""
    for entry in entries:
        if name not in READERS:
            found.refuse(
                entry.line, name, f"{entry.place}: the key is not known, allowed is one of {', '.join(READERS)}"
            )
    for entry in entries[1:]:
        if name in READERS:
            found.refuse(
                entry.line,
                name,
                f"{entry.place}: the key stands here twice, in line {entries[0].line} too; make them one group",
            )


def _read_symbols(found: _Found, group: Written) -> None:
    symbols, wrong = read_symbols(group)
    found.known = replace(found.known, symbols=found.known.symbols | set(symbols))
    for why in wrong:
        found.refuse(group.line, "symbols", why)


def _read_betas(found: _Found, group: Written) -> None:
    for asset, entry in _once(found, group, "betas."):

        def read(asset: str = asset, entry: Written = entry) -> None:
            found.betas[asset] = read_proxies(asset, entry, found.known)

        found.try_to(entry, f"betas.{asset}", read)


def _read_scenarios(found: _Found, group: Written) -> None:
    for name, entry in _once(found, group, ""):

        def read(name: str = name, entry: Written = entry) -> None:
            found.scenarios[name] = read_entry(name, entry, found.known)

        found.try_to(entry, name, read)


def _read_reverse(found: _Found, group: Written) -> None:
    found.reverse += items(group, "names of scenarios")
