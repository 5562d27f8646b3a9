"""A decision as it stands in the journal beside the one that was made again, value by value."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import zip_longest
from typing import Any

from data.journal import Decision
from data.journal.risk_log import ladder_row
from data.journal.risk_records import LADDER
from data.journal.rows import decision_row, intent_rows, switch_rows
from data.journal.seals import keys_of
from data.journal.taking_in import intent_of_units
from models.types import Fill
from tasks.session.explaining.reading import Read
from tasks.session.explaining.recomputing import Again
from tasks.session.explaining.report import Difference, What

WHY = "not what comes out when it is made again"
JSON_COLUMNS = ("models", "inputs", "outcome", "state_before", "state_after")
# Journals of a fill, by the names of the value's own fields where they differ.
FILL_COLUMNS = {"ts": "filled_at"}
Row = Mapping[str, Any]


def compared(read: Read, again: Again, state_before: Decision | None) -> Iterator[Difference]:
    """Every value that is not the same, to the bit; `state_before` is the decision before."""
    ours, theirs = read.decision, again.decision
    now = read.sealed.rows
    yield from _decision(now["decisions"][0], decision_row(theirs))
    if state_before is not None and ours.state_before != state_before.state_after:
        yield from _leaves(
            f"decisions {ours.id}",
            "state_before",
            json.loads(now["decisions"][0]["state_before"]),
            json.loads(decision_row(state_before)["state_after"]),
        )
    taken = (
        intent_of_units(theirs, one.system, one.symbol, float(one.quantity), float(one.price))
        for one in read.sealed.taken.values()
    )
    wanted = replace(theirs, intents=(*theirs.intents, *taken))
    yield from _rows("intents", now["intents"], intent_rows(wanted))
    yield from _rows("switches", now["switches"], switch_rows(theirs))
    ladder = [row for row in now["risk_events"] if row["kind"] in LADDER]
    yield from _rows("risk_events", ladder, [ladder_row(theirs.book, theirs.bar, one) for one in theirs.events])
    yield from _fills(now["fills"], [one.fill for one in read.fills], again.fills)


def _decision(now: Row, made: Row) -> Iterator[Difference]:
    where = f"decisions {now['id']}"
    for column, theirs in made.items():
        ours = now[column]
        if column in JSON_COLUMNS:
            yield from _leaves(where, column, json.loads(ours), json.loads(theirs))
        elif ours != theirs:
            yield _difference(where, column, ours, theirs)


def _leaves(where: str, place: str, ours: Any, theirs: Any) -> Iterator[Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in dict.fromkeys([*theirs, *ours]):
            yield from _leaves(where, f"{place}.{key}", ours.get(key), theirs.get(key))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _leaves(where, f"{place}.{k}", one, other)
    elif repr(ours) != repr(theirs):
        yield _difference(where, place, ours, theirs)


def _rows(table: str, now: Sequence[Row], made: Sequence[Row]) -> Iterator[Difference]:
    ours = dict(zip(keys_of(table, now), now, strict=True))
    theirs = dict(zip(keys_of(table, made), made, strict=True))
    for key in dict.fromkeys([*theirs, *ours]):
        where = f"{table} {key}"
        if key not in ours:
            yield Difference(What.JOURNAL, where, "", None, _text(dict(theirs[key])), "the row is missing")
        elif key not in theirs:
            yield Difference(What.JOURNAL, where, "", _text(dict(ours[key])), None, "nothing of it comes out again")
        else:
            for column, value in theirs[key].items():
                if repr(ours[key][column]) != repr(value):
                    yield _difference(where, column, ours[key][column], value)


def _fills(now: Sequence[Row], ours: Sequence[Fill], theirs: Sequence[Fill]) -> Iterator[Difference]:
    for row, one, other in zip_longest(now, ours, theirs):
        if one is None:
            yield Difference(What.JOURNAL, "fills", "", None, _text(other), "the fill is missing")
        elif other is None:
            yield Difference(What.JOURNAL, f"fills {row['trade_id']}", "", _text(one), None, "it never happened")
        else:
            for each in fields(Fill):
                left, right = getattr(one, each.name), getattr(other, each.name)
                if repr(left) != repr(right):
                    column = FILL_COLUMNS.get(each.name, each.name)
                    yield _difference(f"fills {row['trade_id']}", column, left, right)


def _difference(where: str, column: str, ours: Any, theirs: Any) -> Difference:
    return Difference(What.JOURNAL, where, column, _text(ours), _text(theirs), WHY)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
