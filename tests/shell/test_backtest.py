"""A backtest over a lake, as scripts, people, Prefect and the tracker get it."""

import json
import os
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from changed_genomes import changed, written
from synthetic import SETTINGS, START, SYMBOLS, MemoryTracker, settle_in

import flows.commands.research
import tasks.backtest
from models.engine.panel import REGIME
from models.portfolio import KEYS, Doubt
from models.types import BadInput, Reason, Regime, Unavailable, intents_sha256, parse_time
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.ports import BacktestRecord
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.backtesting.running import market_of, panel_of, run_on
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.publishing import publish, record_of, sheet_path, with_sheet
from tasks.session.showing import doubt_rows, metric_rows, summary

COUNT = 4000
# Regimes that change, bars that can take what is ordered, and weights that are rebalanced often.
LIVELY = {
    "KEEL_REGIMES__CONTEXT": "4h",
    "KEEL_VENUES__BINANCE__VOLUME_SHARE": "1.0",
    "KEEL_SYSTEMS__LONG__BAND": "0.02",
}


class Remembering(MemoryTracker):
    """A tracker that remembers backtests too, or is down."""

    def __init__(self, down: bool = False) -> None:
        super().__init__()
        self.down = down
        self.backtests: list[tuple[BacktestRecord, str]] = []

    def log_backtest(self, record: BacktestRecord) -> str:
        if self.down:
            raise Unavailable("MLflow did not take the backtest")
        self.backtests.append((record, record.page.read_text()))
        return "run"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    before = dict(os.environ)
    settle_in(home, COUNT)
    os.environ.clear()
    os.environ.update(before)
    return home


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(template, tmp_path / "home")
    trend = written(
        tmp_path, changed(Regime.TRENDING, take_profit_ratio=2.0, max_holding_days=1.0, momentum_weight=0.0)
    )
    given = {"KEEL_HOME": str(home), "KEEL_SPECIALISTS__TRENDING": str(trend)}
    for name, value in (SETTINGS | LIVELY | given).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return build_desk()


def report_on(desk: Desk, start: int | None = None, end: int | None = None) -> BacktestReport:
    return backtest(desk, MemoryTracker(), start, end, lambda _: None)


SURE = Doubt("too good to be true", ())


def believed(report: BacktestReport) -> BacktestReport:
    return replace(report, doubts=())


def doubted(report: BacktestReport) -> BacktestReport:
    return replace(report, doubts=(Doubt("too good", report.trades[:2]), SURE))


def test_it_is_measured_whole_and_by_every_key(desk: Desk) -> None:
    report = report_on(desk)
    fields = json.loads(json.dumps(report.as_json()))
    assert fields["symbols"] == list(SYMBOLS)
    assert fields["trades"] == len(report.trades) == fields["out_of_sample"]["trades"] > 10
    assert fields["bars"] == report.run.panel.ts.size
    assert fields["intents_sha256"] == intents_sha256(report.run.intents())
    for side in ("out_of_sample", "in_sample"):
        figures = {"sharpe", "total_return", "max_drawdown", "win_rate", "profit_factor", "costs"}
        assert figures <= set(fields[side])
    assert fields["in_sample"] != fields["out_of_sample"]
    assert fields["hold_total_return"] == fields["benchmarks"]["hold"]["total_return"]
    assert fields["benchmarks"]["cash"]["total_return"] == 0.0
    assert fields["plausible"] == (fields["doubts"] == [])
    assert fields["intervals"]["sharpe"]["low"] < fields["intervals"]["sharpe"]["high"]
    assert set(fields["attribution"]) == set(KEYS)
    realised = report.run.state.total("realised")
    for rows in fields["attribution"].values():
        assert sum(one["profit"] for one in rows) == pytest.approx(realised)
    assert {one["name"] for one in fields["attribution"]["model"]} == {*fields["models"].values(), ""}
    assert {one["name"] for one in fields["attribution"]["symbol"]} == set(SYMBOLS)
    assert {one["name"] for one in fields["attribution"]["system"]} == set(fields["systems"]) == {"swing", "long"}
    for k, (name, one) in enumerate(fields["systems"].items()):
        assert one["total_return"] == pytest.approx(report.run.equities[-1, k] / one["capital"] - 1.0)
        assert one["trades"] == sum(trade.system == name for trade in report.trades)
    assert sum(one["capital"] for one in fields["systems"].values()) == pytest.approx(report.book.capital)
    for name in ("costs", "carry", "income"):
        assert sum(one[name] for one in fields["systems"].values()) == pytest.approx(fields[name])
    assert sum(one["profit"] for one in fields["specialists"]) == pytest.approx(realised)
    assert {one["system"] for one in fields["specialists"]} == {"swing", "long"}
    assert sum(one["in_charge"] for one in fields["specialists"]) == pytest.approx(2.0, abs=0.02)
    assert set(fields["switches"]) == {"swing", "long"}
    assert sum(fields["switches"]["swing"]["by_cause"].values()) == fields["switches"]["swing"]["count"] > 0
    assert all(name.startswith("refused_") for name in fields["refused"])
    assert sum(fields["refused"].values()) > 0
    assert sum(fields["regimes"].values()) == fields["bars"] * len(SYMBOLS)
    assert sum(fields["regime_share"].values()) == pytest.approx(1.0)
    assert fields["cost_multiple"] == 1.0
    assert fields["config_version"] == desk.loaded.version
    for series in report.book.series:
        assert fields["data_sha256"][series.symbol] == desk.bars.dataset(series).manifest().sha256
    assert fields["tear_sheet"] is None


