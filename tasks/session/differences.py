"""Where a recorded session and the backtest over its bars part for the first time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from itertools import zip_longest

import numpy as np

from data.journal import Decision
from models.engine import Run, first_state
from models.engine.state import QUANTITY
from models.portfolio import Account, Position
from models.types import Fill, Intent, Reason, iso
from tasks.session.book import Book
from tasks.session.deciding import read_figures

EQUITY = Account._fields.index("equity")
NOTHING = "nothing"
NEVER = 2**63 - 1
Order = Fill | Intent
StateLists = tuple[list[float], list[list[float]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` of `symbol` (empty: of the account) at the bar that opened at `bar`, and both sides of it."""

    bar: int
    symbol: str
    what: str
    paper: str
    backtest: str

    def __str__(self) -> str:
        place = f"{iso(self.bar)} {self.symbol or 'account'} {self.what}"
        return f"{place}: paper: {self.paper}; backtest: {self.backtest}"

    def as_json(self) -> dict[str, object]:
        """Both sides for scripts."""
        sides = {"paper": self.paper, "backtest": self.backtest}
        return {"bar": iso(self.bar), "symbol": self.symbol, "what": self.what, **sides}


def first_difference(book: Book, decisions: list[Decision], fills: list[Fill], run: Run) -> Difference | None:
    """The earliest one, None where all bits agree.

    At the same bar they come in the order in which one leads to the other: the bar, what was read of it, fills, states,
    reasons, intents.
    """
    intents = [intent for decision in decisions for intent in decision.intents]
    candidates = (
        _bars_apart(decisions, run),
        _inputs_apart(book, decisions, run),
        _orders_apart("fill", fills, run.executions()),
        _states_apart(book, decisions, run),
        _reasons_apart(book, decisions, run),
        _orders_apart("intent", intents, run.intents()),
    )
    found = [one for one in (next(each, None) for each in candidates) if one is not None]
    return min(found, key=lambda one: one.bar, default=None)


def _bars_apart(decisions: list[Decision], run: Run) -> Iterator[Difference]:
    for decision in decisions:
        if _row(decision, run) is None:
            yield Difference(decision.bar, "", "bar", "decided", "the lake does not have it")


def _inputs_apart(book: Book, decisions: list[Decision], run: Run) -> Iterator[Difference]:
    for decision, t in _rows(decisions, run):
        for i, symbol in enumerate(book.symbols):
            ours, theirs = decision.inputs[symbol], read_figures(run.panel, t, i)
            for name, figure in theirs.items():
                if repr(ours.get(name)) != repr(figure):
                    yield Difference(decision.bar, symbol, f"input {name}", repr(ours.get(name)), repr(figure))


def _states_apart(book: Book, decisions: list[Decision], run: Run) -> Iterator[Difference]:
    first = first_state(book.capital, len(book.series))
    left: StateLists = (first.account.tolist(), first.book.tolist())
    for decision in decisions:
        yield from _state_apart(book, decision.bar, "before", decision.state_before, left)
        left = decision.state_after
    for decision, t in _rows(decisions, run):
        account, rows = decision.state_after
        yield from _figure_apart(decision.bar, "", "equity", account[EQUITY], float(run.equity[t]))
        for i, symbol in enumerate(book.symbols):
            yield from _figure_apart(decision.bar, symbol, "quantity", rows[i][QUANTITY], float(run.held[t, i]))
    final = (run.state.account.tolist(), run.state.book.tolist())
    yield from _state_apart(book, decisions[-1].bar, "after", decisions[-1].state_after, final)


def _state_apart(book: Book, bar: int, when: str, ours: StateLists, theirs: StateLists) -> Iterator[Difference]:
    for name, one, other in zip(Account._fields, ours[0], theirs[0], strict=True):
        yield from _figure_apart(bar, "", f"{name} {when}", one, other)
    for symbol, row, expected in zip(book.symbols, ours[1], theirs[1], strict=True):
        for name, one, other in zip(Position._fields, row, expected, strict=True):
            yield from _figure_apart(bar, symbol, f"{name} {when}", one, other)


def _figure_apart(bar: int, symbol: str, what: str, ours: float, theirs: float) -> Iterator[Difference]:
    if repr(ours) != repr(theirs):
        yield Difference(bar, symbol, what, repr(ours), repr(theirs))


def _reasons_apart(book: Book, decisions: list[Decision], run: Run) -> Iterator[Difference]:
    for decision, t in _rows(decisions, run):
        said = decision.held | {one.symbol: one.reason.name.lower() for one in decision.refused}
        said |= {one.symbol: one.reason.name.lower() for one in decision.intents}
        for i, symbol in enumerate(book.symbols):
            theirs = Reason(int(run.reasons[t, i])).name.lower()
            if said.get(symbol, NOTHING) != theirs:
                yield Difference(decision.bar, symbol, "reason", said.get(symbol, NOTHING), theirs)


def _orders_apart(what: str, ours: Sequence[Order], theirs: Sequence[Order]) -> Iterator[Difference]:
    for one, other in zip_longest(ours, theirs):
        if repr(one) == repr(other):
            continue
        bar = min(_bar(one), _bar(other))
        left, right = (each if _bar(each) == bar else None for each in (one, other))
        symbol = next(each.symbol for each in (left, right) if each is not None)
        yield Difference(bar, symbol, what, _words(left, right), _words(right, left))


def _bar(one: Order | None) -> int:
    if one is None:
        return NEVER
    return one.ts if isinstance(one, Fill) else one.bar


def _words(one: Order | None, other: Order | None) -> str:
    """Its figures; beside another of its symbol those that are not the same."""
    if one is None:
        return NOTHING
    named = {each.name: getattr(one, each.name) for each in fields(one)}
    if other is not None and one.symbol == other.symbol:
        named = {name: value for name, value in named.items() if repr(value) != repr(getattr(other, name))}
    return ", ".join(f"{name} {_word(value)}" for name, value in named.items())


def _word(value: object) -> str:
    return value.name.lower() if isinstance(value, Enum) else repr(value)


def _rows(decisions: list[Decision], run: Run) -> Iterator[tuple[Decision, int]]:
    """The decisions whose bar the panel has, with its row."""
    for decision in decisions:
        t = _row(decision, run)
        if t is not None:
            yield decision, t


def _row(decision: Decision, run: Run) -> int | None:
    ts = run.panel.ts
    t = int(np.searchsorted(ts, decision.bar))
    return t if t < ts.size and ts[t] == decision.bar else None
