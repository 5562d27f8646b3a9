"""The review of a book that traded by real cycles adds up with what the journal says of its money."""

import json
import os
from pathlib import Path

import pytest
from stormy import settle_in_storms
from synthetic import START

from data.journal import Journal
from models.portfolio import Account
from models.types import BadInput, Leg
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint, scratch_journal
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.review import Review, review, review_settled, run_reviewed
from tasks.session.review import settled as module

pytestmark = pytest.mark.risk

COUNT, BARS = 3000, 120


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Journal, Review]:
    home, before = tmp_path_factory.mktemp("reviewed"), dict(os.environ)
    desk = settle_in_storms(Path(home), COUNT)
    journal = build_journal(desk)
    for k in range(BARS):
        at = desk.at(START + (COUNT - BARS + k + 1) * HOUR)
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
    found = review(desk, journal)
    os.environ.clear()
    os.environ.update(before)
    return desk, journal, found


def test_it_traded(session: tuple[Desk, Journal, Review]) -> None:
    found = session[2]
    assert len(found.trades) > 5
    assert {one.fill.leg for one in found.fills} >= {Leg.ENTRY}


def test_systems_are_worth_what_they_made(session: tuple[Desk, Journal, Review]) -> None:
    _, journal, found = session
    (book,) = {row["book"] for row in journal.tables()["decisions"]}
    last = journal.last_decision(book)
    assert last is not None
    for one in found.systems:
        account = Account(*last.state_after.accounts[one.name])
        assert one.capital + one.profit == pytest.approx(account.equity, abs=1e-6)
        realised = sum(trade.trade.profit for trade in found.trades if trade.trade.system == one.name)
        assert realised == pytest.approx(one.realised, abs=1e-6)
        assert 0.0 <= one.max_drawdown < 1.0


def test_parts_make_the_whole(session: tuple[Desk, Journal, Review]) -> None:
    found = session[2]
    for rows in found.attribution.values():
        assert sum(one.profit for one in rows) == pytest.approx(found.realised, abs=1e-9)
    for one in found.trades:
        assert one.fees >= -1e-9
        assert one.slippage >= -1e-6
        assert one.hours >= 0.0


def test_executions_of_the_paper_broker_are_sound(session: tuple[Desk, Journal, Review]) -> None:
    assert session[2].doubtful == ()


def test_alerts_are_raised_once(session: tuple[Desk, Journal, Review]) -> None:
    desk, journal, found = session
    before = journal.tables()["alerts_outbox"]
    assert sum(row["key"].startswith("large loss") for row in before) == len(found.large_losses)
    for key in found.large_losses:
        assert any(row["key"].endswith(key) for row in before)
    assert review(desk, journal).large_losses == found.large_losses
    assert journal.tables()["alerts_outbox"] == before


def test_it_is_json(session: tuple[Desk, Journal, Review]) -> None:
    json.dumps(session[2].as_json(), allow_nan=False)


def test_a_cycle_that_settled_fills_is_reviewed_after_its_orders_are_out(
    session: tuple[Desk, Journal, Review], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, reached, seen = session[0], list[str](), list[list[str]]()
    real = module.review
    monkeypatch.setattr(module, "review", lambda *given: (seen.append(list(reached)), real(*given)))
    with scratch_journal(desk.home / "nowhere") as journal:
        cycles = []
        for k in range(60):
            at = desk.at(START + (COUNT - BARS + k + 1) * HOUR)
            reached.clear()
            before = len(seen)
            cycles.append(run_reviewed(at, journal, build_broker(at, journal), reached.append))
            assert len(seen) - before == bool(cycles[-1].fills)
            if cycles[-1].fills and cycles[-1].decision.intents:
                assert seen[-1][-1] == "placed"
        assert 0 < len(seen) < 60
        told = [row["key"] for row in journal.tables()["alerts_outbox"] if row["key"].startswith("large loss")]
        expected = real(desk, journal).large_losses
        assert len(told) == len(expected)


def test_a_book_that_cannot_be_reviewed_is_an_alert_and_the_cycle_stands(
    session: tuple[Desk, Journal, Review], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, whole, found = session

    def fails(*_: object) -> None:
        raise BadInput("an entry is missing")

    monkeypatch.setattr(module, "review", fails)
    review_settled(desk, whole, ())
    assert not [row for row in whole.tables()["alerts_outbox"] if row["key"].startswith("review")]
    for _ in range(2):
        review_settled(desk, whole, found.fills)
    (alert,) = [row for row in whole.tables()["alerts_outbox"] if row["key"].startswith("review")]
    assert alert["severity"] == "error"
    assert alert["text"] == "fills were not reviewed: an entry is missing"
