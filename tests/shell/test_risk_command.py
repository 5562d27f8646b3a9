"""`keel risk`, `keel risk flow` and `keel resume` from the shell, and the same look by Prefect's task."""

import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from parameter_files import Files
from risk_sessions import recorded_desk
from waiting import wait_until

from data.journal import Journal, ParameterLog, RiskEvent, RiskKind, RiskLog, Settled
from flows.commands import output
from models.types import Breaker, LadderEvent, Level, iso
from models.types.timeframes import HOUR
from tasks.bootstrap import build_journal, build_trading_desk, parameters, watched_parameters
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.review import review

pytestmark = pytest.mark.risk


@pytest.fixture
def desk(
    keel, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:  # the fixture clears the environment first
    desk = recorded_desk(tmp_path_factory, tmp_path / "recorded", monkeypatch)
    # What the bars after the session brought stops nothing.
    monkeypatch.setenv("KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN", "0.05")
    return desk


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


PHRASE = "RESUME binance"


def waiting(desk: Desk, journal: Journal) -> list[RiskEvent]:
    return RiskLog(journal.engine).waiting_events(configured_book(desk).name)


def test_risk_shows_stops_limits_and_what_could_be_lost(keel, desk, journal):
    outcome = keel("risk", "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert found["book"] == configured_book(desk).name
    assert (found["stopped"], found["reason"], found["waiting"]) == (False, None, "none")
    assert {"breakers", "limits", "prices", "tails", "review", "equity", "value_at_risk"} <= found.keys()
    assert {"target_bps", "slippage", "trades"} <= found["review"].keys()
    shown = keel("risk")
    assert shown.code == 0, shown.err
    assert "not stopped" in shown.out
    for name in ("max_drawdown", "daily_loss", "halt_var", "risk.breakers"):
        assert name in shown.out


def test_resume_without_a_stop_does_nothing_and_says_so(keel, desk, journal):
    outcome = keel("resume", "--why", "to be sure", "--json")
    assert outcome.code == 0, outcome.err
    assert (outcome.json["stopped"], outcome.json["reason"], outcome.json["stage"]) == (False, None, "exploration")
    assert outcome.json["released"] is False
    assert waiting(desk, journal) == []
    assert "nothing is stopped" in keel("resume", "--why", "to be sure").out


def test_resume_releases_flag_and_stops_and_keeps_who_and_why(keel, desk, journal):
    journal.set_stop("drill", 1)
    forced = RiskEvent(configured_book(desk).name, 1, RiskKind.FORCED, "timer", "x", Level.REDUCE, Breaker.VAR)
    RiskLog(journal.engine).force(forced)
    seen = keel("risk", "--json").json
    assert (seen["stopped"], seen["reason"], seen["waiting"]) == (True, "drill", "reduce")
    outcome = keel("resume", "--why", "looked at it", "--who", "ann", "--reviewed", "--phrase", PHRASE, "--json")
    assert outcome.code == 0, outcome.err
    assert (outcome.json["stopped"], outcome.json["released"]) == (False, True)
    assert (outcome.json["flag"], outcome.json["forced"]) == ("drill", "reduce")
    assert journal.stop_reason() is None
    released = waiting(desk, journal)[-1]
    assert (released.kind, released.who, released.why) == (RiskKind.RELEASE, "ann", "looked at it")
    after = keel("risk", "--json").json
    assert (after["stopped"], after["reason"], after["waiting"]) == (False, None, "none")


def test_a_person_has_to_say_why(keel, desk, journal):
    journal.set_stop("drill", 1)
    assert keel("resume").code == 2
    assert keel("resume", "--why", " ").code == 2
    assert journal.stop_reason() == "drill"


def test_a_flow_waits_for_the_next_decision(keel, desk, journal):
    outcome = keel("risk", "flow", "250.5", "--why", "savings", "--who", "ann", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["amount"] == 250.5
    assert keel("risk", "flow", "--why", "rent", "--", "-100").code == 0
    assert [(one.kind, one.amount) for one in waiting(desk, journal)] == [
        (RiskKind.FLOW, 250.5),
        (RiskKind.FLOW, -100.0),
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("risk", "flow", "0", "--why", "x"), 2),
        (("risk", "flow", "nan", "--why", "x"), 2),
        (("risk", "flow", "5"), 2),
        (("risk", "flow", "--why", "x", "--", "-1e9"), 3),
        (("risk", "--watch", "--json"), 2),
        (("risk", "--seconds", "0"), 2),
        (("risk", "--seconds", "nan"), 2),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_exit_code(keel, desk, journal, arguments, code):
    assert keel(*arguments).code == code
    assert waiting(desk, journal) == []


def test_watch_goes_on_until_it_is_interrupted(keel, desk, journal, monkeypatch):
    import flows.commands.risk as command

    rounds = []

    def sleep(seconds):
        rounds.append(seconds)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", sleep)
    outcome = keel("risk", "--watch", "--seconds", "0.5")
    assert outcome.code == 130
    assert len(rounds) == 3
    assert all(0.0 <= one <= 0.5 for one in rounds)
    assert "max_drawdown" in outcome.out


def test_the_flow_is_the_same_look(desk, journal, monkeypatch):
    import tasks.risk as module

    tables = []
    monkeypatch.setattr(module, "create_table_artifact", lambda table, **_: tables.append(table))
    monkeypatch.setattr(module, "get_run_logger", lambda: __import__("logging").getLogger("test"))
    report = module.check_risk.fn({})
    assert report["limits"] == tables[0]
    assert report["review"]["trades"] >= 0


def test_watch_follows_parameters_and_adopts_none(keel, desk, journal, conf_folder, monkeypatch):
    import flows.commands.risk as command

    files, shown, rounds = Files(conf_folder), [], []

    def sleep(seconds):
        rounds.append(seconds)
        if len(rounds) == 1:
            files.write(7)
            wait_until(lambda: servers[0].pending is not None)
        elif len(rounds) == 2:
            assert [one.adoption.source for one in ParameterLog(journal.engine).history()] == before
            build_trading_desk({}, rounds.append)  # a cycle begins
        else:
            raise KeyboardInterrupt

    @contextmanager
    def watched(*given):
        with watched_parameters(*given) as server:
            servers.append(server)
            yield server

    def table(report):
        shown.append(report.marked.house.max_positions)
        return real(report)

    servers, real = [], command._table
    monkeypatch.setattr(parameters, "PROJECT", conf_folder.parent)
    monkeypatch.setattr(command, "watched_parameters", watched)
    monkeypatch.setattr(command, "_table", table)
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    files.write(10)
    build_trading_desk({}, rounds.append)
    before = [one.adoption.source for one in ParameterLog(journal.engine).history()]
    outcome = keel("risk", "--watch", "--seconds", "0.5")
    assert outcome.code == 130, outcome.err
    assert shown == [10.0, 10.0, 7.0]


def test_status_shows_what_stands_since_when_and_who_may_release_it(keel, desk, journal, monkeypatch):
    calm = keel("status", "--json").json
    assert (calm["stopped"], calm["reason"], calm["breakers"]) == (False, None, [])
    book = {one["name"]: one for one in calm["components"]}["book"]
    assert book["ok"]
    assert book["why"].startswith("has decided for 20")
    last = journal.last_decision(configured_book(desk).name)
    ladder = last.state_after.ladder | {"level": float(Level.REDUCE), "breaker": float(Breaker.VAR)}
    event = LadderEvent(last.bar, "", True, Level.REDUCE, Breaker.VAR, 0.03, 0.025)
    tripped = replace(
        last,
        id="later",
        bar=last.bar + HOUR,
        switches=(),
        intents=(),
        bound_by={},
        events=(event,),
        state_after=replace(last.state_after, ladder=ladder),
    )
    assert journal.record_decision(tripped, last.bar, Settled("paper"), "{}")
    found = keel("status", "--json").json
    assert found["stopped"]
    assert found["reason"] == Breaker.VAR.text
    (stop,) = found["breakers"]
    assert (stop["system"], stop["level"], stop["breaker"]) == ("", "reduce", "var")
    assert stop["since"] == iso(last.bar)
    assert stop["released_by"].startswith("a person")
    assert keel("risk", "--json").json["breakers"] == [stop]
    monkeypatch.setattr(output.out, "width", 300)
    shown = keel("status").out
    for text in ("stops in force", "account", "reduce", Breaker.VAR.text, iso(last.bar), "keel resume"):
        assert text in shown
    RiskLog(journal.engine).release(RiskEvent(configured_book(desk).name, 1, RiskKind.RELEASE, "ann", "seen"))
    released = keel("status", "--json").json
    assert (released["stopped"], released["breakers"]) == (False, [])
    journal.set_stop("drill", 1)
    RiskLog(journal.engine).force(RiskEvent(tripped.book, 2, RiskKind.FORCED, "t", "x", Level.PAUSE, Breaker.VAR))
    both = keel("status", "--json").json
    assert (both["stopped"], both["reason"]) == (True, "drill")


def test_a_level_that_waits_stops_too(keel, desk, journal):
    name = configured_book(desk).name
    RiskLog(journal.engine).force(RiskEvent(name, 2, RiskKind.FORCED, "t", "x", Level.FLATTEN, Breaker.DAILY_LOSS))
    found = keel("status", "--json").json
    assert (found["stopped"], found["breakers"]) == (True, [])
    assert found["reason"] == f"waits for the next decision: {Level.FLATTEN.text}"


def test_risk_shows_where_the_profit_came_from(keel, desk, journal):
    found, whole = keel("risk", "--json").json["review"], review(desk, journal)
    assert found["trades"] == len(whole.trades) > 0
    assert found["attribution"] == whole.as_json()["attribution"]
    for rows in found["attribution"].values():
        assert sum(row["profit"] for row in rows) == pytest.approx(found["realised"])
        assert sum(row["trades"] for row in rows) == found["trades"]
    assert found["slippage"]["all"][0]["fills"] == len(whole.fills)
    shown = keel("risk").out
    assert f"profit of {len(whole.trades)} closed trades: {whole.realised:,.2f}" in shown
    for row in found["attribution"]["specialist"]:
        assert row["name"] in shown
        assert f"{row['profit']:,.4f}" in shown
