"""Where a recorded session and the backtest over its bars part for the first time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from itertools import zip_longest

import numpy as np

from data.journal import Carried, Decision
from models.engine import Run
from models.engine.state import QUANTITY
from models.portfolio import Account, Position
from models.types import Fill, Intent, LadderEvent, Reason, Switch, iso
from tasks.session.book import Book
from tasks.session.carried import carried_of
from tasks.session.deciding import read_figures
from tasks.session.stretches import Folded

EQUITY = Account._fields.index("equity")
NOTHING = "nothing"
NEVER = 2**63 - 1
Event = Fill | Switch | Intent | LadderEvent


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` of a system's `symbol` at the bar that opened at `bar`, and both sides of it; of the system's account
    where there is no symbol, of the whole book where there is no system either.
    """

    bar: int
    system: str
    symbol: str
    what: str
    paper: str
    backtest: str

    def __str__(self) -> str:
        place = " ".join(one for one in (iso(self.bar), self.system, self.symbol or "account", self.what) if one)
        return f"{place}: paper: {self.paper}; backtest: {self.backtest}"

    def as_json(self) -> dict[str, object]:
        """Both sides for scripts."""
        sides = {"paper": self.paper, "backtest": self.backtest}
        return {"bar": iso(self.bar), "system": self.system, "symbol": self.symbol, "what": self.what, **sides}


def first_difference(book: Book, decisions: list[Decision], fills: list[Fill], folded: Folded) -> Difference | None:
    """The earliest one, None where all bits agree.

    At the same bar they come in the order in which one leads to the other: the bar, what was read of it, fills, states,
    stops, switches, reasons, intents.
    """
    stops = [event for decision in decisions for event in decision.events]
    switches = [switch for decision in decisions for switch in decision.switches]
    intents = [intent for decision in decisions for intent in decision.intents]
    candidates = (
        _bars_apart(decisions, folded),
        _inputs_apart(book, decisions, folded),
        _events_apart("fill", fills, folded.executions()),
        _states_apart(book, decisions, folded),
        _events_apart("stop", stops, folded.ladder_events()),
        _events_apart("switch", switches, folded.switched()),
        _reasons_apart(book, decisions, folded),
        _events_apart("intent", intents, folded.intents()),
    )
    found = [one for one in (next(each, None) for each in candidates) if one is not None]
    return min(found, key=lambda one: one.bar, default=None)


def _bars_apart(decisions: list[Decision], folded: Folded) -> Iterator[Difference]:
    for decision in decisions:
        if _row(decision, folded) is None:
            yield Difference(decision.bar, "", "", "bar", "decided", "the lake does not have it")


def _inputs_apart(book: Book, decisions: list[Decision], folded: Folded) -> Iterator[Difference]:
    for decision, run, t in _rows(decisions, folded):
        for i, symbol in enumerate(book.symbols):
            ours, theirs = decision.inputs[symbol], read_figures(run.panel, t, i)
            for name, figure in theirs.items():
                if repr(ours.get(name)) != repr(figure):
                    yield Difference(decision.bar, "", symbol, f"input {name}", repr(ours.get(name)), repr(figure))


def _states_apart(book: Book, decisions: list[Decision], folded: Folded) -> Iterator[Difference]:
    left = carried_of(book, folded.start)
    for decision in decisions:
        yield from _state_apart(decision.bar, "before", decision.state_before, left)
        left = decision.state_after
    for decision, run, t in _rows(decisions, folded):
        after = decision.state_after
        for i, (system, account) in enumerate(after.accounts.items()):
            yield from _figure_apart(decision.bar, system, "", "equity", account[EQUITY], float(run.equities[t, i]))
        for i, (system, symbol) in enumerate(book.rows):
            held = after.positions[system][symbol][QUANTITY]
            yield from _figure_apart(decision.bar, system, symbol, "quantity", held, float(run.held[t, i]))
    yield from _state_apart(decisions[-1].bar, "after", decisions[-1].state_after, carried_of(book, folded.state))


