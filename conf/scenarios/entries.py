"""One entry of the file: a scenario, or what several are combined to."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from conf.scenarios.values import Known
from conf.scenarios.written import A_SYMBOL, DAY_MICROS, Written, day, fields, flag, items, number, require_known, text
from models.scenarios import Scenario, Shock, Window
from models.types.errors import BadInput

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ALL = "all"
COMBINATION = ("text", "combine")
LENGTHS = ("days", "calm_days")
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
    window = _window(written, values)
    try:
        shock = _shock(values, window)
        return Scenario(name, values["text"], window, shock, **_chosen(values, ("calm_days",)))
    except BadInput as error:
        raise BadInput(f"{entry.place}: {error}") from error


def _readers(known: Known) -> dict[str, Reader]:
    """How each allowed key is read."""
    coins = {part for symbol in known.symbols if "/" in symbol for part in re.split("[/:]", symbol)}
    assets = {*known.symbols, *known.classes, ALL}
    figures: dict[str, Reader] = {
        "moves": partial(_figures, known=assets, what=f"{A_SYMBOL}, an asset class or all"),
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


def _window(written: Mapping[str, Written], values: Mapping[str, Any]) -> Window | None:
    dates = [key for key in ("from", "to") if key in values]
    if not dates:
        return None
    if len(dates) == 1:
        raise BadInput(f"{written[dates[0]].place}: from and to go together; the day of `to` is the first one after it")
    if values["to"] <= values["from"]:
        raise written["to"].refused(f"a day after {written['from'].node.value}")
    length = [key for key in LENGTHS if key in written]
    if length:
        raise BadInput(f"{written[length[0]].place}: found beside dates, which say how long it lasts; keep one of them")
    return Window(values["from"], values["to"])


def _shock(values: Mapping[str, Any], window: Window | None) -> Shock:
    """The shock; beside dates it lasts as long as they do."""
    moves: Figures = values.get("moves", ())
    if "move" in values:
        moves = ((ALL, values["move"]), *moves)
    named = _chosen(values, (*SHOCK, "halted", "depeg"))
    if window is not None:
        named["days"] = (window.end - window.begin) / DAY_MICROS
    return Shock(moves=moves, **named)


def _chosen(values: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: values[key] for key in keys if key in values}


def _figures(group: Written, known: Collection[str], what: str) -> Figures:
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
