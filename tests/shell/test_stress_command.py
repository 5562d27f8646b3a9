"""`keel stress` from the shell: what it shows, changes and ends with; of a book that holds something, and in cash."""

import json
from pathlib import Path

import pytest
from risk_sessions import fresh_desk, recorded_desk
from synthetic import SYMBOLS

from data.journal import Journal, RiskEvent, RiskKind, RiskLog
from flows.commands import output
from models.types import Breaker, Level, Unavailable
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.bootstrap import build_desk, build_journal, journal_place
from tasks.session.book import configured_book
from tasks.session.desk import Desk

pytestmark = pytest.mark.risk
SCENARIOS = """
scenarios:
  crash_60:
    text: Everything opens 60 % below its last close
    move: -0.6
    gap: true
  crash_1:
    text: Everything falls by 1 % in a day
    move: -0.01
  spread_2:
    text: Spreads are twice as wide
    spread: 2
reverse: [crash_60]
"""
TYPO = """
  typo:
    text: Of an asset that nobody knows
    moves: {NOPE/USDT: -0.5}
  long_ago:
    text: A time of which nothing is known
    from: 2001-01-01
    to: 2001-02-01
"""


@pytest.fixture
def desk(keel, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A book that holds both symbols, with nothing that stops it."""
    recorded_desk(tmp_path_factory, tmp_path / "recorded", monkeypatch)
    monkeypatch.setenv("KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN", "0.05")
    monkeypatch.setenv("KEEL_RISK__BREAKERS__STRATEGY_DRAWDOWN", "0.07")
    # A sixth of the account is in the market: a fall of 60 % breaks this, one of a percent does not.
    monkeypatch.setenv("KEEL_RISK__PROFILES__AGGRESSIVE__MAX_DRAWDOWN", "0.08")
    monkeypatch.setenv("KEEL_STRESS__RECOVERY_PATHS", "50")
    monkeypatch.setenv("KEEL_TRADING__MAX_MISSING_BARS", "10000000")  # its bars are years old
    monkeypatch.setattr(output.out, "width", 400)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return build_desk()


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scenarios.yaml"
    path.write_text(SCENARIOS)
    return path


def waiting(desk: Desk, journal: Journal) -> list[RiskEvent]:
    return RiskLog(journal.engine).waiting_events(configured_book(desk).name)


def alerts(journal: Journal) -> list[dict[str, object]]:
    return [row for row in journal.tables()["alerts_outbox"] if row["key"].startswith("stress ")]


def test_it_shows_both_books_and_changes_nothing(keel, desk: Desk, journal: Journal, file: Path) -> None:
    before = journal.tables()
    outcome = keel("stress", "--file", file, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert {(one["book"], one["scenario"]) for one in found["rows"]} == {
        (book, name) for book in ("held", "full") for name in ("crash_60", "crash_1", "spread_2")
    }
    assert {one["profile"] for one in found["rows"]} == set(desk.loaded.settings.risk.profiles)
    own = {one["scenario"]: one for one in found["rows"] if one["book"] == "held" and one["in_force"]}
    assert own["crash_60"]["drawdown"] > own["crash_60"]["limit"]
    assert own["crash_60"]["breached"] is True
    assert own["crash_1"]["breached"] is False
    assert {one["symbol"] for one in found["holdings"]} >= set(SYMBOLS)
    assert found["proposal"]["scenarios"] == ["crash_60"]
    assert found["proposal"]["after"] < found["proposal"]["drawdown"]
    assert found["reverse"]
    assert (found["response"], found["wrong"]) == (None, [])
    assert journal.tables() == before
    kept = json.loads(Path(found["figures"]).read_text())
    assert kept["rows"] == found["rows"]
    assert Path(found["page"]).read_text().startswith("<!DOCTYPE html>")


def test_people_get_tables_the_held_book_first(keel, desk: Desk, file: Path) -> None:
    outcome = keel("stress", "--file", file)
    assert outcome.code == 0, outcome.err
    shown = outcome.out
    places = [
        shown.index(text)
        for text in (
            "held: ",
            "losses of what is held",
            "losses of the fullest book",
            "smallest shocks that break the limit",
            "what each position made of crash_60",
            "scenarios break the limit of",
            "to be sold",
            "nothing was done; to act on it: KEEL_STRESS__ON_BREACH=act KEEL_STAGE=",
            "page ",
        )
    ]
    assert places == sorted(places)
    for text in ("what acted first and when", "earned back", "BREAKS IT", "aggressive (in force), limit 8%"):
        assert text in shown


def test_with_act_the_breach_is_journaled_once(keel, desk: Desk, journal: Journal, file: Path) -> None:
    first = keel("stress", "--file", file, "--act", "--json")
    assert first.code == 0, first.err
    found = first.json
    assert found["response"]["deed"] == "acted"
    events = waiting(desk, journal)
    assert [(one.kind, one.level, one.breaker) for one in events[:1]] == [
        (RiskKind.FORCED, Level.REDUCE, Breaker.STRESS)
    ]
    assert (events[0].value, events[0].limit) == (found["proposal"]["drawdown"], found["proposal"]["limit"])
    parts = {one["symbol"]: one["part"] for one in found["proposal"]["cuts"]}
    assert {one.symbol: one.value for one in events[1:]} == parts
    (alert,) = alerts(journal)
    assert "crash_60 would bring a drawdown of" in str(alert["text"])
    again = keel("stress", "--file", file, "--act", "--json")
    assert again.json["response"]["deed"] == "stands"
    assert waiting(desk, journal) == events
    assert len(alerts(journal)) == 1


def test_by_setting_it_only_proposes(
    keel, desk: Desk, journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_STRESS__ON_BREACH", "propose")
    outcome = keel("stress", "--file", file, "--act")
    assert outcome.code == 0, outcome.err
    assert "proposed: " in outcome.out
    assert "Nothing was done: stress.on_breach leaves it to a person" in outcome.out
    assert waiting(desk, journal) == []
    assert len(alerts(journal)) == 1


def test_one_scenario_and_several_together(keel, desk: Desk, file: Path) -> None:
    one = keel("stress", "--file", file, "--scenario", "crash_1", "--json")
    assert one.code == 0, one.err
    assert {row["scenario"] for row in one.json["rows"]} == {"crash_1"}
    assert (one.json["reverse"], one.json["proposal"]) == ([], None)
    both = keel("stress", "--file", file, "--scenario", "crash_60", "--scenario", "spread_2", "--together", "--json")
    assert both.code == 0, both.err
    assert len({row["scenario"] for row in both.json["rows"]}) == 1


def test_what_is_wrong_is_named_and_the_rest_runs(keel, desk: Desk, journal: Journal, file: Path) -> None:
    file.write_text(SCENARIOS.replace("reverse:", f"{TYPO.strip(chr(10))}\nreverse:"))
    outcome = keel("stress", "--file", file, "--act", "--json")
    assert outcome.code == 2
    found = outcome.json
    assert {one["name"] for one in found["wrong"]} == {"typo", "long_ago"}
    assert {one["scenario"] for one in found["rows"]} == {"crash_60", "crash_1", "spread_2"}
    assert found["response"]["deed"] == "acted"
    assert Path(found["page"]).exists()
    for name in ("typo", "long_ago"):
        assert f"keel: scenario {name} could not be used: " in outcome.err
    assert "scenarios.yaml:" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--scenario", "crash_60", "--together"),
        ("--together",),
        ("--scenario", "nobody_knows"),
        ("--symbol", "NOPE/USDT"),
        ("--timeframe", "7m"),
        ("--venue", "nowhere"),
    ],
)
def test_what_cannot_be_asked_is_bad_input(keel, desk: Desk, journal: Journal, file: Path, arguments) -> None:
    before = journal.tables()
    outcome = keel("stress", "--file", file, *arguments, "--json")
    assert outcome.code == 2, outcome.out
    assert outcome.json["exit_code"] == 2
    assert journal.tables() == before


@pytest.mark.parametrize("text", ["scenarios: [", "", "- a\n- b\n", None])
def test_a_file_that_is_none_is_bad_input(keel, desk: Desk, file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    outcome = keel("stress", "--file", file, "--json")
    assert outcome.code == 2, outcome.out
    assert "scenarios.yaml" in outcome.json["error"]


def test_a_tracker_that_does_not_answer_takes_nothing_away(
    keel, desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> str:
        raise Unavailable("MLflow did not take the run of stress")

    monkeypatch.setattr(MlflowTracker, "log_page", silent)
    outcome = keel("stress", "--file", file, "--scenario", "crash_1", "--json")
    assert outcome.code == 0, outcome.err
    assert Path(outcome.json["page"]).exists()
    assert "the stress test is not lost" in outcome.err


def test_a_book_that_has_not_decided_holds_nothing_and_no_journal_is_made(
    keel, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    desk = fresh_desk(tmp_path_factory, tmp_path / "fresh", monkeypatch)
    monkeypatch.setattr(output.out, "width", 400)
    outcome = keel("stress", "--file", file)
    assert outcome.code == 0, outcome.err
    assert "it holds nothing" in outcome.out
    assert "losses of the fullest book" in outcome.out
    assert "losses of what is held" not in outcome.out
    assert not journal_place(desk.home).exists()
    acted = keel("stress", "--file", file, "--act", "--json").json
    assert (acted["response"]["deed"], acted["holdings"], acted["proposal"]) == ("nothing", [], None)
    assert alerts(build_journal(desk)) == []
