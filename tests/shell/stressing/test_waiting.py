"""What waits in the journal counts: deposits and withdrawals, stops and releases that the next decision will act on."""

from pathlib import Path

import pytest
from risk_sessions import calm_desk, event
from stress_runs import FALL, GAP, one_row, run

from data.journal import Journal, RiskKind, RiskLog
from models.types import Level
from tasks.bootstrap import build_journal
from tasks.session.desk import Desk
from tasks.session.stressing.report import HELD

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]
PROFILE = "aggressive"


@pytest.fixture(autouse=True)
def few_paths(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recovery times are not what this is about."""
    monkeypatch.setenv("KEEL_STRESS__RECOVERY_PATHS", "20")


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return calm_desk(tmp_path_factory, tmp_path, monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


def test_a_withdrawal_that_waits_makes_the_same_positions_a_larger_part(desk, journal, tmp_path):
    before = run(desk, journal, tmp_path, {"gap": GAP})
    out = 0.5 * before.equity
    RiskLog(journal.engine).record_event(event(desk, RiskKind.FLOW, amount=-out))
    after = run(desk, journal, tmp_path, {"gap": GAP})
    assert after.equity == pytest.approx(before.equity - out)
    assert after.holdings == before.holdings
    rows = [one_row(one, HELD, PROFILE, "gap") for one in (before, after)]
    assert rows[1].exposure == pytest.approx(2.0 * rows[0].exposure)
    assert rows[1].loss > 1.5 * rows[0].loss
    assert rows[1].drawdown < rows[1].loss + 0.03, "a withdrawal is no loss"


def test_a_stop_that_waits_holds_from_the_first_bar_on(desk, journal, tmp_path):
    free = one_row(run(desk, journal, tmp_path, {"fall": FALL}), HELD, PROFILE, "fall")
    assert RiskLog(journal.engine).force(event(desk, RiskKind.FORCED, Level.FLATTEN))
    stopped = one_row(run(desk, journal, tmp_path, {"fall": FALL}), HELD, PROFILE, "fall")
    assert stopped.left < 0.5 * free.left
    assert stopped.loss < free.loss


def test_an_account_in_debt_is_not_stressed_and_says_what_it_is_worth(desk, journal, tmp_path):
    worth = run(desk, journal, tmp_path, {"gap": GAP}).equity
    RiskLog(journal.engine).record_event(event(desk, RiskKind.FLOW, amount=-worth - 500.0))
    report = run(desk, journal, tmp_path, {"gap": GAP})
    assert report.equity == pytest.approx(-500.0)
    assert report.why_not_held == "the account is worth -500.00: there is nothing that a scenario could take"
    assert (report.holdings, report.proposal) == ((), None)
    assert {one.book for one in report.rows} == {"full"}
