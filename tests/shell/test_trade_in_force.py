"""Trading by the parameters in force: a step back holds, broken files stop nothing, a dry run adopts nothing."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from parameter_files import Files
from sample_home import DAYS, sample_home

import flows.trade as trade_flow
import tasks.trading as trading
from data.journal import Journal, ParameterLog
from models.types import BadInput
from tasks.bootstrap import build_journal
from tasks.session.desk import Desk

pytestmark = pytest.mark.risk


@pytest.fixture
def files(keel_home: Path, conf_folder: Path) -> Files:
    made = Files(conf_folder)
    made.write(10)
    return made


@pytest.fixture
def desk(files: Files, keel_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return sample_home(tmp_path_factory, keel_home)


def sources(journal: Journal) -> list[str]:
    return [one.adoption.source for one in reversed(ParameterLog(journal.engine).history())]


def decided_by(journal: Journal) -> list[str]:
    """Configuration of every decision, the oldest first."""
    return [row["config_version"] for row in sorted(journal.tables()["decisions"], key=lambda row: row["bar"])]


def trade(keel: Any, day: str, *more: str) -> Any:
    return keel("trade", "--once", "--as-of", day, "--json", *more)


def test_a_step_back_holds_for_a_person_who_trades(keel, files, desk):
    for k, day in ((10, DAYS[0]), (9, DAYS[1])):
        files.write(k)
        assert trade(keel, day).code == 0
    assert keel("config", "revert", "--why", "worse").code == 0
    assert trade(keel, DAYS[2]).code == 0
    first, second, third = decided_by(build_journal(desk))
    assert first == third != second
    assert sources(build_journal(desk)) == ["start", "file", "revert"]


def test_broken_files_do_not_stop_a_person_who_trades_and_are_told(keel, files, desk):
    assert trade(keel, DAYS[0]).code == 0
    files.breaks()
    outcome = trade(keel, DAYS[1])
    assert outcome.code == 0, outcome.err
    assert outcome.json["decision"] is not None
    assert outcome.json["fills"]
    assert "conf/risk_params.yml:" in outcome.sentence
    assert "parameters 1 " in outcome.sentence
    assert "stay in force" in outcome.sentence
    journal = build_journal(desk)
    assert len(set(decided_by(journal))) == 1
    (alert,) = [row for row in journal.tables()["alerts_outbox"] if row["key"].startswith("parameters invalid")]
    assert alert["text"] == outcome.sentence


def test_broken_files_with_nothing_adopted_are_bad_input_and_make_nothing(keel, files, keel_home):
    files.breaks()
    for more in ((), ("--dry-run",)):
        outcome = trade(keel, DAYS[0], *more)
        assert outcome.code == 2
        assert outcome.sentence.startswith("conf/risk_params.yml:")
        assert not keel_home.exists()


def test_a_flag_that_nothing_was_adopted_with_is_bad_input_also_later(keel, files, desk):
    assert trade(keel, DAYS[0]).code == 0
    outcome = trade(keel, DAYS[1], "--profile", "reckless")
    assert outcome.code == 2
    assert "reckless" in outcome.sentence
    files.breaks()
    assert trade(keel, DAYS[1], "--profile", "moderate").code == 2
    assert len(decided_by(build_journal(desk))) == 1


def test_a_dry_run_adopts_nothing(keel, files, desk):
    assert trade(keel, DAYS[0]).code == 0
    files.write(9)
    before = build_journal(desk).tables()
    outcome = trade(keel, DAYS[1], "--dry-run")
    assert (outcome.code, outcome.json["dry_run"]) == (0, True)
    assert len(outcome.json["fills"]) == 2
    assert build_journal(desk).tables() == before
    assert trade(keel, DAYS[1]).code == 0
    assert sources(build_journal(desk)) == ["start", "file"]


@pytest.mark.parametrize("arguments", [("risk",), ("resume", "--why", "x"), ("risk", "flow", "5", "--why", "x")])
def test_looking_at_risk_goes_on_with_broken_files_too(keel, files, desk, arguments):
    assert trade(keel, DAYS[0]).code == 0
    files.breaks()
    outcome = keel(*arguments, "--json")
    assert outcome.code == 0, outcome.err
    assert "stay in force" in outcome.sentence


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[Any]:
    """The flow and its tasks without a server; the series that were asked for."""
    asked: list[Any] = []
    log = logging.getLogger("flow")
    for module in (trade_flow, trading):
        monkeypatch.setattr(module, "get_run_logger", lambda: log)
    monkeypatch.setattr(trade_flow, "trade_cycle", trading.trade_cycle.fn)
    monkeypatch.setattr(trade_flow, "trade_stretch", trading.trade_stretch.fn)
    monkeypatch.setattr(trade_flow, "ingest_series", lambda *series, **_: asked.append(series[:3]))
    return asked


def test_the_scheduled_flow_goes_on_with_broken_files(keel, files, desk, flow, monkeypatch, caplog):
    # As if the sample had a venue to ask: only what is configured last counts.
    files.local("venues: {sample: {feed: ccxt}}\n")
    asyncio.run(trade_flow.trade.fn())
    assert flow == [("sample", "SP500", "1d"), ("sample", "NASDAQ", "1d"), ("sample", "VIX", "1d")]
    flow.clear()
    files.breaks()
    result = asyncio.run(trade_flow.trade.fn())
    assert flow == []
    assert result["bar"] == "2018-12-31T00:00:00Z"
    said = [record.getMessage() for record in caplog.records if record.name == "flow"]
    assert any("no bars were asked for: " in one and "conf/risk_params.yml:" in one for one in said)
    assert any("stay in force" in one for one in said)


def test_the_scheduled_flow_stops_where_nothing_was_adopted(keel, files, desk, flow):
    files.breaks()
    with pytest.raises(BadInput, match=r"risk_params\.yml"):
        asyncio.run(trade_flow.trade.fn())


def test_a_stretch_of_the_past_holds_the_step_back_too(keel, files, desk, flow):
    for k in (10, 9):
        files.write(k)
        asyncio.run(trade_flow.trade.fn(DAYS[k == 9], 1))
    assert keel("config", "revert", "--why", "worse").code == 0
    asyncio.run(trade_flow.trade.fn(DAYS[2], 1))
    first, second, third = decided_by(build_journal(desk))
    assert first == third != second
