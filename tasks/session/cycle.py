"""One trade cycle: settle what was ordered, decide for the newest closed bar, journal both, hand the orders over.

Settling and deciding are one fold over the bars since the last decision: what a backtest folds over its whole window.
Nothing is recorded before its end, so running the cycle again is its own recovery: after a crash anywhere it ends in
the same journal. One bar makes one decision, however often the cycle runs.
"""

import json
import math
import time
from dataclasses import dataclass, replace

import numpy as np

from data.journal import BookedFill, Decision, Journal, RiskLog
from data.model_files import ModelCard
from models.engine import run_backtest
from models.portfolio import Account
from models.predictors.predictions import LATE_FOLD
from models.risk.damping import Choice
from models.risk.routing import speakers
from models.sessions import expected_opens
from models.types import BadInput, Damaged, Reason, Refusal, Refused, Unavailable, bar_micros, iso
from models.types.speakers import HEAVY, META
from tasks.ports import Checkpoint
from tasks.session.bar_routes import speaks_at, wanted_rule
from tasks.session.book import Book, configured_book
from tasks.session.carried import state_of
from tasks.session.deciding import NEWEST, decision_of, forbid
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.fields import event_json, fill_json, intent_json, refusal_json, switch_json
from tasks.session.guarding.required import tell_unguarded, unguarded
from tasks.session.heeding import heed_stop
from tasks.session.inputs import book_inputs
from tasks.session.learning.speaking import NOBODY, Manner, Spoken, spoken_of
from tasks.session.learning.versions import versions_text
from tasks.session.made_from import made_from
from tasks.session.market import MarketView, market_view
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.rows import rows_of
from tasks.session.pretrade import require_sound_orders
from tasks.session.routing import choose, models_for, routed_of
from tasks.session.settlement import bars_since, hand_over, settled_by
from tasks.session.stops import Stop, act_on, announce, ready, stops_in_force
from tasks.session.tracing import Trace, traced

EQUITY = Account._fields.index("equity")


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle did: the decision of `bar` (None when it refused as a whole), the fills it settled, and the stops in
    force after it.
    """

    bar: int
    decision: Decision | None
    refused: tuple[Refusal, ...]
    fills: tuple[BookedFill, ...]
    repeated: bool
    stops: tuple[Stop, ...] = ()

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
            "events": [] if decision is None else [event_json(one) for one in decision.events],
            "breakers": [one.as_json() for one in self.stops],
            "repeated": self.repeated,
            "equity": None if decision is None else math.fsum(_equities(decision).values()),
            "equities": {} if decision is None else _equities(decision),
        }


def run_cycle(desk: Desk, journal: Journal, broker: Broker, checkpoint: Checkpoint) -> Cycle:
    """Run one cycle as of the desk's clock.

    Raises:
        BadInput: the lake lacks a series of the book, or has no bar that had closed by then.
        Damaged: bars or journal do not match their checksums.
        Refused: the book has already decided for a later bar, or with a Keel whose state had another shape; another
            process is at work; journal and venue do not agree.
    """
    book = configured_book(desk)
    with traced(book.name) as trace, broker.at_work() as working:
        heed_stop(journal, book.name, desk.clock.now())
        working.recover(book.name, journal.last_decision(book.name))
        tell_unguarded(journal, desk)
        return _cycle(desk, journal, working, book, checkpoint, trace)


def _cycle(desk: Desk, journal: Journal, broker: Broker, book: Book, checkpoint: Checkpoint, trace: Trace) -> Cycle:
    now = desk.clock.now()
    views = [market_view(desk, one, known_by=now) for one in book.series]
    bar = max((int(view.bars.ts[-1]) for view in views if len(view.bars)), default=None)
    if bar is None:
        raise BadInput(f"no bar of {', '.join(book.symbols)} had closed by {iso(now)}; ingest or import some first")
    trace.bar(bar)
    last = journal.last_decision(book.name)
    if last is not None and last.bar > bar:
        raise Refused(
            f"the book has already decided for {iso(last.bar)} and cannot go back to {iso(bar)}; replay the past in a "
            "KEEL_HOME of its own"
        )
    if last is not None:
        announce(book, journal, last)
        hand_over(journal, broker, last, checkpoint)
        if last.bar == bar:
            broker.finish(last)
            trace.repeated(last)
            return Cycle(bar, last, last.refused, (), repeated=True, stops=_stops(book, journal, last))
    if is_stale(desk, book, bar):
        tell_stale(desk, journal, book, bar)
        trace.outcome = "stale"
        stale = tuple(Refusal(symbol, Reason.REFUSED_STALE, system) for system, symbol in book.rows)
        return Cycle(bar, None, stale, (), repeated=False, stops=_stops(book, journal, last))
    checkpoint("begun")
    return _decide(desk, journal, broker, book, views, last, checkpoint, trace)


def _decide(
    desk: Desk,
    journal: Journal,
    broker: Broker,
    book: Book,
    views: list[MarketView],
    last: Decision | None,
    checkpoint: Checkpoint,
    trace: Trace,
) -> Cycle:
    """Settle, decide and record; `last` is the book's decision before."""
    wanted = {view.series.symbol: wanted_rule(desk, view) for view in views if view.series in book.models}
    choices = choose(desk, journal, book, wanted, desk.clock.now())
    said = {one.series.symbol: _heard(desk, journal, one, choices.get(one.series.symbol)) for one in views}
    before = state_of(book, last)
    panel = bars_since(last, book_inputs(desk, book, views, [said[one.series.symbol].edges for one in views]))
    panel.decided[-1] = True
    came = broker.happened(rows_of(book, before), last, panel.ts)
    forbid(journal, book, panel, came.frozen, is_guarded=unguarded(journal, desk, desk.clock.now()) is None)
    told = ready(panel, NEWEST, book.symbols, RiskLog(journal.engine).waiting_events(book.name))
    act_on(panel, NEWEST, book.symbols, told)
    run = run_backtest(panel, book.parameters, before, came.fills, came.simulates)
    require_sound_orders(book, run, before, desk.loaded.settings.risk.controls.price_collar)
    checkpoint("folded")
    settled = replace(settled_by(journal, broker, book, before, run), trades=came.trades)
    models = {symbol: one.versions for symbol, one in said.items() if one.versions}
    bar = int(panel.ts[NEWEST])
    behind = {one.series.symbol: said[one.series.symbol].edges.behind(one.bars.ts, bar) for one in views}
    decision = decision_of(desk, book, run, before, models, behind)
    checkpoint("decided")
    follows, consumed = None if last is None else last.bar, tuple(one.id for one in told if one.id is not None)
    routed = routed_of(choices, {symbol: one.seconds for symbol, one in said.items()})
    tree = desk.loaded.tree
    origins = json.dumps(made_from(desk, book, views, {symbol: one.cards for symbol, one in said.items()}))
    if not journal.record_decision(decision, follows, settled, tree, consumed, routed, broker.lease, origins):
        return _cycle(desk, journal, broker, book, checkpoint, trace)  # another process was faster: its decision stands
    checkpoint("recorded")
    trace.decided(decision, settled.fills)
    announce(book, journal, decision)
    hand_over(journal, broker, decision, checkpoint)
    broker.finish(decision)
    stops = _stops(book, journal, decision)
    return Cycle(decision.bar, decision, decision.refused, settled.fills, repeated=False, stops=stops)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """The edges of a view's bars, the versions of the models behind them with their cards, and how long it took to make
    them.
    """

    edges: Edges
    versions: str
    cards: dict[str, ModelCard]
    seconds: float