def test_a_market_made_to_be_found_out_is_not_believed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_SYSTEMS__SWING__SHARE", "1.0")
    monkeypatch.setenv("KEEL_SYSTEMS__LONG__SHARE", "0.0")
    report = report_on(build_desk())
    assert not report.plausible
    assert report.out_of_sample.sharpe is not None
    assert report.out_of_sample.sharpe > 4.0
    assert report.doubts[0].text.startswith("a Sharpe ratio of ")
    assert set(report.doubts[0].trades) <= set(report.trades)
    assert "outside" not in " ".join(one.text for one in report.doubts)


def test_figures_are_annualised_by_the_bars_of_the_symbols_year(desk: Desk) -> None:
    report = report_on(desk)
    returns = report.run.equity[1:] / report.run.equity[:-1] - 1.0
    hourly_year = 365 * 24
    assert report.out_of_sample.sharpe == pytest.approx(
        returns.mean() / returns.std(ddof=1) * np.sqrt(hourly_year), rel=1e-9
    )


def test_it_begins_where_predictions_do_and_its_command_runs_it_again(desk: Desk) -> None:
    report = report_on(desk)
    words = report.provenance.command.split()
    assert words[:4] == ["keel", "backtest", "--venue", "binance"]
    assert [words[at + 1] for at, word in enumerate(words) if word == "--symbol"] == list(SYMBOLS)
    assert "aggressive" in words
    start, end = (parse_time(words[words.index(flag) + 1]) for flag in ("--start", "--end"))
    assert start > START
    assert end == int(report.run.panel.ts[-1])
    again = report_on(desk, start, end)
    assert again.intents_sha256 == report.intents_sha256
    assert again.intervals == report.intervals
    first = report.run.panel.edge[0]
    assert np.isfinite(first).any()


def test_dearer_costs_are_charged_known_and_named(desk: Desk) -> None:
    base = report_on(desk)
    start = int(base.run.panel.ts[0])
    twice = backtest(desk, MemoryTracker(), start, None, lambda _: None, 2.0)
    words = twice.provenance.command.split()
    assert words[words.index("--costs") + 1] == "2"
    assert "--costs" not in base.provenance.command
    assert (twice.as_json()["cost_multiple"], twice.provenance.cost_multiple) == (2.0, 2.0)
    fields = {one.symbol: one for _, one in twice.run.parameters.rows}
    for _, one in base.run.parameters.rows:
        dear = fields[one.symbol].instrument
        assert (dear.taker_fee, dear.half_spread, dear.impact) == tuple(
            2.0 * getattr(one.instrument, name) for name in ("taker_fee", "half_spread", "impact")
        )
        assert dear.lot == one.instrument.lot
    paid = [one.out_of_sample.costs / one.run.state.total("traded") for one in (base, twice)]
    assert paid[1] == pytest.approx(2.0 * paid[0], rel=0.15)
    assert twice.hold.metrics.costs == pytest.approx(2.0 * base.hold.metrics.costs, rel=0.01)
    entered = [sum(row.reason == Reason.ENTER_EDGE for row in one.run.intents()) for one in (base, twice)]
    assert entered[1] < entered[0]
    assert sheet_path(desk, base) != sheet_path(desk, twice)
    for wrong in (-1.0, float("nan"), 1e9):
        with pytest.raises(BadInput, match="times what they are"):
            backtest(desk, MemoryTracker(), start, None, lambda _: None, wrong)


def test_a_haven_is_held_in_a_crisis_and_is_nothing_that_is_traded(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crisis = written(tmp_path, changed(Regime.CRISIS, crisis_threshold=30.0, safe_haven_allocation=0.04))
    given = {"TRADING__SYMBOLS": "[AAA/USDT]", "TRADING__HAVEN": "BBB/USDT", "SPECIALISTS__CRISIS": str(crisis)}
    for name, value in given.items():
        monkeypatch.setenv(f"KEEL_{name}", value)
    book = configured_book(build_desk())
    assert book.regimes.crisis_index == 30.0
    market = market_of(build_desk(), book, MemoryTracker(), lambda _: None)
    panel = panel_of(build_desk(), market, market.said, market.first_prediction, None)
    panel.codes[500:600, 0, REGIME] = int(Regime.CRISIS)
    run = run_on(book, panel)
    held = run.held[:, 1] != 0.0
    assert held[503:600].any()
    assert not held[:500].any()
    assert not held[605:].any()
    report = report_on(build_desk())
    fields = report.as_json()
    assert (fields["symbols"], fields["haven"]) == (["AAA/USDT"], "BBB/USDT")
    assert sum(fields["regimes"].values()) == fields["bars"]
    first, last = report.hold.equity[[1, -1]]
    closes = report.run.panel.close[:, 0]
    assert last / first == pytest.approx(closes[-1] / closes[1], rel=1e-6)
    assert "BBB/USDT" not in report.provenance.command


def test_a_window_holds_its_ends_and_too_short_a_one_is_refused(desk: Desk) -> None:
    begin, end = START + 3000 * HOUR, START + 3100 * HOUR
    ts = report_on(desk, begin, end).run.panel.ts
    assert (int(ts[0]), int(ts[-1]), ts.size) == (begin, end, 101)
    with pytest.raises(BadInput, match="fewer than two bars"):
        report_on(desk, begin, begin)


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
    assert len(list(shown.tear_sheet.parent.iterdir())) == 1


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
    tables = {"backtest-metrics", "backtest-specialists", "backtest-switches"} | (
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
