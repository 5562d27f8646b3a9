"""Paper orders go through the same desk: gate, journal, states, one writer."""

import os
from collections import Counter
from pathlib import Path

import pytest
from stormy import STORMY, settle_in_storms

from data.journal import Journal, OrderLog, open_journal
from models.types.timeframes import HOUR
from models.types.wire import OrderState
from tasks.bootstrap import build_desk, build_paper_broker
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.parity import hold_against_backtest

BARS, LEFT_OUT = 30, 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    before, where = dict(os.environ), tmp_path_factory.mktemp("home")
    settle_in_storms(where)
    os.environ.clear()
    os.environ.update(before)
    return where


def traded(home: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch, **more: str):
    """So many bars on paper; the desk and every wire order."""
    for name, value in (STORMY | more | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    desk = build_desk()
    newest = max(int(desk.bars.read(one).ts[-1]) for one in desk.universe()) + (1 - LEFT_OUT) * HOUR
    for moment in range(newest - (BARS - 1) * HOUR, newest + 1, HOUR):
        at = desk.at(moment)
        run_cycle(at, journal, build_paper_broker(at, journal), lambda _: None)
    return desk, OrderLog(journal.engine).orders_of_book(configured_book(desk).name)


def test_every_intent_is_one_order_whose_state_follows_the_bars(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path / "journal.sqlite")
    desk, orders = traded(home, journal, monkeypatch)
    rows = journal.tables()
    assert sorted(one.parent for one in orders) == sorted(row["cid"] for row in rows["orders"])
    assert len(orders) >= 8
    states = {one.parent: one.state for one in orders}
    last = rows["decisions"][-1]["id"]
    expected = {"open": OrderState.OPEN, "filled": OrderState.FILLED, "expired": OrderState.EXPIRED}
    for row in rows["orders"]:
        if not row["cid"].startswith(last):
            told = journal.came_of(row["cid"])
            wanted = expected[row["status"]]
            partly = told.status == "filled" and states[row["cid"]] is OrderState.OPEN
            assert states[row["cid"]] is wanted or partly, row
    OrderLog(journal.engine).verify_chain()
    assert hold_against_backtest(desk, journal).equal


def test_what_the_gate_refuses_is_over_and_leaves_no_position(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path / "journal.sqlite")
    _, orders = traded(home, journal, monkeypatch, KEEL_EXECUTION__GATE__DAY_TURNOVER="0.0001")
    assert Counter(one.state for one in orders) == {OrderState.REJECTED: len(orders)}
    assert len(orders) >= 4
    assert all(one.why.startswith("gate: order_value") for one in orders)
    assert not journal.tables()["fills"]
    # A refused entry does not wait for ever: the book wants it again, under another id.
    assert len({(one.system, one.symbol) for one in orders}) < len(orders)
    assert [row["key"] for row in journal.tables()["alerts_outbox"] if row["key"].startswith("order refused")]
