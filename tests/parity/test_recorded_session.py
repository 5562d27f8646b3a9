"""A recorded paper session replays exactly, with everything that came to it from outside."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lake_runs import lake_run
from lakes import merge
from stormy import STORMY, settle_in_storms, stormy_bars
from synthetic import START, SYMBOLS

from data.journal import Change, FeedEvent, FeedLog, Journal, open_journal
from data.journal.tables import decisions
from models.types import BadInput, Bars, Reason, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, journal_place, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.parity import Parity, hold_against_backtest

COUNT = 3000
BARS = 160
FIRST = START + (COUNT - BARS) * HOUR
MISSED = (30, 31, 71, 82, 125)
STOPPED = range(40, 66)
APART = range(85, 111)
BBB = Series("binance", SYMBOLS[1], "1h")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose book traded for some days, not undisturbed."""
    home = tmp_path_factory.mktemp("recorded")
    before = dict(os.environ)
    desk = settle_in_storms(home, COUNT)
    late = int(np.flatnonzero(np.arange(COUNT) % 90 == 0)[-1]) - (COUNT - BARS)  # a bar that BBB lacks
    journal = build_journal(desk)
    for k in range(BARS):
        if k == 60:  # the machine starts anew
            desk, journal = build_desk(), open_journal(journal_place(home))
        _from_outside(desk, journal, k)
        if k not in MISSED:
            at = desk.at(FIRST + (k + 1) * HOUR)
            run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
        if k == late:
            merge(desk.bars, BBB, _bar_of(COUNT - BARS + k))
    os.environ.clear()
    os.environ.update(before)
    return home


def _from_outside(desk: Desk, journal: Journal, k: int) -> None:
    log = FeedLog(journal.engine)
    if k == STOPPED.start:
        journal.set_stop("drill", k)
    if k == STOPPED.stop:
        with journal.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM control")
        journal_place(desk.home).file.with_name("STOP").unlink()
    if k == APART.start:
        log.record(FeedEvent(k, BBB, "binance", None, Change.BLOCKED, "apart"))
    if k == APART.stop:
        log.record(FeedEvent(k, BBB, "binance", "kraken", Change.CLEARED, "at one again"))


def _bar_of(row: int) -> Bars:
    return stormy_bars(2, COUNT).rows(slice(row, row + 1))


