"""One trade cycle: settle what was ordered, decide for the newest closed bar, journal both, hand the orders over.

Settling and deciding are one fold over the bars since the last decision: what a backtest folds over its whole window.
Nothing is recorded before its end, so running the cycle again is its own recovery: after a crash anywhere it ends in
the same journal. One bar makes one decision, however often the cycle runs.
"""

import math
from dataclasses import dataclass

from data.journal import BookedFill, Decision, Journal
from models.engine import run_backtest
from models.portfolio import Account
from models.predictors import Predictions
from models.sessions import expected_opens
from models.types import BadInput, Damaged, Reason, Refusal, Refused, bar_micros, iso
from tasks.ports import Broker, Checkpoint
from tasks.session.book import Book, configured_book
from tasks.session.carried import state_of
from tasks.session.deciding import decision_of, forbid
from tasks.session.desk import Desk
from tasks.session.fields import fill_json, intent_json, refusal_json, switch_json
from tasks.session.inputs import inputs_of
from tasks.session.market import MarketView, market_view
from tasks.session.modelling import predictions_of, usable_card
from tasks.session.settlement import bars_since, hand_over, settled_by

EQUITY = Account._fields.index("equity")


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle did: the decision of `bar` (None when it refused as a whole), and the fills it settled."""

    bar: int
    decision: Decision | None
    refused: tuple[Refusal, ...]
    fills: tuple[BookedFill, ...]
    repeated: bool

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; `regime` is that of the book's first symbol."""
        decision = self.decision
        regimes = {} if decision is None else decision.regimes
        return {
            "decision": None if decision is None else decision.id,
            "bar": iso(self.bar),
            "regime": next(iter(regimes.values()), None),
            "regimes": regimes,
            "switches": [] if decision is None else [switch_json(one) for one in decision.switches],
            "intents": [] if decision is None else [intent_json(one, decision) for one in decision.intents],
            "refused": [refusal_json(one) for one in self.refused],
            "held": {} if decision is None else decision.held,
            "fills": [fill_json(one) for one in self.fills],
            "repeated": self.repeated,
            "equity": None if decision is None else math.fsum(_equities(decision).values()),
            "equities": {} if decision is None else _equities(decision),
        }


def run_cycle(desk: Desk, journal: Journal, broker: Broker, checkpoint: Checkpoint) -> Cycle:
    """Run one cycle as of the desk's clock.

    Raises:
        BadInput: the lake lacks a series of the book, or has no bar that had closed by then.
        Damaged: bars or journal do not match their checksums.
        Refused: the book has already decided for a later bar, or with a Keel whose state had another shape.
    """
    book = configured_book(desk)
    now = desk.clock.now()
    views = [market_view(desk, one, known_by=now) for one in book.series]
    bar = max((int(view.bars.ts[-1]) for view in views if len(view.bars)), default=None)
    if bar is None:
        raise BadInput(f"no bar of {', '.join(book.symbols)} had closed by {iso(now)}; ingest or import some first")
    last = journal.last_decision(book.name)
    if last is not None and last.bar > bar:
        raise Refused(
            f"the book has already decided for {iso(last.bar)} and cannot go back to {iso(bar)}; replay the past in a "
            "KEEL_HOME of its own"
        )
    if last is not None:
        hand_over(journal, broker, last, checkpoint)
        if last.bar == bar:
            return Cycle(bar, last, last.refused, (), repeated=True)
    if _is_stale(desk, book, bar):
        text = f"the newest bar of {book.name} is {iso(bar)}: nothing was decided"
        journal.raise_alert(f"stale {book.name} {bar}", "warning", text, now)
        stale = tuple(Refusal(symbol, Reason.REFUSED_STALE, system) for system, symbol in book.rows)
        return Cycle(bar, None, stale, (), repeated=False)
    checkpoint("begun")
    return _decide(desk, journal, broker, book, views, last, checkpoint)


def _decide(
    desk: Desk,
    journal: Journal,
    broker: Broker,
    book: Book,
    views: list[MarketView],
    last: Decision | None,
    checkpoint: Checkpoint,
) -> Cycle:
    """Settle, decide and record; `last` is the book's decision before."""
    said = {view.series.symbol: _spoken(desk, journal, book, view) for view in views}
    before = state_of(book, last)
    panel = bars_since(last, [inputs_of(desk, view, said[view.series.symbol][0], book) for view in views])
    panel.decided[-1] = True
    forbid(journal, book, panel)
    run = run_backtest(panel, book.parameters, before)
    checkpoint("folded")
    settled = settled_by(journal, broker, book, before, run)
    models = {symbol: version for symbol, (_, version) in said.items() if version}
    decision = decision_of(desk, book, run, before, models)
    checkpoint("decided")
    if not journal.record_decision(decision, None if last is None else last.bar, settled, desk.loaded.tree):
        return run_cycle(desk, journal, broker, checkpoint)  # another process was faster: its decision stands
    checkpoint("recorded")
    hand_over(journal, broker, decision, checkpoint)
    return Cycle(decision.bar, decision, decision.refused, settled.fills, repeated=False)


def _spoken(desk: Desk, journal: Journal, book: Book, view: MarketView) -> tuple[Predictions, str]:
    """What the model says about the view's bars, and its version; nothing and nobody where it is damaged or missing,
    and for a haven.
    """
    if view.series not in book.models:
        return Predictions.none(view.bars.ts), ""
    try:
        card = usable_card(desk, view.series)
        return predictions_of(desk, view, card), "" if card is None else card.version
    except Damaged as error:
        journal.raise_alert(f"model {view.series} {error}", "error", str(error), desk.clock.now())
        return Predictions.none(view.bars.ts), ""


def _is_stale(desk: Desk, book: Book, bar: int) -> bool:
    series = book.series[0]
    now = desk.clock.now()
    following = bar + bar_micros(series.timeframe)
    later = expected_opens(desk.calendar(series), series.timeframe, following, max(following, now))
    closed = desk.closes(series, later) <= now
    return int(closed.sum()) > desk.loaded.settings.trading.max_missing_bars


def _equities(decision: Decision) -> dict[str, float]:
    return {system: figures[EQUITY] for system, figures in decision.state_after.accounts.items()}
