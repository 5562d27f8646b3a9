"""One entry of the file: a scenario, or what several are combined to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from conf.scenarios.values import Known
from conf.scenarios.written import Written, day, fields, flag, items, number, require_known, text
from models.scenarios import Scenario, Shock, Window
from models.types.errors import BadInput

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ALL = "all"
COMBINATION = ("text", "combine")
# Keys that are the shock's own fields, as they are called there.
SHOCK = ("days", "gap", "recovers", "volatility", "correlation", "spread", "liquidity", "funding_bps_per_day")

Figures = tuple[tuple[str, float], ...]
Reader = Callable[[Written], Any]


@dataclass(frozen=True, slots=True)
class Combination:
    """Several scenarios at once, by their names; `where` is the entry."""

    where: Written
    name: str
    text: str
    parts: tuple[str, ...]


def read_entry(name: str, entry: Written, known: Known) -> Scenario | Combination:
    """What the entry says.

    Raises:
        BadInput: everything that is wrong with it, with file and line.
    """
    if not NAME.fullmatch(name):
        raise BadInput(
            f"{entry.place}: found the name {name!r}, allowed are small letters, digits and underscores, 40 at most"
        )
    readers = _readers(known)
    written = fields(entry, readers)
    if "text" not in written:
        raise BadInput(f"{entry.place}: the key text is missing; say in one line what happens")
    values = _read(written, readers)
    if "combine" in values:
        return _combination(name, entry, written, values)
    try:
        return Scenario(name, values["text"], _window(entry, written, values), _shock(values), (), **_calm(values))
    except BadInput as error:
        said = str(error)
        raise (error if said.startswith(entry.file) else BadInput(f"{entry.place}: {said}")) from error


def _readers(known: Known) -> dict[str, Reader]:
    """How each allowed key is read."""
    coins = {part for symbol in known.symbols if "/" in symbol for part in re.split("[/:]", symbol)}
    assets = {*known.symbols, *known.classes, ALL}
    figures: dict[str, Reader] = {
        "moves": partial(_figures, known=assets, what="a symbol, an asset class or all"),
        "halted": partial(_figures, known=known.venues, what="a venue"),
        "depeg": partial(_figures, known=coins, what="a coin of a known pair"),
    }
    plain = dict.fromkeys(("days", "move", *SHOCK[2:], "calm_days"), number)
    return {"text": text, "from": day, "to": day, "gap": flag, "combine": _names, **plain, **figures}


def _read(written: Mapping[str, Written], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Values by key; every wrong one is in the message."""
    values, wrong = {}, []
    for key, one in written.items():
        try:
            values[key] = readers[key](one)
        except BadInput as error:
            wrong.append(str(error))
    if wrong:
        raise BadInput("; ".join(wrong))
    return values


def _combination(name: str, entry: Written, written: Mapping[str, Written], values: Mapping[str, Any]) -> Combination:
    other = [key for key in written if key not in COMBINATION]
    if other:
        raise BadInput(f"{written[other[0]].place}: found beside combine, allowed there is text alone")
    return Combination(entry, name, values["text"], values["combine"])


def _window(entry: Written, written: Mapping[str, Written], values: Mapping[str, Any]) -> Window | None:
    dates = [key for key in ("from", "to") if key in values]
    if not dates:
        return None
    if len(dates) == 1:
        raise BadInput(f"{written[dates[0]].place}: from and to go together; the day of `to` is the first one after it")
    if values["to"] <= values["from"]:
        raise written["to"].refused(f"a day after {written['from'].node.value}")
    return Window(values["from"], values["to"])


def _shock(values: Mapping[str, Any]) -> Shock:
    moves: Figures = values.get("moves", ())
    if "move" in values:
        moves = ((ALL, values["move"]), *moves)
    named = {key: values[key] for key in (*SHOCK, "halted", "depeg") if key in values}
    return Shock(moves=moves, **named)


def _calm(values: Mapping[str, Any]) -> dict[str, float]:
    return {"calm_days": values["calm_days"]} if "calm_days" in values else {}


def _figures(group: Written, known: frozenset[str] | set[str], what: str) -> Figures:
    """Name and number of each key."""
    found = []
    for name, one in fields(group).items():
        require_known(one, name, known, what)
        found.append((name, number(one)))
    if not found:
        raise group.refused("at least one name with its figure")
    return tuple(found)


def _names(values: Written) -> tuple[str, ...]:
    """Names of scenarios, each once."""
    written = items(values, "names of scenarios")
    names = [text(one) for one in written]
    for one, name, before in zip(written, names, range(len(names)), strict=True):
        if name in names[:before]:
            raise BadInput(f"{one.place}: found {name!r} twice, allowed is every part once")
    return tuple(names)
