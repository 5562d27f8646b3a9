"""One trade cycle: settle what was ordered, decide for the newest closed bar, journal it, hand the orders over.

Every durable step can be repeated without a second effect, so running the cycle again is its own recovery: after a
crash anywhere it ends in the same journal. One bar makes one decision, however often the cycle runs.
"""

from dataclasses import dataclass

from data.journal import Decision, Journal
from models.engine import SymbolInputs, symbol_inputs
from models.engine.state import EQUITY
from models.predictors import Predictions
from models.sessions import expected_opens
from models.types import BadInput, Damaged, Fill, Intent, Reason, Refusal, Refused, bar_micros, iso
from tasks.ports import Broker, Checkpoint
from tasks.session.book import Book, configured_book
from tasks.session.deciding import decide_bar
from tasks.session.desk import Desk
from tasks.session.gates import data_gate
from tasks.session.market import MarketView, market_view
from tasks.session.modelling import predictions_of, usable_card
from tasks.session.settlement import hand_over, settle_orders


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle did: the decision of `bar` (None when it refused as a whole), and the fills it settled."""

    bar: int
    decision: Decision | None
    refused: tuple[Refusal, ...]
    fills: tuple[Fill, ...]
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
            "intents": [] if decision is None else [_intent_json(one, decision) for one in decision.intents],
            "refused": [
                {"symbol": one.symbol, "reason": one.reason.name.lower(), "text": one.reason.text}
                for one in self.refused
            ],
            "held": {} if decision is None else decision.held,
            "fills": [{"symbol": one.symbol, "quantity": one.quantity, "price": one.price} for one in self.fills],
            "repeated": self.repeated,
            "equity": None if decision is None else decision.state_after[0][EQUITY],
        }


def run_cycle(desk: Desk, journal: Journal, broker: Broker, checkpoint: Checkpoint) -> Cycle:
    """Run one cycle as of the desk's clock.

    Raises:
        BadInput: the lake lacks a series of the book, or has no bar that had closed by then.
        Damaged: bars or journal do not match their checksums.
        Refused: the book has already decided for a later bar.
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
        return Cycle(bar, None, tuple(Refusal(one, Reason.REFUSED_STALE) for one in book.symbols), (), repeated=False)
    checkpoint("begun")
    inputs = [_inputs(desk, journal, view) for view in views]
    state, fills = settle_orders(journal, broker, book, last, inputs, checkpoint)
    decision = decide_bar(desk, journal, book, inputs, bar, state)
    checkpoint("decided")
    journal.record_decision(decision, desk.loaded.tree)
    checkpoint("recorded")
    hand_over(journal, broker, decision, checkpoint)
    return Cycle(bar, decision, decision.refused, tuple(fills), repeated=False)


def _is_stale(desk: Desk, book: Book, bar: int) -> bool:
    series = book.series[0]
    now = desk.clock.now()
    following = bar + bar_micros(series.timeframe)
    later = expected_opens(desk.calendar(series), series.timeframe, following, max(following, now))
    closed = desk.closes(series, later) <= now
    return int(closed.sum()) > desk.loaded.settings.trading.max_missing_bars


def _inputs(desk: Desk, journal: Journal, view: MarketView) -> SymbolInputs:
    try:
        predictions = predictions_of(desk, view, usable_card(desk, view.series))
    except Damaged as error:
        journal.raise_alert(f"model {view.series} {error}", "error", str(error), desk.clock.now())
        predictions = Predictions.none(view.bars.ts)
    return symbol_inputs(view.bars, view.features, predictions, data_gate(desk, view.series, view.bars))


def _intent_json(intent: Intent, decision: Decision) -> dict[str, object]:
    return {
        "id": decision.cid(intent),
        "bar": iso(intent.bar),
        "symbol": intent.symbol,
        "side": intent.side,
        "quantity": intent.quantity,
        "price": intent.price,
        "reason": intent.reason.name.lower(),
        "text": intent.reason.text,
        "bound": intent.bound.name.lower(),
        "edge_bps": intent.edge_bps,
    }
