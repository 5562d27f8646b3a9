"""A backtest as scripts, people, Prefect and the tracker get it."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from lively_backtests import Remembering, believed, doubted, lively_desk, report_on
from synthetic import SYMBOLS

import flows.commands.research
import tasks.backtest
from tasks.session.desk import Desk
from tasks.session.publishing import publish, record_of, sheet_path, with_sheet
from tasks.session.showing import doubt_rows, metric_rows, summary


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lively_desk(tmp_path_factory, tmp_path, monkeypatch)


def test_the_tear_sheet_is_among_the_reports_and_in_the_tracker(desk: Desk) -> None:
    tracker, said = Remembering(), []
    report = believed(report_on(desk))
    assert with_sheet(desk, report).tear_sheet is None
    shown = publish(desk, tracker, report, said.append)
    assert shown.tear_sheet is not None
    assert shown.tear_sheet.parent == desk.home / "state" / "reports"
    assert shown.as_json()["tear_sheet"] == str(shown.tear_sheet) == str(with_sheet(desk, report).tear_sheet)
    ((record, page),) = tracker.backtests
    assert page == shown.tear_sheet.read_text()
    assert report.intents_sha256 in page
    assert said == []
    assert record.metrics["out_of_sample.total_return"] == report.out_of_sample.total_return
    assert record.metrics["in_sample.total_return"] == report.in_sample.total_return
    assert record.tags["keel.config_version"] == desk.loaded.version
    assert record.tags["keel.intents_sha256"] == report.intents_sha256
    assert record.tags["keel.data_sha256"] == ",".join(report.provenance.data_sha256.values())
    assert (record.tags["keel.profile"], record.tags["keel.symbols"]) == ("aggressive", ",".join(SYMBOLS))
    assert record.settings["bars"] == report.run.panel.ts.size
    assert record.settings["cost_multiple"] == 1.0
    assert record.metrics["long.total_return"] == report.systems["long"].total_return
    publish(desk, tracker, report, said.append)
    assert len(list(shown.tear_sheet.parent.glob("*.html"))) == 1


def test_a_tracker_that_is_down_loses_nothing(desk: Desk) -> None:
    said: list[str] = []
    shown = publish(desk, Remembering(down=True), report_on(desk), said.append)
    assert shown.tear_sheet is not None
    assert shown.tear_sheet.exists()
    assert said == [f"MLflow did not take the backtest; the backtest is not lost: {shown.tear_sheet}"]


def test_another_configuration_has_another_tear_sheet(desk: Desk) -> None:
    report = report_on(desk)
    other = replace(report, provenance=replace(report.provenance, config_version="e" * 64))
    assert sheet_path(desk, report) != sheet_path(desk, other)


def test_doubted_figures_are_never_compared_with_honest_ones(desk: Desk) -> None:
    report = report_on(desk)
    record = record_of(desk, doubted(report), Path("page"))
    assert record.tags["keel.plausible"] == "false"
    assert not [name for name in record.metrics if name.startswith(("out_of_sample", "in_sample", "swing", "long"))]
    assert record.metrics["doubted.out_of_sample.costs"] == report.out_of_sample.costs
    assert record_of(desk, believed(report), Path("page")).tags["keel.plausible"] == "true"


def test_rows_put_doubts_in_the_place_of_figures(desk: Desk) -> None:
    report = believed(report_on(desk))
    rows = metric_rows(report)
    assert list(rows[0])[:2] == ["metric", "out of sample"]
    assert {"in sample", "90 % interval, of days", "hold"} <= set(rows[0])
    assert [one["metric"] for one in rows] == [name.replace("_", " ") for name in asdict(report.out_of_sample)]
    found = doubt_rows(doubted(report))
    assert [one["doubt"] for one in found] == ["too good", "too good", "too good to be true"]
    assert found[1]["entry price"] == report.trades[1].entry_price
    assert found[2]["symbol"] is None
    assert set(found[0]) == set(found[2])
    assert f"{report.out_of_sample.total_return:+.4f}" in summary(report)
    said = summary(doubted(report))
    assert "not plausible: too good; too good to be true" in said
    assert "return" not in said
    fields = json.loads(json.dumps(doubted(report).as_json()))
    assert fields["plausible"] is False
    assert fields["doubts"][1] == {"text": "too good to be true", "trades": []}
    assert [one["profit"] for one in fields["doubts"][0]["trades"]] == [one.profit for one in report.trades[:2]]


@pytest.mark.parametrize("honest", [True, False])
def test_the_command_line_shows_figures_or_doubts(
    honest: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker = Remembering(down=True)
    monkeypatch.setattr(flows.commands.research, "build_tracker", lambda _: tracker)
    real = flows.commands.research.backtest
    made = believed if honest else doubted
    monkeypatch.setattr(flows.commands.research, "backtest", lambda *given: made(real(*given)))
    flows.commands.research.run_backtest(profile="conservative", as_json=True)
    written = capsys.readouterr()
    fields = json.loads(written.out)
    assert fields["profile"] == "conservative"
    assert fields["plausible"] is honest
    assert Path(fields["tear_sheet"]).exists()
    assert "the backtest is not lost" in written.err
    flows.commands.research.run_backtest(profile="conservative")
    shown = capsys.readouterr().out
    assert fields["tear_sheet"] in shown
    assert fields["intents_sha256"] in shown
    assert ("sharpe" in shown) is honest
    assert ("too good to be true" in shown) is not honest
    assert ("Not plausible" in shown) is not honest
    assert (f"{SYMBOLS[0]} " in shown and ", profit " in shown) is not honest


@pytest.mark.parametrize("honest", [True, False])
def test_prefect_gets_table_picture_and_page(honest: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker, made, said = Remembering(), {}, []

    class Log:
        def info(self, text: str) -> None:
            said.append(text)

        warning = info

    for kind in ("table", "image", "markdown"):
        keep = lambda content, key, description: made.update({key: (content, description)})  # noqa: E731
        monkeypatch.setattr(tasks.backtest, f"create_{kind}_artifact", keep)
    monkeypatch.setattr(tasks.backtest, "get_run_logger", Log)
    monkeypatch.setattr(tasks.backtest, "build_tracker", lambda _: tracker)
    real = tasks.backtest.backtest
    change = believed if honest else doubted
    monkeypatch.setattr(tasks.backtest, "backtest", lambda *given: change(real(*given)))
    fields = tasks.backtest.backtest_book.fn({"trading.profile": "moderate"}, "2020-12-20", "2021-01-10T05:00:00Z", 1.0)
    assert (fields["profile"], fields["first"][:10], fields["last"]) == (
        "moderate",
        "2020-12-20",
        "2021-01-10T05:00:00Z",
    )
    tables = {"backtest-metrics", "backtest-specialists", "backtest-switches", "backtest-stops"} | (
        {"backtest-systems"} if honest else set()
    )
    assert set(made) == tables | {"backtest-equity", "backtest-tear-sheet"}
    assert {"swing", "long"} == {one["system"] for one in made["backtest-switches"][0]}
    rows, title = made["backtest-metrics"]
    assert ("metric" in rows[0]) is honest
    assert ("not plausible" in title) is not honest
    assert made["backtest-equity"][0].startswith("data:image/png;base64,")
    note = made["backtest-tear-sheet"][0]
    assert fields["tear_sheet"] in note
    assert Path(fields["tear_sheet"]).as_uri() in note
    assert (len(tracker.backtests), said[-1].startswith("result: ")) == (1, True)
    assert ("out-of-sample return" in said[-1]) is honest
    json.dumps(fields)
    json.dumps(rows)