def _state_apart(bar: int, when: str, ours: Carried, theirs: Carried) -> Iterator[Difference]:
    for name, figure in theirs.ladder.items():
        yield from _figure_apart(bar, "", "", f"{name} of the stops {when}", ours.ladder[name], figure)
    for system, account in theirs.accounts.items():
        for name, one, other in zip(Account._fields, ours.accounts[system], account, strict=True):
            yield from _figure_apart(bar, system, "", f"{name} {when}", one, other)
        for symbol, row in theirs.positions[system].items():
            for name, one, other in zip(Position._fields, ours.positions[system][symbol], row, strict=True):
                yield from _figure_apart(bar, system, symbol, f"{name} {when}", one, other)
        for specialist, record in theirs.records[system].items():
            for k, (one, other) in enumerate(zip(ours.records[system][specialist], record, strict=True)):
                yield from _figure_apart(bar, system, "", f"record {k} of {specialist} {when}", one, other)


def _figure_apart(bar: int, system: str, symbol: str, what: str, ours: float, theirs: float) -> Iterator[Difference]:
    if repr(ours) != repr(theirs):
        yield Difference(bar, system, symbol, what, repr(ours), repr(theirs))


def _reasons_apart(book: Book, decisions: list[Decision], folded: Folded) -> Iterator[Difference]:
    for decision, run, t in _rows(decisions, folded):
        said = {(system, symbol): name for system, held in decision.held.items() for symbol, name in held.items()}
        said |= {(one.system, one.symbol): one.reason.name.lower() for one in decision.refused}
        said |= {(one.system, one.symbol): one.reason.name.lower() for one in decision.intents}
        for i, row in enumerate(book.rows):
            ours, theirs = said.get(row, NOTHING), Reason(int(run.reasons[t, i])).name.lower()
            if ours != theirs:
                yield Difference(decision.bar, *row, "reason", ours, theirs)


def _events_apart(what: str, ours: Sequence[Event], theirs: Sequence[Event]) -> Iterator[Difference]:
    for one, other in zip_longest(ours, theirs):
        if repr(one) == repr(other):
            continue
        bar = min(_bar(one), _bar(other))
        left, right = (each if _bar(each) == bar else None for each in (one, other))
        system, symbol = next(_owner(each) for each in (left, right) if each is not None)
        yield Difference(bar, system, symbol, what, _words(left, right), _words(right, left))


def _owner(one: Event) -> tuple[str, str]:
    return one.system, "" if isinstance(one, LadderEvent) else one.symbol


def _bar(one: Event | None) -> int:
    if one is None:
        return NEVER
    return one.ts if isinstance(one, Fill) else one.bar


def _words(one: Event | None, other: Event | None) -> str:
    """Its figures; beside another of its symbol those that are not the same."""
    if one is None:
        return NOTHING
    named = {each.name: getattr(one, each.name) for each in fields(one)}
    if other is not None and _owner(one) == _owner(other):
        named = {name: value for name, value in named.items() if repr(value) != repr(getattr(other, name))}
    return ", ".join(f"{name} {_word(value)}" for name, value in named.items())


def _word(value: object) -> str:
    return value.name.lower() if isinstance(value, Enum) else repr(value)


def _rows(decisions: list[Decision], folded: Folded) -> Iterator[tuple[Decision, Run, int]]:
    """The decisions whose bar a panel has, with its run and row."""
    for decision in decisions:
        found = _row(decision, folded)
        if found is not None:
            yield decision, *found


def _row(decision: Decision, folded: Folded) -> tuple[Run, int] | None:
    for run in folded.runs:
        ts = run.panel.ts
        t = int(np.searchsorted(ts, decision.bar))
        if t < ts.size and ts[t] == decision.bar:
            return run, t
    return None
