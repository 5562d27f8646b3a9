"""A backtest over a lake: what it measures, on which bars, at which costs."""

import json
from pathlib import Path

import numpy as np
import pytest
from changed_genomes import changed, written
from lively_backtests import lively_desk, report_on
from synthetic import START, SYMBOLS, MemoryTracker

from models.engine.panel import REGIME
from models.portfolio import KEYS
from models.types import BadInput, Reason, Regime, intents_sha256, parse_time
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.backtesting import backtest
from tasks.session.backtesting.running import market_of, panel_of, run_on
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.publishing import sheet_path


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lively_desk(tmp_path_factory, tmp_path, monkeypatch)


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
    assert sum(fields["regimes"].values()) == np.sum(report.run.panel.gate != int(Reason.REFUSED_NO_BAR))
    assert sum(fields["regime_share"].values()) == pytest.approx(1.0)
    assert fields["cost_multiple"] == 1.0
    assert fields["config_version"] == desk.loaded.version
    for series in report.book.series:
        assert fields["data_sha256"][series.symbol] == desk.bars.dataset(series).manifest().sha256
    assert fields["tear_sheet"] is None


def test_a_market_made_to_be_found_out_is_not_believed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_SYSTEMS__SWING__SHARE", "1.0")
    monkeypatch.setenv("KEEL_SYSTEMS__LONG__SHARE", "0.0")
    monkeypatch.setenv("KEEL_REGIMES__CONTEXT", "1h")
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
    most = backtest(desk, MemoryTracker(), start, None, lambda _: None, 20.0)
    entered = [sum(row.reason == Reason.ENTER_EDGE for row in one.run.intents()) for one in (base, most)]
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
