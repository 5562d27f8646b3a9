"""The step called for one bar, and its answer as a value."""

import hashlib

import numpy as np

from data.journal import Decision, FeedLog, Journal, blocked_by
from models.engine import Panel, SymbolInputs, align, decide
from models.engine.state import State
from models.types import Bound, FloatArray, IntArray, Intent, Reason, Refusal, Regime, from_micros
from models.types.timeframes import DAY
from tasks.session.book import Book
from tasks.session.desk import Desk


def decide_bar(
    desk: Desk, journal: Journal, book: Book, inputs: list[SymbolInputs], bar: int, before: State
) -> Decision:
    """Decide for the bar that opened at `bar` (UTC microseconds) from the state `before`, which is not changed.

    A symbol whose feeds contradict each other is not traded. A stop flag in the journal forbids entries; a journal that
    cannot be read raises, which forbids everything.
    """
    panel = align(tuple(one.rows(one.ts == bar) for one in inputs))
    log = FeedLog(journal.engine)
    for i, series in enumerate(book.series):
        if panel.gate[0, i] == 0 and blocked_by(log, series) is not None:
            panel.gate[0, i] = int(Reason.REFUSED_DATA)
    if journal.stop_reason() is not None:
        panel.gate[panel.gate == 0] = int(Reason.REFUSED_STOPPED)
    after = before.copy()
    count = len(inputs)
    orders, reasons, bounds = np.zeros(count), np.zeros(count, np.int64), np.zeros(count, np.int64)
    decide(
        float(bar // DAY),
        panel.close[0],
        panel.edge[0],
        panel.regime[0],
        panel.volatility[0],
        panel.gate[0],
        book.parameters.profile,
        book.parameters.instruments,
        after.account,
        after.book,
        orders,
        reasons,
        bounds,
    )
    said = {symbol: Reason(int(code)) for symbol, code in zip(book.symbols, reasons, strict=True)}
    intents = _intents(book, bar, panel, orders, reasons, bounds)
    ordered = {intent.symbol for intent in intents}
    return Decision(
        id=decision_id(book.name, bar),
        book=book.name,
        bar=bar,
        decided_at=desk.clock.now(),
        config_version=desk.loaded.version,
        models=_models(desk, book),
        regimes={symbol: Regime(int(panel.regime[0, i])).name.lower() for i, symbol in enumerate(book.symbols)},
        inputs={symbol: _figures(panel, i) for i, symbol in enumerate(book.symbols)},
        intents=intents,
        refused=tuple(Refusal(symbol, reason) for symbol, reason in said.items() if reason.is_refusal),
        held={
            symbol: reason.name.lower()
            for symbol, reason in said.items()
            if symbol not in ordered and not reason.is_refusal
        },
        state_before=(before.account.tolist(), before.book.tolist()),
        state_after=(after.account.tolist(), after.book.tolist()),
    )


def decision_id(book: str, bar: int) -> str:
    """The id of a book's decision for a bar: `a1b2c3-20240131T2300`, short enough for a client order id."""
    return f"{hashlib.sha256(book.encode()).hexdigest()[:6]}-{from_micros(bar):%Y%m%dT%H%M}"


def _intents(
    book: Book, bar: int, panel: Panel, orders: FloatArray, reasons: IntArray, bounds: IntArray
) -> tuple[Intent, ...]:
    return tuple(
        Intent(
            bar=bar,
            symbol=book.symbols[i],
            quantity=float(orders[i]),
            price=float(panel.close[0, i]),
            reason=Reason(int(reasons[i])),
            bound=Bound(int(bounds[i])),
            edge_bps=float(panel.edge[0, i]),
        )
        for i in np.flatnonzero(orders)
    )


def _figures(panel: Panel, row: int) -> dict[str, float | None]:
    figures = {name: float(getattr(panel, name)[0, row]) for name in ("open", "close", "edge", "volatility")}
    return {name: figure if np.isfinite(figure) else None for name, figure in figures.items()}


def _models(desk: Desk, book: Book) -> dict[str, str]:
    cards = {one.symbol: desk.models.current_version(one) for one in book.series}
    return {symbol: version for symbol, version in cards.items() if version is not None}
