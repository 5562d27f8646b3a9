"""The first promise: the paper cycle and the backtest decide the same, to the bit."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import START, SYMBOLS, MemoryTracker, settle_in

from models.types import Reason, intents_sha256
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.backtesting import backtest
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.parity import hold_against_backtest
from tasks.session.replay import run_stretch

COUNT = 3600
BARS = 150


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    before = dict(os.environ)
    made = settle_in(tmp_path_factory.mktemp("home"), COUNT)
    os.environ.clear()
    os.environ.update(before)
    return made


def test_bar_by_bar_paper_gives_the_intents_of_the_backtest(desk: Desk) -> None:
    journal = build_journal(desk)
    cycles = run_stretch(
        desk, journal, lambda one: build_broker(one, journal), no_checkpoint, START + COUNT * HOUR, BARS
    )
    paper = [intent for cycle in cycles if cycle.decision for intent in cycle.decision.intents]
    assert cycles[0].decision is not None
    assert cycles[-1].decision is not None
    run = backtest(desk, MemoryTracker(), cycles[0].bar, cycles[-1].bar, lambda _: None).run
    assert len(paper) >= 8, "a parity of nothing proves nothing"
    assert {intent.side for intent in paper} == {"buy", "sell"}
    assert intents_sha256(paper) == intents_sha256(run.intents())
    assert paper == run.intents()
    assert cycles[-1].decision.state_after[0] == run.state.account.tolist()
    assert cycles[-1].decision.state_after[1] == run.state.book.tolist()


def test_what_the_data_forbids_is_refused_on_paper_and_in_the_backtest_alike(tmp_path: Path) -> None:
    before = dict(os.environ)
    desk = settle_in(tmp_path, 3000, holes=False, wounds=True)
    journal = build_journal(desk)
    end = START + 3000 * HOUR
    cycles = run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, end, BARS)
    os.environ.clear()
    os.environ.update(before)
    decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
    run = backtest(desk, MemoryTracker(), decisions[0].bar, decisions[-1].bar, lambda _: None).run
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


def test_the_report_names_the_first_difference(desk: Desk, tmp_path: Path) -> None:
    other = replace(desk, home=tmp_path)
    journal = build_journal(other)
    end = START + COUNT * HOUR
    run_stretch(other, journal, lambda one: build_broker(one, journal), no_checkpoint, end, 60)
    assert hold_against_backtest(other, journal, MemoryTracker(), lambda _: None).first_difference is None
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE intents SET quantity = quantity * 2 WHERE position = 0")
    found = hold_against_backtest(other, journal, MemoryTracker(), lambda _: None)
    assert not found.equal
    assert found.first_difference is not None
    assert "paper" in found.first_difference


def test_a_bar_decided_late_is_filled_where_an_order_in_time_would_have_been(desk: Desk, tmp_path: Path) -> None:
    """A cycle that missed bars settles its orders at the open after their decision, not at the newest one."""
    other = replace(desk, home=tmp_path)
    journal = build_journal(other)
    end = START + COUNT * HOUR
    ordered = next(
        cycle
        for cycle in run_stretch(
            other, journal, lambda one: build_broker(one, journal), no_checkpoint, end - 9 * HOUR, 90
        )[::-1]
        if cycle.decision and cycle.decision.intents
    )
    assert ordered.decision is not None
    late = run_cycle(other.at(end), journal, build_broker(other.at(end), journal), no_checkpoint)
    settled = journal.newest_orders(ordered.decision.book)
    assert late.decision is not None
    for intent in ordered.decision.intents:
        fill = settled[intent.symbol].fill
        assert fill is not None
        bars = desk.bars.read(next(one for one in desk.universe() if one.symbol == intent.symbol))
        assert fill.ts == bars.ts[bars.ts > intent.bar][0]
