"""The first promise: the paper cycle and the backtest read, fill and decide the same, to the bit."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from lake_runs import lake_run
from stormy import HAVEN, settle_in_storms
from synthetic import START, SYMBOLS, settle_in

from models.types import Cause, Leg, Reason, Regime, intents_sha256
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.carried import carried_of
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.parity import hold_against_backtest
from tasks.session.replay import run_stretch

COUNT = 3000
BARS = 130
END = START + COUNT * HOUR
REBALANCED = (Reason.ENTER_WEIGHT, Reason.REDUCE_WEIGHT, Reason.ADD_WEIGHT)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    before = dict(os.environ)
    made = settle_in_storms(tmp_path_factory.mktemp("home"), COUNT)
    os.environ.clear()
    os.environ.update(before)
    return made


def _trade(desk: Desk, bars: int, end: int = END) -> list[Cycle]:
    journal = build_journal(desk)
    return run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, end, bars)


@pytest.fixture(scope="module")
def cycles(desk: Desk) -> list[Cycle]:
    return _trade(desk, BARS)


def test_bar_by_bar_paper_is_the_backtest(desk: Desk, cycles: list[Cycle]) -> None:
    decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
    paper = [intent for decision in decisions for intent in decision.intents]
    run = lake_run(desk, cycles[0].bar, cycles[-1].bar)
    assert len(decisions) == BARS
    ordered = {(intent.system, intent.symbol, intent.reason) for intent in paper}
    assert {(system, HAVEN, Reason.ENTER_WEIGHT) for system in ("swing", "long")} <= ordered
    assert {("long", symbol, reason) for symbol in SYMBOLS for reason in REBALANCED} <= ordered
    assert {("swing", symbol, Reason.ENTER_EDGE) for symbol in SYMBOLS} <= ordered
    assert repr(paper) == repr(run.intents())
    assert intents_sha256(paper) == intents_sha256(run.intents())
    fills = [booked.fill for cycle in cycles for booked in cycle.fills]
    assert {fill.leg for fill in fills} >= {Leg.ENTRY, Leg.ADD, Leg.EXIT, Leg.STOP, Leg.TARGET}
    assert repr(fills) == repr(run.executions())
    switches = [one for decision in decisions for one in decision.switches]
    assert {one.cause for one in switches} == set(Cause)
    assert {one.after for one in switches} >= {Regime.CRISIS, Regime.TRENDING, Regime.VOLATILE}
    assert repr(switches) == repr(run.switched())
    assert repr(decisions[-1].state_after) == repr(carried_of(configured_book(desk), run.state))
    # Each decision goes on from the one before.
    assert [one.state_before for one in decisions[1:]] == [one.state_after for one in decisions[:-1]]
    # A symbol is traded by the regime that it says, the haven by the first symbol's.
    for t, decision in enumerate(decisions):
        codes = run.panel.regime[t, :2].tolist()
        assert list(decision.regimes.values()) == [Regime(code).name.lower() for code in (*codes, codes[0])]


@pytest.mark.usefixtures("cycles")
def test_the_journal_holds_every_order_switch_and_fill_of_both_systems(desk: Desk) -> None:
    journal = build_journal(desk)
    rows = journal.tables()
    assert [row["cause"] for row in rows["switches"]].count("REGIME") >= 12
    made = journal.decisions_of(configured_book(desk).name)
    cids = [decision.cid(one) for decision in made for one in decision.intents]
    assert len(set(cids)) == len(cids)
    assert max(map(len, cids)) <= 24
    twice = [one for one in made if len({each.symbol for each in one.intents}) < len(one.intents)]
    assert twice, "no decision ordered one symbol for both systems"
    bought: dict[str, float] = {}
    for row in rows["fills"]:
        bought[row["cid"]] = bought.get(row["cid"], 0.0) + float(row["quantity"])
    owners = {row["cid"]: (row["system"], row["symbol"]) for row in rows["intents"]}
    assert all(owners[row["cid"]] == (row["system"], row["symbol"]) for row in rows["fills"])
    # An order to leave or to add brings its units and no more; a level's fills belong to the order that opened.
    for row in rows["intents"]:
        if row["reason"] not in ("ENTER_EDGE", "ENTER_WEIGHT") and row["cid"] in bought:
            assert 0.0 < bought[row["cid"]] / float(row["quantity"]) < 1.0 + 1e-9
    assert {row["status"] for row in rows["orders"]} <= {"open", "filled", "expired"}
    assert hold_against_backtest(desk, journal).equal


def test_what_the_data_forbids_is_refused_on_paper_and_in_the_backtest_alike(tmp_path: Path) -> None:
    before = dict(os.environ)
    desk = settle_in(tmp_path, 3000, holes=False, wounds=True)
    os.environ.clear()
    os.environ.update(before)
    cycles = _trade(desk, 150, START + 3000 * HOUR)
    decisions = [cycle.decision for cycle in cycles if cycle.decision is not None]
    run = lake_run(desk, decisions[0].bar, decisions[-1].bar)
    both = [{one.system: one.reason for one in each.refused if one.symbol == SYMBOLS[0]} for each in decisions]
    refused = [reasons.get("swing") for reasons in both]
    assert all(
        (one is Reason.REFUSED_DATA) == (each.get("long") is Reason.REFUSED_DATA)
        for one, each in zip(refused, both, strict=True)
    )
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
    assert decisions[-1].state_after == carried_of(configured_book(desk), run.state)
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
