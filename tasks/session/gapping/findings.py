"""Where a session was not what the backtest makes of it, in words."""

from collections.abc import Iterator

import numpy as np

from models.engine import Panel
from models.engine.state import ORDERED
from models.gap import Kind, Split, Tape
from models.gap.executions import Apart, Extra, Shift
from models.gap.orders import Ordered
from models.types import Leg
from tasks.session.book import Book
from tasks.session.deciding import read_figures
from tasks.session.gapping.report import Finding
from tasks.session.gapping.tapes import Taped


def findings_of(taped: Taped, split: Split) -> tuple[Finding, ...]:
    """All of them, by bar."""
    every: list[Finding] = []
    for tape, book, found in zip(taped.tapes, taped.books, split.found, strict=True):
        every += _read_apart(tape, book)
        every += _missed(tape)
        for t, fills in found.fills.items():
            every += _filled_apart(int(tape.ts[t]), book, fills)
        for t, orders in found.orders.items():
            every += [_ordered_apart(int(tape.ts[t]), book, one) for one in orders]
    return tuple(sorted(every, key=lambda one: one.bar))


def _missed(tape: Tape) -> Iterator[Finding]:
    for t in np.flatnonzero(tape.skipped):
        yield Finding(int(tape.ts[t]), Kind.TIMING, "", "", "nobody decided")
    for t in np.flatnonzero(tape.held_up):
        yield Finding(int(tape.ts[t]), Kind.DATA, "", "", "nobody decided: the bar did not come in time")


def _read_apart(tape: Tape, book: Book) -> Iterator[Finding]:
    for t in np.flatnonzero(tape.now.decided).tolist():
        for i, symbol in enumerate(book.symbols):
            now, then = read_figures(tape.now, t, i), read_figures(tape.then, t, i)
            names = [name for name in now if repr(now[name]) != repr(then[name]) and not _is_wait(tape, name, t, i)]
            if names:
                text = "the bar was not there" if _hidden(tape.then, tape.now, t, i) else _named(names, then, now)
                yield Finding(int(tape.ts[t]), Kind.DATA, "", symbol, text)
            if int(tape.then.gate[t, i]) in tape.waits:
                text = "nothing was decided: it was not known what became of an order"
                yield Finding(int(tape.ts[t]), Kind.TIMING, "", symbol, text)


def _is_wait(tape: Tape, name: str, t: int, i: int) -> bool:
    return name == "gate" and int(tape.then.gate[t, i]) in tape.waits


def _hidden(then: Panel, now: Panel, t: int, i: int) -> bool:
    return bool(np.isnan(then.close[t, i]) and not np.isnan(now.close[t, i]))


def _named(names: list[str], then: dict[str, float | None], now: dict[str, float | None]) -> str:
    shown = ", ".join(f"{name} {_figure(then[name])} then, {_figure(now[name])} now" for name in names[:3])
    return shown + (f", and {len(names) - 3} figures more" if len(names) > 3 else "")


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.8g}"


def _filled_apart(bar: int, book: Book, found: Apart) -> Iterator[Finding]:
    for one in found.shifts:
        system, symbol = book.rows[one.model.row]
        for kind, text in _shift_words(one):
            yield Finding(bar, kind, system, symbol, text)
    for extra in found.extras:
        system, symbol = book.rows[extra.model.row]
        yield Finding(bar, Kind.TIMING, system, symbol, f"{extra.real.leg.name.lower()} that the model has not here")
        for kind, text in _price_words(extra):
            yield Finding(bar, kind, system, symbol, text)
    for row in sorted(found.alive):
        system, symbol = book.rows[row]
        yield Finding(bar, Kind.TIMING, system, symbol, "the order went on that the model takes for over")


def _shift_words(one: Shift) -> Iterator[tuple[Kind, str]]:
    leg = one.model.leg.name.lower()
    if one.kept == 0.0:
        yield Kind.FILL, f"{leg} was never filled"
    elif one.kept != 1.0:
        yield Kind.FILL, f"{leg}: {one.kept:.4g} of the model's size"
    if one.here == 0.0:
        yield Kind.TIMING, f"{leg} not filled here"
    elif one.here != 1.0:
        yield Kind.TIMING, f"{leg}: {one.here:.4g} of it filled here"
    yield from _price_words(one)


def _price_words(one: Shift | Extra) -> Iterator[tuple[Kind, str]]:
    if one.price != 1.0 and one.real is not None:
        side = 1.0 if one.real.quantity > 0.0 else -1.0
        worse = side * (one.price - 1.0) * 1e4
        word = "worse" if worse > 0.0 else "better"
        leg = Leg(one.real.leg).name.lower()
        yield Kind.FILL, f"{leg} at {one.real.price:.8g}, {abs(worse):.2f} bp {word} than the model's"
    if one.fee_rate != 0.0:
        yield Kind.FEE, f"fee {one.fee_rate * 1e4:+.2f} bp of the value beyond the model's"


def _ordered_apart(bar: int, book: Book, one: Ordered) -> Finding:
    system, symbol = book.rows[one.row]
    real, rules = float(one.real[ORDERED]), float(one.rules[ORDERED])
    text = (
        f"ordered {real:.8g}, the rules here {rules:.8g}" if real != rules else "other levels than the rules here have"
    )
    return Finding(bar, Kind.SIGNAL, system, symbol, text)
