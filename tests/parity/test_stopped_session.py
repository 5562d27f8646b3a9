"""A session that was stopped, whose entries were taken back or refused and which was flattened, replays to the bit."""

import os
from collections import Counter
from pathlib import Path

import pytest
from stormy import STORMY, settle_in_storms

from data.journal import Journal, OrderLog, RiskEvent, RiskKind, RiskLog, open_journal
from models.types import Level
from models.types.timeframes import HOUR
from models.types.wire import OrderState
from tasks.bootstrap import build_desk, build_paper_broker, build_writing, emergency_desk, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.emergency import at_work, withdraw_entries
from tasks.session.parity import hold_against_backtest

BARS, LEFT_OUT = 60, 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    before, where = dict(os.environ), tmp_path_factory.mktemp("home")
    settle_in_storms(where)
    os.environ.clear()
    os.environ.update(before)
    return where


class Session:
    """A paper book, bar by bar."""

    def __init__(self, desk: Desk, journal: Journal) -> None:
        self.desk, self.journal = desk, journal
        self.book = configured_book(desk).name
        newest = max(int(desk.bars.read(one).ts[-1]) for one in desk.universe())
        self.now = newest + (2 - LEFT_OUT - BARS) * HOUR

    def trade(self) -> Cycle:
        self.now += HOUR
        at = self.desk.at(self.now)
        return run_cycle(at, self.journal, build_paper_broker(at, self.journal), no_checkpoint)

    def entries(self) -> list[str]:
        return [one.cid for one in OrderLog(self.journal.engine).live_orders() if one.role.opens]

    def states(self) -> Counter[OrderState]:
        return Counter(one.state for one in OrderLog(self.journal.engine).orders_of_book(self.book))

    def withdraw(self) -> list[str]:
        desk = emergency_desk(self.desk, self.journal)
        with at_work(desk, build_writing(self.desk.loaded.settings.execution, self.journal)) as orders:
            found = withdraw_entries(orders)
            assert found.is_done
            assert not withdraw_entries(orders).cancelled
        return [one.cid for one in found.cancelled]

    def release(self) -> None:
        RiskLog(self.journal.engine).release(RiskEvent(self.book, self.now, RiskKind.RELEASE, "ann", "seen"))

    def until_an_entry_waits(self) -> None:
        for _ in range(BARS):
            self.trade()
            if self.entries():
                return
        raise AssertionError("no entry was placed")


@pytest.fixture
def session(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    for name, value in (STORMY | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return Session(build_desk(), open_journal(tmp_path / "journal.sqlite"))


@pytest.mark.parametrize("by_cycle", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_what_is_taken_back_is_not_filled_and_the_replay_knows_of_it(session: Session, by_cycle: bool) -> None:
    session.until_an_entry_waits()
    waiting = session.entries()
    session.journal.set_stop("drill", session.now, who="ann")
    if not by_cycle:
        assert sorted(session.withdraw()) == sorted(waiting)
    stopped = [session.trade() for _ in range(3)]
    assert session.entries() == []
    assert session.states()[OrderState.CANCELED] == len(waiting)
    assert not {one.cid for cycle in stopped for one in cycle.fills} & {one.removesuffix("-1") for one in waiting}
    session.release()
    session.until_an_entry_waits()
    session.trade()
    parity = hold_against_backtest(session.desk, session.journal)
    assert parity.first_difference is None
    assert parity.outside["order_taken_back"] == len(waiting)


@pytest.mark.slow
def test_what_the_bars_have_filled_cannot_be_taken_back(session: Session) -> None:
    """The order learns of it with the next cycle; whoever takes back in between asks first."""
    late: set[str] = set()
    for _ in range(BARS):
        session.trade()
        filled = {one["cid"] for one in session.journal.tables()["orders"] if one["status"] == "filled"}
        late = {one.removesuffix("-1") for one in session.entries()} & filled
        if late:
            break
    assert late
    session.journal.set_stop("drill", session.now)
    session.withdraw()
    session.trade()
    orders = OrderLog(session.journal.engine).orders_of_book(session.book)
    assert {one.state for one in orders if one.parent in late} == {OrderState.FILLED}
    assert hold_against_backtest(session.desk, session.journal).equal


def test_a_flag_that_sells_is_acted_on_by_the_next_decision_once(session: Session) -> None:
    session.until_an_entry_waits()
    session.trade()
    session.trade()
    last = session.journal.last_decision(session.book)
    assert last is not None
    assert [one for some in last.state_after.positions.values() for one in some.values() if one[0]]
    session.journal.set_stop("out", session.now, Level.FLATTEN, "the guardian")
    cycles = [session.trade() for _ in range(4)]
    assert [one.level for one in cycles[0].stops if not one.system] == [Level.FLATTEN]
    assert not [
        one for cycle in cycles for one in cycle.decision.intents if one.reason.name.startswith(("ENTER", "ADD"))
    ]
    assert not any(one[0] for some in cycles[-1].decision.state_after.positions.values() for one in some.values())
    consumed = RiskLog(session.journal.engine).consumed_events(session.book)
    assert [(one.level, one.who) for some in consumed.values() for one in some] == [(Level.FLATTEN, "the guardian")]
    session.release()
    assert session.trade().stops == ()
    assert hold_against_backtest(session.desk, session.journal).equal


@pytest.mark.slow
def test_what_the_gate_refused_is_in_the_replay_as_well(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_EXECUTION__GATE__DAY_TURNOVER", "0.0001")
    session.desk = build_desk()
    for _ in range(30):
        session.trade()
    refused = session.states()[OrderState.REJECTED]
    assert refused >= 4
    parity = hold_against_backtest(session.desk, session.journal)
    assert parity.first_difference is None
    assert parity.outside["order_taken_back"] >= 3
