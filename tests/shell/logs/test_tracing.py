"""One id finds all lines of a cycle, from its run to its orders, whichever thread wrote them; logging stops none."""

import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import Fault
from logged import lines_of, logging_into
from order_desks import bench, order
from session_runs import Market, play
from stormy import STORMY, settle_in_storms
from synthetic import START, SYMBOLS, swinging_bars

from models.types import Refused, Series
from models.types.timeframes import HOUR
from tasks.adapters.clocks import VirtualClock
from tasks.adapters.logs import setting_up
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.ordering.submitting import submit

pytestmark = pytest.mark.monitoring
COUNT, BARS = 3000, 60


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, before = tmp_path_factory.mktemp("template"), dict(os.environ)
    settle_in_storms(home, COUNT)
    os.environ.clear()
    os.environ.update(before)
    return home


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(template, tmp_path / "home")
    for name, value in (STORMY | {"KEEL_HOME": str(home), setting_up.RUN: "the-run"}).items():
        monkeypatch.setenv(name, value)
    return build_desk()


def trade(desk: Desk, bars: int = BARS) -> None:
    journal = build_journal(desk)
    for k in range(bars):
        at = desk.at(START + (COUNT - bars + k + 1) * HOUR)
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)


def test_the_lines_of_a_cycle_lead_from_the_run_to_the_order_and_its_fill(desk):
    with logging_into(desk.home) as folder:
        trade(desk)
        journal = build_journal(desk)
        every = lines_of(folder)
        assert {one["run"] for one in every} == {"the-run"}
        (book,) = journal.books()
        decided = next(one for one in journal.decisions_of(book) if one.intents)
        sent = decided.cid(decided.intents[0])
        (of_decision,) = [one for one in every if one["event"] == "decision" and one["decision"] == decided.id]
        cycle = lines_of(folder, cycle=of_decision["cycle"])
        events = [one["event"] for one in cycle]
        assert events[0] == "cycle begun"
        assert events[-1] == "fill" or events[-1] == "cycle ended"
        assert {"decision", "order submitted", "order acknowledged", "cycle ended"} <= set(events)
        assert next(one for one in cycle if one["event"] == "cycle ended")["outcome"] == "decided"
        of_order = lines_of(folder, order=sent)
        assert {one["event"] for one in of_order} >= {"order submitted", "order acknowledged", "fill"}
        first = [one for one in of_order if one["event"] == "order submitted"]
        assert {one["cycle"] for one in first} == {of_decision["cycle"]}
        assert len({one["cycle"] for one in every}) == BARS


def test_a_cycle_that_refuses_says_so(desk):
    with logging_into(desk.home) as folder:
        trade(desk, 3)
        at = desk.at(START + (COUNT - 10) * HOUR)
        journal = build_journal(desk)
        with pytest.raises(Refused):
            run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
        last = lines_of(folder)[-1]
    assert (last["event"], last["outcome"]) == ("cycle failed", "Refused")
    assert "cannot go back" in last["why"]


@pytest.mark.parametrize("spoil", ["/dev/full", None])
def test_a_log_that_cannot_be_written_stops_no_cycle_and_changes_no_decision(spoil, desk, template, tmp_path):
    bare = shutil.copytree(template, tmp_path / "bare")
    path = setting_up.path_of(desk.home, "cli")
    path.parent.mkdir(parents=True)
    if spoil is None:
        path.mkdir()
    else:
        path.symlink_to(spoil)
    with logging_into(desk.home):
        trade(desk, 20)
    os.environ["KEEL_HOME"] = str(bare)
    other = build_desk()
    trade(other, 20)
    assert made(desk) == made(other)


def made(desk: Desk) -> list[object]:
    return [
        (one.id, one.intents, one.state_after) for one in journal_of(desk).decisions_of(journal_of(desk).books()[0])
    ]


def journal_of(desk: Desk):
    return build_journal(desk)


def test_the_threads_of_a_session_write_with_the_id_of_their_cycle(desk):
    first = START + (COUNT - 8) * HOUR
    bars = {Series("binance", one, "1h"): swinging_bars(k + 1, COUNT) for k, one in enumerate(SYMBOLS)}
    with logging_into(desk.home) as folder:
        play(desk, VirtualClock(first), Market(bars), 4 * HOUR)
        lines = lines_of(folder)
    begun = [one["cycle"] for one in lines if one["event"] == "cycle begun"]
    assert len(begun) == len(set(begun)) >= 3
    assert all("cycle" in one for one in lines if one["event"].startswith(("order ", "decision", "fill")))


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([], ["order submitted", "order heard", "order acknowledged"]),
        ([Fault.REJECT], ["order submitted", "order rejected"]),
        ([Fault.NOT_SENT], ["order submitted", "order not sent"]),
        ([Fault.DROPPED], ["order submitted", "order in doubt", "order lost"]),
    ],
)
def test_what_became_of_an_order_is_a_line(faults, said, tmp_path):
    on = bench(tmp_path)
    if faults:
        on.venue.fail("submit", *faults)
    with logging_into(tmp_path) as folder:
        found = submit(on.desk, order(), on.venue.quote("BTC/USDT"))
        assert [one["event"] for one in lines_of(folder, order=found.cid)] == said
        assert [one["event"] for one in lines_of(folder, order=found.parent)] == said


def test_an_order_of_which_nothing_is_known_and_one_that_the_gate_refuses_are_lines(tmp_path):
    on = bench(tmp_path)
    on.venue.fail("submit", Fault.REPLY_LOST)
    on.venue.fail("find", *[Fault.UNSAID] * 40)
    with logging_into(tmp_path) as folder:
        submit(on.desk, order(), on.venue.quote("BTC/USDT"))
        submit(on.desk, order(cid="other-1", parent="other", quantity=Decimal(1)), on.venue.quote("BTC/USDT"))
        events = [one["event"] for one in lines_of(folder)]
    assert "order unknown" in events
    assert events[-1] == "order refused by the last gate"
