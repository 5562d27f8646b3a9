"""A value of a YAML file with its place, read strictly: what is quoted is text, what is yes is no number."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

import yaml

from models.types.errors import BadInput
from models.types.times import to_micros

TAG = "tag:yaml.org,2002:"
KINDS = {
    "str": "the text",
    "bool": "the truth value",
    "int": "the number",
    "float": "the number",
    "timestamp": "the date",
}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
YES, NO = ("true", "yes", "on"), ("false", "no", "off")
DAY_MICROS = 86_400_000_000
A_SYMBOL = "a symbol of the configuration or of the list `symbols`"
FIRST_YEAR, LAST_YEAR = 1900, 2100
LONGEST_TEXT = 300
SHOWN = 60


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A node of the file, its dotted key from the top, and the line that the key stands in."""

    node: yaml.Node
    key: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """`conf/stress.yaml:12: scenarios.covid_2020.days`, as messages begin."""
        return f"{self.file}:{self.line}: {self.key}"

    def refused(self, allowed: str) -> BadInput:
        """The error that says what was found and what is allowed."""
        return BadInput(f"{self.place}: found {_found(self.node)}, allowed is {allowed}")


def pairs(group: Written) -> list[tuple[str, Written]]:
    """Keys with their values, in the order of the file; a key may come twice.

    Raises:
        BadInput: it is no group.
    """
    if not isinstance(group.node, yaml.MappingNode):
        raise group.refused("a group of keys")
    found = []
    for key, value in group.node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else _found(key)
        name = name if name.isprintable() and len(name) <= SHOWN else repr(name[:SHOWN])
        dotted = f"{group.key}.{name}" if group.key else name
        found.append((name, Written(value, dotted, group.file, key.start_mark.line + 1)))
    return found


def fields(group: Written, allowed: Collection[str] | None = None) -> dict[str, Written]:
    """The same, each key once, and one of `allowed` where those are given.

    Raises:
        BadInput: it is no group, a key is not allowed or comes twice.
    """
    found: dict[str, Written] = {}
    for name, one in pairs(group):
        if allowed is not None and name not in allowed:
            raise BadInput(f"{one.place}: the key {name!r} is not known, allowed is one of {', '.join(allowed)}")
        if name in found:
            raise twice(one, found[name])
        found[name] = one
    return found


def twice(entry: Written, before: Written) -> BadInput:
    """The error that says that a key stands in two lines."""
    return BadInput(f"{entry.place}: it stands here twice, in line {before.line} too; keep one of them")


def items(values: Written, what: str) -> list[Written]:
    """Elements of a list.

    Raises:
        BadInput: it is no list of `what`.
    """
    if not isinstance(values.node, yaml.SequenceNode):
        raise values.refused(f"a list of {what}")
    return [
        Written(node, f"{values.key}.{k}", values.file, node.start_mark.line + 1)
        for k, node in enumerate(values.node.value)
    ]


def number(value: Written) -> float:
    """A finite figure.

    Raises:
        BadInput: it is something else, or quoted.
    """
    if _kind(value.node) in ("int", "float"):
        try:
            found = float(value.node.value)
        except ValueError:  # .nan, .inf, and notations of YAML that a person would read as something else, such as 1:30
            found = math.nan
        if math.isfinite(found):
            return found
        raise value.refused("a finite number in plain digits")
    raise value.refused("a number such as -0.35, without quotes")


def flag(value: Written) -> bool:
    """True or false.

    Raises:
        BadInput: it is something else.
    """
    said = str(value.node.value).lower()
    if _kind(value.node) == "bool" and said in (*YES, *NO):
        return said in YES
    raise value.refused("true or false")


def text(value: Written) -> str:
    """One line that can be printed.

    Raises:
        BadInput: it is something else, blank or longer than LONGEST_TEXT.
    """
    found = str(value.node.value)
    if _kind(value.node) == "str" and found.strip() and found.isprintable() and len(found) <= LONGEST_TEXT:
        return found.strip()
    raise value.refused(f"a text in one line of at most {LONGEST_TEXT} characters")


def day(value: Written) -> int:
    """Midnight UTC of a date, microseconds since 1970.

    Raises:
        BadInput: it is no date from FIRST_YEAR to LAST_YEAR.
    """
    found = str(value.node.value)
    if _kind(value.node) in ("timestamp", "str") and DAY.fullmatch(found):
        try:
            moment = date.fromisoformat(found)
        except ValueError:
            raise value.refused("a day that the calendar has") from None
        if FIRST_YEAR <= moment.year <= LAST_YEAR:
            return to_micros(datetime(moment.year, moment.month, moment.day, tzinfo=UTC))
    raise value.refused(f"a day such as 2020-02-19, from {FIRST_YEAR} to {LAST_YEAR}")


def name_of(value: Written, known: Collection[str], what: str) -> str:
    """One of the known names.

    Raises:
        BadInput: it is none; says some of those that are.
    """
    found = text(value)
    require_known(value, found, known, what)
    return found


def require_known(where: Written, found: str, known: Collection[str], what: str) -> None:
    """Refuse a name that is none of `known`; says the first of those that are.

    Raises:
        BadInput: it is none.
    """
    if found not in known:
        some = ", ".join(sorted(known)[:20]) or "none"
        raise BadInput(f"{where.place}: found {found!r}, allowed is {what}: {some}{', ...' * (len(known) > 20)}")


def _kind(node: yaml.Node) -> str:
    return str(node.tag).removeprefix(TAG) if isinstance(node, yaml.ScalarNode) else ""


def _found(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a group"
    if isinstance(node, yaml.SequenceNode):
        return "a list" if node.value else "an empty list"
    kind, shown = _kind(node), repr(node.value[:SHOWN])
    return "nothing" if kind == "null" else f"{KINDS.get(kind, f'{node.tag} of')} {shown}"
