"""What the outside forbids at a bar, and the decision that the fold made there as a value."""

import hashlib
import math

import numpy as np

from data.journal import Decision, FeedLog, Journal, blocked_by
from models.engine import Panel, Run, State
from models.engine.panel import ACTIONS, CODES, FIGURES, PRICES
from models.types import Damaged, Reason, Refusal, Regime, from_micros
from tasks.session.book import Book
from tasks.session.desk import Desk

NEWEST = -1


def forbid(journal: Journal, book: Book, panel: Panel) -> None:
    """Write what the outside forbids into the gates of the panel's newest bar.

    A symbol whose feeds contradict each other is not traded. A stop flag in the journal forbids entries; a journal that
    cannot be read raises, which forbids everything.
    """
    log = FeedLog(journal.engine)
    gate = panel.gate[NEWEST]
    for i, series in enumerate(book.series):
        if gate[i] == 0 and blocked_by(log, series) is not None:
            gate[i] = int(Reason.REFUSED_DATA)
    if journal.stop_reason() is not None:
        gate[gate == 0] = int(Reason.REFUSED_STOPPED)


def decision_of(desk: Desk, book: Book, run: Run, before: State, models: dict[str, str]) -> Decision:
    """The decision that `run`, a fold from the state `before`, made at its newest bar.

    `models` has the version of the model that spoke for each symbol.

    Raises:
        Damaged: a figure of the state is not finite.
    """
    panel, bar = run.panel, int(run.panel.ts[NEWEST])
    said = {symbol: Reason(int(code)) for symbol, code in zip(book.symbols, run.reasons[NEWEST], strict=True)}
    intents = tuple(run.intents())
    ordered = {intent.symbol for intent in intents}
    return Decision(
        id=decision_id(book.name, bar),
        book=book.name,
        bar=bar,
        decided_at=desk.clock.now(),
        config_version=desk.loaded.version,
        models=models,
        regimes={symbol: Regime(int(panel.regime[NEWEST, i])).name.lower() for i, symbol in enumerate(book.symbols)},
        inputs={symbol: read_figures(panel, NEWEST, i) for i, symbol in enumerate(book.symbols)},
        intents=intents,
        refused=tuple(Refusal(symbol, reason) for symbol, reason in said.items() if reason.is_refusal),
        held={
            symbol: reason.name.lower()
            for symbol, reason in said.items()
            if symbol not in ordered and not reason.is_refusal
        },
        state_before=_numbers(book, before),
        state_after=_numbers(book, run.state),
    )


def decision_id(book: str, bar: int) -> str:
    """The id of a book's decision for a bar: `a1b2c3-20240131T2300`, short enough for a client order id."""
    return f"{hashlib.sha256(book.encode()).hexdigest()[:6]}-{from_micros(bar):%Y%m%dT%H%M}"


def read_figures(panel: Panel, t: int, row: int) -> dict[str, float | None]:
    """Everything that the step reads of one symbol in a row of the panel, by name; None where it is not known."""
    figures: dict[str, float | None] = {}
    for names, columns in ((PRICES, panel.prices), (FIGURES, panel.figures), (ACTIONS, panel.actions)):
        found = columns[t, row].tolist()
        figures |= {name: one if math.isfinite(one) else None for name, one in zip(names, found, strict=True)}
    return figures | dict(zip(CODES, panel.codes[t, row].tolist(), strict=True))


def _numbers(book: Book, state: State) -> tuple[list[float], list[list[float]]]:
    if not (np.isfinite(state.account).all() and np.isfinite(state.book).all()):
        raise Damaged(
            f"the state of the book {book.name} holds figures that are no numbers ({state.money}, "
            f"{[state.position(row) for row in range(len(book.series))]}); nothing was recorded, report this"
        )
    return state.account.tolist(), state.book.tolist()