def _heard(desk: Desk, journal: Journal, view: MarketView, choice: Choice | None) -> _Heard:
    """What is heard about a view when its newest bar is decided on, from the models that the choice names there; a
    model that is missing, damaged or late is not heard and alerted once. Nobody speaks for a haven.
    """
    if choice is None:
        return _Heard(Edges.none(len(view.bars)), "", {}, 0.0)
    begun = time.perf_counter()
    spoken = _spoken(desk, journal, view, choice)
    speaks = np.array(speaks_at(desk, view))
    speaks[NEWEST:] = speakers(choice.models)
    edges = edges_of(desk, view, spoken, speaks)
    versions = versions_text(spoken.cards, choice.models)
    return _Heard(edges, versions, spoken.cards, time.perf_counter() - begun)


def _spoken(desk: Desk, journal: Journal, view: MarketView, choice: Choice) -> Spoken:
    """Of the models that are routed now and those that a routed meta-learner weighs; the others' past words matter no
    more to this bar.
    """
    asked = set(choice.models) | (set(models_for(desk, view.series)) if META in choice.models else set())
    try:
        spoken = spoken_of(desk, view, tuple(asked), Manner.DECIDE)
    except (Damaged, Unavailable) as error:
        _alert(desk, journal, f"model {view.series} {error}", str(error))
        return NOBODY
    for model, said in spoken.said.items():
        if model in HEAVY and said.fold[NEWEST:].tolist() == [LATE_FOLD] and model not in spoken.troubles:
            version = spoken.cards[model].version
            text = f"{model} {version} of {view.series} was not heard in time; see that keel predict runs"
            _alert(desk, journal, f"late {view.series} {model} {version}", text)
    for model, text in spoken.troubles.items():
        _alert(desk, journal, f"model {view.series} {model} {text}", text)
    return spoken


def _alert(desk: Desk, journal: Journal, key: str, text: str) -> None:
    journal.raise_alert(key, "error", text, desk.clock.now())


def is_stale(desk: Desk, book: Book, bar: int) -> bool:
    """Whether more bars than trading.max_missing_bars have closed since the one that opened at `bar`."""
    series = book.series[0]
    now = desk.clock.now()
    following = bar + bar_micros(series.timeframe)
    later = expected_opens(desk.calendar(series), series.timeframe, following, max(following, now))
    closed = desk.closes(series, later) <= now
    return int(closed.sum()) > desk.loaded.settings.trading.max_missing_bars


def tell_stale(desk: Desk, journal: Journal, book: Book, bar: int) -> None:
    """Alert a person, once, that nothing is decided because the newest bar is the one that opened at `bar`."""
    text = f"the newest bar of {book.name} is {iso(bar)}: nothing was decided"
    journal.raise_alert(f"stale {book.name} {bar}", "warning", text, desk.clock.now())


def _stops(book: Book, journal: Journal, decision: Decision | None) -> tuple[Stop, ...]:
    return () if decision is None else stops_in_force(book, journal, decision.state_after)


def _equities(decision: Decision) -> dict[str, float]:
    return {system: figures[EQUITY] for system, figures in decision.state_after.accounts.items()}
