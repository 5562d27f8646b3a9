"""The report of a campaign: every figure by its definition, and none where there is too little to say it."""

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from later_home import COUNT, settle_with_later
from session_runs import Market, play
from synthetic import SETTINGS, START, SYMBOLS, swinging_bars
from typer.testing import CliRunner

from data.journal import Holder, SessionLog
from flows.cli import app
from models.portfolio import Account
from models.types import BadInput, Refused, Series, Unavailable
from models.types.timeframes import DAY, HOUR, MINUTE
from tasks.adapters.clocks import VirtualClock
from tasks.adapters.holder import this_process
from tasks.bootstrap import build_desk, build_journal, build_writing
from tasks.session.book import configured_book
from tasks.session.release import digest_of, release_id
from tasks.session.running.asking import micros_of
from tasks.session.running.campaign import open_campaign
from tasks.session.running.figures import Curve, daily, latency_of, sharpe_of
from tasks.session.running.publishing import publish
from tasks.session.running.report import report_of

FIRST = START + COUNT * HOUR
BOTH = tuple(Series("binance", one, "1h") for one in SYMBOLS)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose campaign was interrupted once, and lacked a bar."""
    home = settle_with_later(tmp_path_factory.mktemp("report") / "home", 0)
    with pytest.MonkeyPatch.context() as patch:
        for name, text in {**SETTINGS, "KEEL_HOME": str(home)}.items():
            patch.setenv(name, text)
        bars = {one: swinging_bars(k + 1, COUNT + 20) for k, one in enumerate(BOTH)}
        market, clock = Market(bars, {FIRST + 4 * HOUR: None}), VirtualClock(FIRST + MINUTE)
        play(build_desk(), clock, market, 14 * HOUR, watch=lambda step, ended: step.bar == FIRST and ended.set())
        play(build_desk(), clock, market, None)
    return home


@pytest.fixture
def home(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = shutil.copytree(played, tmp_path / "home")
    for name, text in {**SETTINGS, "KEEL_HOME": str(home)}.items():
        monkeypatch.setenv(name, text)
    return home


def test_it_says_what_became_of_every_bar_and_no_figure_that_rests_on_nothing(home: Path) -> None:
    desk = build_desk()
    journal = build_journal(desk)
    found = report_of(desk, journal)
    said = found.as_json()
    assert said["bars"] == {"decided": 14, "skipped": 1, "failed": 0}
    assert said["skipped"] == {"no answer": 1}
    assert (found.restarts, found.crashes) == (1, 0)
    assert said["releases"] == [release_id()]
    assert found.days == pytest.approx(14 / 24, abs=0.01)
    decided = journal.decisions_of(configured_book(desk).name)
    first, last = decided[0].state_before, decided[-1].state_after
    before, after = (math.fsum(Account(*row).equity for row in one.accounts.values()) for one in (first, last))
    assert found.profit == pytest.approx(after - before, abs=1e-6)
    assert found.costs["fees"] == pytest.approx(
        math.fsum(one.fill.fee for one in journal.fills_of(configured_book(desk).name))
    )
    assert found.costs["fees"] > 0.0
    missing = said["missing"]
    assert isinstance(missing, dict)
    assert said["sharpe"] is None
    assert "daily returns" in missing["sharpe"]
    assert said["latency_p99"] is None
    assert said["latency_median"] is not None
    assert said["parity"]["equal"] is True  # type: ignore[index]
    assert json.loads(json.dumps(said)) == said


def test_what_the_first_decision_settled_is_in_no_figure(home: Path) -> None:
    """Days without a session, in which the position of the campaign before has moved."""
    desk = build_desk()
    bars = {one: swinging_bars(k + 1, COUNT + 60) for k, one in enumerate(BOTH)}
    play(desk, VirtualClock(FIRST + 40 * HOUR), Market(bars), 3 * HOUR)
    journal = build_journal(desk)
    found = report_of(desk, journal)
    mine = [one for one in journal.decisions_of(configured_book(desk).name) if one.decided_at >= found.began_at]
    worths = [math.fsum(Account(*row).equity for row in one.state_after.accounts.values()) for one in mine]
    before = math.fsum(Account(*row).equity for row in mine[0].state_before.accounts.values())
    assert abs(before - worths[0]) > 1.0
    assert found.profit == pytest.approx(worths[-1] - worths[0], abs=1e-6)
    deepest = max(1.0 - low / max(worths[: k + 1]) for k, low in enumerate(worths))
    assert found.figures["max_drawdown"].value == pytest.approx(deepest, abs=1e-9)


def test_the_command_shows_and_keeps_it(home: Path) -> None:
    done = CliRunner().invoke(app, ["session", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["bars"]["decided"] == 14
    page = Path(said["page"])
    assert "equals the backtest | yes" in page.read_text()
    assert page.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"
    assert json.loads(page.with_suffix(".json").read_text())["bars"] == said["bars"]
    shown = CliRunner().invoke(app, ["session"])
    assert shown.exit_code == 0
    assert "no answer" in shown.stdout


def test_a_tracker_that_is_down_takes_nothing_away(home: Path) -> None:
    class Down:
        def log_page(self, *_: object) -> str:
            raise Unavailable("MLflow does not answer")

    told: list[str] = []
    desk = build_desk()
    pages = publish(desk, Down(), report_of(desk, build_journal(desk)), told.append)  # type: ignore[arg-type]
    assert pages.path.exists()
    assert "MLflow does not answer" in told[0]


def test_a_book_without_a_session_is_told_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_TRADING__SYMBOLS", f"[{SYMBOLS[0]}]")
    desk = build_desk()
    with pytest.raises(BadInput, match="keel trade --session"):
        report_of(desk, build_journal(desk))


def test_a_crash_is_on_record_and_its_campaign_goes_on_whoever_runs_it(home: Path) -> None:
    desk = build_desk()
    journal = build_journal(desk)
    writing, book = build_writing(desk.loaded.settings.execution, journal), configured_book(desk).name
    gone = replace(writing, holder=Holder("here", "boot", 1, 1))
    now = FIRST + 30 * DAY
    crashed = open_campaign(journal, gone, book, "paper", 10_000, DAY, now)  # type: ignore[arg-type]
    assert crashed.before == ()
    alive = replace(writing, is_dead=lambda _: False)
    with pytest.raises(Refused, match="runs already"):
        open_campaign(journal, alive, book, "paper", 10_000, None, now + HOUR)  # type: ignore[arg-type]
    dead = replace(writing, is_dead=lambda _: True)
    again = open_campaign(journal, dead, book, "paper", 10_000, 9 * DAY, now + HOUR)  # type: ignore[arg-type]
    assert again.has_crashed
    assert (again.name, again.until) == (crashed.name, now + DAY)
    over = open_campaign(journal, dead, book, "paper", 10_000, DAY, now + 2 * DAY)  # type: ignore[arg-type]
    assert over.before == ()
    assert over.name != crashed.name
    runs = SessionLog(journal.engine).runs(book)
    assert [one.ended_at for one in runs[-3:]] == [None] * 3
    assert runs[-1].holder == this_process()


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        (["trade"], "--once or keel trade --session"),
        (["trade", "--once", "--session"], "--once or keel trade --session"),
        (["trade", "--once", "--capital", "5"], "a session's"),
        (["trade", "--session", "--dry-run"], "leave --dry-run"),
        (["trade", "--session", "--duration", "30"], "30d"),
        (["trade", "--session", "--duration", "0d"], "30d"),
    ],
)
def test_what_cannot_be_asked_together_is_told(home: Path, asked: list[str], wrong: str) -> None:
    done = CliRunner().invoke(app, asked)
    assert isinstance(done.exception, BadInput)
    assert wrong in str(done.exception)


def test_durations() -> None:
    assert (micros_of("30d"), micros_of("12h"), micros_of("90m")) == (30 * DAY, 12 * HOUR, 90 * MINUTE)
    assert micros_of(None) is None


def test_sharpe_is_that_of_the_days() -> None:
    rng = np.random.default_rng(1)
    returns = rng.normal(0.001, 0.01, 40)
    ts = np.repeat(np.arange(40) * DAY, 6) + np.tile(np.arange(6), 40) * 4 * HOUR
    ends = 100.0 * np.cumprod(1.0 + returns)
    noise = rng.uniform(0.9, 1.1, 240)
    noise[5::6] = 1.0
    curve = Curve(ts, np.concatenate([[100.0], np.repeat(ends, 6) * noise]))
    assert daily(curve) == pytest.approx(np.concatenate([[100.0], ends]))
    wanted = returns.mean() / returns.std(ddof=1) * math.sqrt(365)
    assert sharpe_of(curve, 365).value == pytest.approx(wanted, rel=1e-9)
    assert sharpe_of(Curve(ts[:60], curve.equity[:61]), 365).value is None
    assert latency_of([1.0] * 99, 0.99).value is None
    assert latency_of([float(k) for k in range(101)], 0.99).value == pytest.approx(99.0)


def test_the_release_is_another_one_with_any_change_of_code_or_of_default_settings(tmp_path: Path) -> None:
    for name in ("models/a.py", "conf/base.yaml", "data/b.py", "tasks/c.py", "flows/d.py", "data/state/model.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    before = digest_of(tmp_path)
    (tmp_path / "data/state/model.py").write_text("2")
    (tmp_path / "data/state/x.yaml").write_text("2")
    (tmp_path / "README.md").write_text("2")
    assert digest_of(tmp_path) == before
    seen = {before}
    for name in ("models/a.py", "conf/base.yaml", "data/b.py", "tasks/c.py", "flows/d.py"):
        (tmp_path / name).write_text("2")
        seen.add(digest_of(tmp_path))
    (tmp_path / "models/a.py").rename(tmp_path / "models/e.py")
    seen.add(digest_of(tmp_path))
    assert len(seen) == 7
    assert re.fullmatch(r"[^+]+\+[0-9a-f]{16}", release_id())
