"""The first promise: the paper cycle and the backtest read, fill and decide the same, to the bit."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from lake_runs import lake_run
from synthetic import START, SYMBOLS, settle_in

from models.types import Leg, Reason, intents_sha256
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.parity import hold_against_backtest
from tasks.session.replay import run_stretch

COUNT = 3600
BARS = 150
END = START + COUNT * HOUR


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return _settled(tmp_path_factory.mktemp("home"), COUNT)


def _settled(home: Path, count: int, **more: bool) -> Desk:
    before = dict(os.environ)
    made = settle_in(home, count, **more)
    os.environ.clear()
    os.environ.update(before)
    return made


def _trade(desk: Desk, bars: int, end: int = END) -> list[Cycle]:
    journal = build_journal(desk)
    return run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, end, bars)


def test_bar_by_bar_paper_is_the_backtest(desk: Desk) -> None:
    cycles = _trade(desk, BARS)
    decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
    paper = [intent for decision in decisions for intent in decision.intents]
    run = lake_run(desk, cycles[0].bar, cycles[-1].bar)
    assert len(decisions) == BARS
    assert len(paper) >= 15, "a parity of nothing proves nothing"
    assert {intent.side for intent in paper} == {"buy", "sell"}
    assert repr(paper) == repr(run.intents())
    assert intents_sha256(paper) == intents_sha256(run.intents())
    fills = [booked.fill for cycle in cycles for booked in cycle.fills]
    assert {Leg.ENTRY, Leg.EXIT, Leg.TARGET} <= {fill.leg for fill in fills}
    assert repr(fills) == repr(run.executions())
    assert repr(decisions[-1].state_after) == repr((run.state.account.tolist(), run.state.book.tolist()))
    # Each decision goes on from the one before.
    assert [one.state_before for one in decisions[1:]] == [one.state_after for one in decisions[:-1]]


def test_what_the_data_forbids_is_refused_on_paper_and_in_the_backtest_alike(tmp_path: Path) -> None:
    desk = _settled(tmp_path, 3000, holes=False, wounds=True)
    cycles = _trade(desk, BARS, START + 3000 * HOUR)
    decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
    run = lake_run(desk, decisions[0].bar, decisions[-1].bar)
    refused = [{one.symbol: one.reason for one in decision.refused}.get(SYMBOLS[0]) for decision in decisions]
    blocked = {decision.bar for decision, one in zip(decisions, refused, strict=True) if one is Reason.REFUSED_DATA}
    # The hole, the frozen feed and the split: all three, for some bars each, and nothing is traded there.
    offsets = {(bar - START) // HOUR - 3000 for bar in blocked}
    assert {-116, -45} <= offsets
    assert offsets & set(range(-110, -60))
    assert -120 not in offsets
    assert -1 not in offsets
    first = run.reasons[:, 0]
    tested = {int(ts) for ts in run.panel.ts[first == int(Reason.REFUSED_DATA)]}
    assert tested == blocked
    intents = [intent for decision in decisions for intent in decision.intents]
    assert not [one for one in intents if one.symbol == SYMBOLS[0] and one.bar in blocked]
    assert [one for one in intents if one.symbol == SYMBOLS[0]], "a parity of nothing proves nothing"
    assert intents_sha256(intents) == intents_sha256(run.intents())
    assert decisions[-1].state_after[1] == run.state.book.tolist()
    # What the bars say is no event from outside: the lake explains it.
    parity = hold_against_backtest(desk, build_journal(desk))
    assert parity.equal, parity.first_difference
    assert parity.outside == {}


def test_a_bar_decided_late_is_filled_where_an_order_in_time_would_have_been(desk: Desk, tmp_path: Path) -> None:
    """A cycle that missed bars settles its orders at the open after their decision, not at the newest one."""
    other = replace(desk, home=tmp_path)
    journal = build_journal(other)
    ordered = next(
        cycle for cycle in _trade(other, 90, END - 9 * HOUR)[::-1] if cycle.decision and cycle.decision.intents
    )
    assert ordered.decision is not None
    late = run_cycle(other.at(END), journal, build_broker(other.at(END), journal), no_checkpoint)
    assert late.decision is not None
    bars = {one.symbol: desk.bars.read(one) for one in desk.universe()}
    for intent in ordered.decision.intents:
        booked = [one for one in journal.fills_of(late.decision.book) if one.cid == ordered.decision.cid(intent)]
        ts = bars[intent.symbol].ts
        assert booked[0].fill.ts == ts[ts > intent.bar][0]