@pytest.fixture
def desk(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(recorded, tmp_path / "home")
    for name, value in (STORMY | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return build_desk()


def _alter(desk: Desk, statement: str) -> Parity:
    journal = build_journal(desk)
    with journal.engine.begin() as connection:
        for one in statement.split("; "):
            assert connection.exec_driver_sql(one).rowcount > 0, "nothing was altered"
    return hold_against_backtest(desk, journal)


def test_the_session_replays_to_the_bit(desk: Desk) -> None:
    journal = build_journal(desk)
    parity = hold_against_backtest(desk, journal)
    assert parity.first_difference is None
    assert parity.equal
    assert parity.paper_sha256 == parity.backtest_sha256
    assert (parity.bars, parity.missed) == (BARS - len(MISSED), len(MISSED))
    assert parity.outside.keys() == {"refused_stopped", "refused_data", "refused_no_bar"}
    assert parity.outside["refused_no_bar"] == 1
    assert len(STOPPED) < parity.outside["refused_stopped"] <= 3 * len(STOPPED)
    assert parity.outside["refused_data"] == len(APART)
    assert parity.orders >= 10
    assert parity.fills >= 15
    assert parity.switches >= 12
    assert json.loads(json.dumps(parity.as_json()))["first_difference"] is None


def test_what_came_from_outside_mattered(desk: Desk) -> None:
    """A backtest that knows of none of it decides something else: each event made a difference at some bar."""
    journal = build_journal(desk)
    made = journal.decisions_of(journal.tables()["decisions"][0]["book"])
    run = lake_run(desk, made[0].bar, made[-1].bar)
    rows = configured_book(desk).rows
    reasons = {
        int(ts): dict(zip(rows, map(Reason, row.tolist()), strict=True))
        for ts, row in zip(run.panel.ts, run.reasons, strict=True)
    }
    for reason in (Reason.REFUSED_STOPPED, Reason.REFUSED_DATA, Reason.REFUSED_NO_BAR):
        refused = [
            (decision.bar, (one.system, one.symbol))
            for decision in made
            for one in decision.refused
            if one.reason is reason
        ]
        assert any(reasons[bar][row] is not reason for bar, row in refused), reason
    entered = {int(ts) for ts in run.panel.ts if Reason.ENTER_EDGE in reasons[int(ts)].values()}
    assert entered & {FIRST + k * HOUR for k in MISSED}
    assert entered & {FIRST + k * HOUR for k in STOPPED}


# A decision that ordered and switched nothing.
EVENTLESS = (
    "SELECT id FROM decisions WHERE id NOT IN (SELECT decision_id FROM intents) AND id NOT IN (SELECT decision_id FROM "
    "switches) ORDER BY bar LIMIT 1 OFFSET 9"
)
ALTERATIONS = {
    "UPDATE intents SET quantity = '99.5' WHERE cid = (SELECT max(cid) FROM intents)": "intent",
    "UPDATE intents SET stop_price = '1.25' WHERE cid = "
    "(SELECT cid FROM intents WHERE reason = 'ENTER_EDGE' LIMIT 1)": "intent",
    "UPDATE fills SET price = '99.5' WHERE id = (SELECT max(id) FROM fills)": "fill",
    "UPDATE fills SET realised = '-0.0' WHERE id = (SELECT id FROM fills WHERE realised = '0.0' LIMIT 1)": "fill",
    "UPDATE fills SET leg = 'STOP' WHERE id = (SELECT id FROM fills WHERE leg = 'TARGET' LIMIT 1)": "fill",
    "UPDATE fills SET slip = '0.125' WHERE id = 3": "fill",
    "DELETE FROM fills WHERE id = 5": "fill",
    "DELETE FROM fills WHERE id = (SELECT max(id) FROM fills)": "fill",
    "INSERT INTO fills (cid, broker, trade_id, symbol, filled_at, quantity, price, fee, leg, system, specialist, "
    "regime, model, realised, slip) SELECT cid, broker, trade_id || '-again', symbol, filled_at, quantity, price, fee, "
    "leg, system, specialist, regime, model, realised, slip FROM fills WHERE id = 7": "fill",
    "UPDATE switches SET cause = 'RECOVERED' WHERE cause = 'REGIME' AND rowid = (SELECT max(rowid) FROM switches WHERE "
    "cause = 'REGIME')": "switch",
    "UPDATE switches SET after = NULL WHERE rowid = (SELECT max(rowid) FROM switches)": "switch",
    "DELETE FROM switches WHERE rowid = (SELECT max(rowid) FROM switches)": "switch",
    "UPDATE intents SET system = 'long' WHERE system = 'swing' AND cid = (SELECT max(cid) FROM intents WHERE system = "
    "'swing')": "reason",
    "UPDATE intents SET specialist = 'nobody' WHERE cid = (SELECT max(cid) FROM intents)": "intent",
    "UPDATE fills SET system = 'nobody' WHERE id = (SELECT max(id) FROM fills)": "fill",
    f"DELETE FROM decision_seals WHERE decision_id = ({EVENTLESS}); "  # noqa: S608
    f"DELETE FROM routes WHERE decision_id = ({EVENTLESS}); "
    f"DELETE FROM decisions WHERE id = ({EVENTLESS})": " before",
}


@pytest.mark.parametrize(("statement", "what"), ALTERATIONS.items())
def test_whatever_is_altered_is_found(desk: Desk, statement: str, what: str) -> None:
    found = _alter(desk, statement).first_difference
    assert found is not None
    assert what in found.what
    assert found.paper != found.backtest


def test_the_first_difference_says_where_and_has_both_sides(desk: Desk) -> None:
    journal = build_journal(desk)
    book = journal.tables()["decisions"][0]["book"]
    third = [one for one in journal.decisions_of(book) if one.intents][2]
    intent = third.intents[0]
    later = next(one for one in journal.fills_of(book) if one.fill.ts > third.bar)
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE fills SET fee = '9.5' WHERE cid = ?", (later.cid,))
        connection.exec_driver_sql("UPDATE intents SET quantity = '0.5' WHERE cid = ?", (third.cid(intent),))
    parity = hold_against_backtest(desk, journal)
    assert not parity.equal
    found = parity.as_json()["first_difference"]
    assert found == {
        "bar": str(np.datetime64(third.bar, "us").astype("datetime64[s]")) + "Z",
        "system": intent.system,
        "symbol": intent.symbol,
        "what": "intent",
        "paper": "quantity 0.5",
        "backtest": f"quantity {intent.quantity!r}",
    }
    assert str(parity.first_difference).count(": ") >= 2


@pytest.mark.parametrize(
    ("key", "change", "what"),
    [
        ("gate", lambda gate: 0 if gate == int(Reason.REFUSED_STOPPED) else gate, "reason"),
        ("gate", lambda gate: 0 if gate == int(Reason.REFUSED_DATA) else gate, "reason"),
        ("edge", lambda edge: None if edge is None else np.nextafter(edge, 1e9), "input edge"),
        ("close", lambda close: None if close is None else close * 2, "input close"),
    ],
)
def test_inputs_that_are_not_those_of_the_lake_are_found(
    desk: Desk, key: str, change: Callable[[Any], Any], what: str
) -> None:
    journal = build_journal(desk)
    with journal.engine.begin() as connection:
        for row in connection.exec_driver_sql("SELECT id, inputs FROM decisions ORDER BY bar").all():
            inputs = json.loads(row.inputs)
            for figures in inputs.values():
                figures[key] = change(figures[key])
            connection.exec_driver_sql("UPDATE decisions SET inputs = ? WHERE id = ?", (json.dumps(inputs), row.id))
    found = hold_against_backtest(desk, journal).first_difference
    assert found is not None
    assert found.what == what


PLACES = {
    "accounts": (("long", 3), ("long", "", "day")),
    "positions": (("long", SYMBOLS[1], 3), ("long", SYMBOLS[1], "last")),
    "records": (("swing", "trending", 2), ("swing", "", "record 2 of trending")),
}


@pytest.mark.parametrize(("column", "when"), [("state_after", "after"), ("state_before", "before")])
@pytest.mark.parametrize("part", PLACES)
def test_a_state_that_was_altered_is_found(desk: Desk, column: str, when: str, part: str) -> None:
    journal = build_journal(desk)
    last = journal.tables()["decisions"][-1]
    state = json.loads(last[column])
    path, (system, symbol, name) = PLACES[part]
    rows = state[part]
    for key in path[:-1]:
        rows = rows[key]
    rows[path[-1]] += 1e-3
    with journal.engine.begin() as connection:
        connection.execute(decisions.update().where(decisions.c.id == last["id"]).values({column: json.dumps(state)}))
    found = hold_against_backtest(desk, journal).first_difference
    assert found is not None
    assert (found.system, found.symbol, found.what) == (system, symbol, f"{name} {when}")


def test_a_new_model_does_not_speak_for_what_the_old_one_decided(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from synthetic import current_versions, train_routed

    monkeypatch.setenv("KEEL_MODEL__XGBOOST__ROUNDS", "5")
    now = build_desk()
    old = {current_versions(desk, one) for one in desk.universe()}
    for series in now.universe():
        train_routed(now, series)
    assert old.isdisjoint({current_versions(now, one) for one in now.universe()})
    parity = hold_against_backtest(now, build_journal(now))
    assert parity.equal, parity.first_difference
    assert (parity.settings, parity.other_settings) == (1, ())


def test_a_book_that_decided_nothing_cannot_be_held_against_anything(desk: Desk, tmp_path: Path) -> None:
    empty = open_journal(tmp_path / "empty.sqlite")
    with pytest.raises(BadInput, match="keel trade --once"):
        hold_against_backtest(replace(desk, home=tmp_path), empty)
