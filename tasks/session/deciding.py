"""What the outside forbids at a bar, and the decision that the fold made there as a value."""

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import replace

from data.journal import Decision, FeedLog, HoldingLog, Journal, blocked_by
from models.engine import Panel, Run, State
from models.engine.panel import ACTIONS, CODES, FIGURES, PRICES, TAILS
from models.types import Reason, Refusal, Regime, from_micros
from tasks.session.book import Book
from tasks.session.carried import carried_of
from tasks.session.desk import Desk
from tasks.session.ordering.rows import base_of

NEWEST = -1
Figures = dict[str, float | None]


def forbid(journal: Journal, book: Book, panel: Panel, frozen: Collection[str] = (), is_guarded: bool = True) -> None:
    """Write what the outside forbids into the gates of the panel's newest bar.

    A symbol whose feeds contradict each other is not traded, nor is one that is `frozen`: it is not known what became
    of its orders. A stop flag in the journal forbids entries, and so does what a venue holds of a symbol and no order
    explains, and a guardian that is needed and not heard of; a journal that cannot be read raises, which forbids
    everything.
    """
    log = FeedLog(journal.engine)
    gate = panel.gate[NEWEST]
    unexplained = {asset for _, asset in HoldingLog(journal.engine).unexplained()}
    for i, series in enumerate(book.series):
        if series.symbol in frozen and gate[i] != int(Reason.REFUSED_NO_BAR):
            gate[i] = int(Reason.REFUSED_FROZEN)
        elif gate[i] == 0 and blocked_by(log, series) is not None:
            gate[i] = int(Reason.REFUSED_DATA)
        elif gate[i] == 0 and base_of(series.symbol) in unexplained:
            gate[i] = int(Reason.REFUSED_EXTERNAL)
    if journal.stop_reason() is not None:
        gate[gate == 0] = int(Reason.REFUSED_STOPPED)
    if not is_guarded:
        gate[gate == 0] = int(Reason.REFUSED_UNGUARDED)


def decision_of(
    desk: Desk, book: Book, run: Run, before: State, models: dict[str, str], behind: Mapping[str, Figures]
) -> Decision:
    """The decision that `run`, a fold from the state `before`, made at its newest bar.

    `models` has the version of the model that spoke for each symbol, `behind` what stands behind its edge: not read by
    the step, and kept among the inputs.

    Raises:
        Damaged: a figure of the state is not finite.
    """
    panel, bar = run.panel, int(run.panel.ts[NEWEST])
    said = {row: Reason(int(code)) for row, code in zip(book.rows, run.reasons[NEWEST], strict=True)}
    intents = tuple(run.intents())
    ordered = {(intent.system, intent.symbol) for intent in intents}
    held: dict[str, dict[str, str]] = {}
    for (system, symbol), reason in said.items():
        if (system, symbol) not in ordered and not reason.is_refusal:
            held.setdefault(system, {})[symbol] = reason.name.lower()
    decision = Decision(
        id=decision_id(book.name, bar),
        book=book.name,
        bar=bar,
        decided_at=desk.clock.now(),
        config_version=desk.loaded.version,
        models=models,
        regimes=_regimes(book, panel),
        inputs={symbol: read_figures(panel, NEWEST, i) | behind[symbol] for i, symbol in enumerate(book.symbols)},
        switches=tuple(run.switched()),
        intents=intents,
        refused=tuple(
            Refusal(symbol, reason, system) for (system, symbol), reason in said.items() if reason.is_refusal
        ),
        held=held,
        state_before=carried_of(book, before),
        state_after=carried_of(book, run.state),
        events=tuple(run.ladder_events()),
    )
    return replace(decision, bound_by=_bound_by(book, decision))


def _bound_by(book: Book, decision: Decision) -> dict[str, str]:
    """The limit behind the size of each order, by client order id; none for what no setting limits, such as cash."""
    found = {}
    for one in decision.intents:
        limit = book.limits.bound_by(one.system, one.symbol, one.bound, one.specialist)
        if limit is not None:
            found[decision.cid(one)] = f"{limit.name} {limit.text}"
    return found


def _regimes(book: Book, panel: Panel) -> dict[str, str]:
    """Name of the regime that each symbol is traded by, in the order of the book's symbols."""
    guides = {slot.symbol: slot.guide for _, slot in book.parameters.rows}
    return {one: Regime(int(panel.regime[NEWEST, guides[one]])).name.lower() for one in book.symbols}


def decision_id(book: str, bar: int) -> str:
    """The id of a book's decision for a bar: `a1b2c3-20240131T2300`, short enough for a client order id."""
    return f"{hashlib.sha256(book.encode()).hexdigest()[:6]}-{from_micros(bar):%Y%m%dT%H%M}"


def read_figures(panel: Panel, t: int, row: int) -> Figures:
    """Everything that the step reads of one symbol in a row of the panel, by name; None where it is not known."""
    figures: Figures = {}
    for names, columns in (
        (PRICES, panel.prices),
        (FIGURES, panel.figures),
        (TAILS, panel.tails),
        (ACTIONS, panel.actions),
    ):
        found = columns[t, row].tolist()
        figures |= {name: one if math.isfinite(one) else None for name, one in zip(names, found, strict=True)}
    return figures | dict(zip(CODES, panel.codes[t, row].tolist(), strict=True))
