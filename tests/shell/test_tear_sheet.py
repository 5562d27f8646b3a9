"""The tear sheet: one file that asks nobody for anything, thinned without losing extremes, every text escaped."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from backtest_reports import hourly_panel, report_of
from hypothesis import given
from hypothesis import strategies as st

from models.engine.tables import SWITCH_AFTER, SWITCH_ROW
from models.portfolio import KEYS, Doubt, Metrics
from models.portfolio.drawdown import deepest_drawdown
from models.types import Reason, Regime
from tasks.session.backtesting import BacktestReport
from tasks.session.backtesting.measuring import in_charge
from tasks.session.pictures import equity_picture
from tasks.session.tearsheet import page_of
from tasks.session.tearsheet.charts import curves, month_map, trade_scatter
from tasks.session.tearsheet.returns import monthly_table
from tasks.session.tearsheet.tables import shown
from tasks.session.tearsheet.thinning import MOST_BANDS, MOST_POINTS, bands, deepest, drawdown, thinned

HOSTILE = '</script><script>alert(1)</script><img src="https://example.org/x">'


class Page(HTMLParser):
    """Tags with their attributes, texts of the cells and headings, scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data
        elif data.strip():
            self.words.append(data.strip())

    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    found = report_of(hourly_panel(5, 9000))
    assert found.plausible
    assert len(found.trades) > 100
    return found


@pytest.fixture(scope="module")
def page(report: BacktestReport) -> Page:
    return Page(page_of(report))


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    loading = {"src", "href", "srcset", "data", "action", "poster", "background", "ping", "srcdoc"}
    assert [(tag, attrs) for tag, attrs in page.tags if loading & set(attrs)] == []
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & page.names()
    policies = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; ")
    assert "http" not in policies[0]
    style = " ".join(page.words[:2])
    assert "url(" not in style
    assert "@import" not in style


def test_plotly_is_in_it_once_and_draws_three_pictures(page: Page) -> None:
    assert [len(one) > 3_000_000 for one in page.scripts].count(True) == 1
    drawn = [one for one in page.scripts if "Plotly.newPlot" in one and len(one) < 3_000_000]
    assert len(drawn) == 3
    assert not any("http" in one for one in drawn)
    assert [attrs["id"] for tag, attrs in page.tags if tag == "div" and "id" in attrs] == ["equity", "trades", "months"]


def test_everything_a_person_needs_is_said(page: Page, report: BacktestReport) -> None:
    said = set(page.words)
    assert {name.replace("_", " ") for name in Metrics.__slots__} <= said
    assert {"out of sample", "90 % interval, of days", "in sample", "hold", "cash"} <= said
    assert {f"By {key}" for key in KEYS} <= said
    assert {report.intents_sha256, report.provenance.command, "c" * 64, "d" * 64, "m1"} <= said
    assert set(report.refused) <= said
    assert Reason.REFUSED_REGIME.name.lower() not in report.refused
    figures = report.out_of_sample
    assert {f"{figures.sharpe:.3f}", f"{figures.total_return:.2%}", f"{figures.costs:,.2f}"} <= said
    assert report.intervals is not None
    low, high = report.intervals.sharpe.low, report.intervals.sharpe.high
    assert f"{low:.3f} to {high:.3f}" in said
    for name, own in report.systems.items():
        assert {name, f"{own.sharpe:.3f}", f"{own.total_return:.2%}", f"{own.costs:,.2f}"} <= said
    assert {f"{one.system} {one.specialist}" for one in report.specialists} <= said
    assert {f"{one.turnover:.3f}" for one in report.specialists} <= said
    assert {f"{one.per_year:.3f}" for one in report.switches.values()} <= said
    assert "Not plausible" not in said


def test_a_doubted_result_shows_its_doubts_in_the_place_of_its_figures(report: BacktestReport) -> None:
    trades = report.trades[:2]
    doubted = Page(page_of(replace(report, doubts=(Doubt("a price that never was", trades), Doubt("too good", ())))))
    assert {"Not plausible", "a price that never was", "too good"} <= set(doubted.words)
    assert f"{trades[1].entry_price:,.8g}" in doubted.words
    assert not {"Figures", "Systems", "sharpe", "90 % interval, of days"} & set(doubted.words)
    at = doubted.words.index
    assert at("a price that never was") < at("Equity")


def test_no_text_becomes_markup(report: BacktestReport) -> None:
    trade = replace(report.trades[0], symbol=HOSTILE, reason=HOSTILE, model=HOSTILE, system=HOSTILE, leg=HOSTILE)
    hostile = replace(
        report,
        trades=(trade, *report.trades[1:]),
        provenance=replace(report.provenance, command=HOSTILE, profile=HOSTILE, models={HOSTILE: HOSTILE}),
        doubts=(Doubt(HOSTILE, (trade,)),),
    )
    clean, attacked = Page(page_of(report)), Page(page_of(hostile))
    assert len(attacked.scripts) == len(clean.scripts)
    assert "img" not in attacked.names()
    assert attacked.words.count(HOSTILE) >= 5


def test_few_days_have_no_intervals_and_no_trade_has_no_figures() -> None:
    panel = hourly_panel(5, 200)
    panel.codes[:, :, 1] = int(Reason.REFUSED_STOPPED)
    found = report_of(panel)
    assert (found.trades, found.intervals) == ((), None)
    words = Page(page_of(found)).words
    assert any(one.startswith("No intervals") for one in words)
    assert words.count("-") > 5
    assert equity_picture(found).startswith(b"\x89PNG")


long_series = st.integers(MOST_POINTS + 1, 3 * MOST_POINTS).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, 10**6), st.sampled_from([0.0, 0.001, 0.3]))
)


@given(long_series)
def test_thinning_loses_no_extreme(drawn: tuple[int, int, float]) -> None:
    count, seed, wild = drawn
    rng = np.random.default_rng(seed)
    equity = 1e4 * np.exp(np.cumsum(rng.normal(0.0, 0.01, count) + wild * (rng.random(count) < 0.001)))
    other = rng.normal(0.0, 1.0, count)
    other[rng.random(count) < 0.1] = np.nan
    fall = drawdown(equity)
    rows = thinned(equity, fall, other, keep=deepest(equity))
    assert rows.size <= MOST_POINTS + 4 * 3
    assert (np.diff(rows) > 0).all()
    assert (rows[0], rows[-1]) == (0, count - 1)
    assert deepest_drawdown(equity[rows]) == deepest_drawdown(equity) == -fall[rows].min() == -fall.min()
    for one in (equity, other):
        assert np.nanmax(one[rows]) == np.nanmax(one)
        assert np.nanmin(one[rows]) == np.nanmin(one)
    # In every stretch as long as a bucket and a half, the picture goes as far as the series.
    width = -(-count * 6 // MOST_POINTS)
    for begin in range(0, count, width):
        inside = rows[(rows >= begin) & (rows < begin + width)]
        assert equity[inside].max() == equity[begin : begin + width].max()
        assert equity[inside].min() == equity[begin : begin + width].min()


@pytest.mark.parametrize("count", [1, 2, MOST_POINTS])
def test_few_points_are_all_shown(count: int) -> None:
    assert thinned(np.zeros(count)).tolist() == list(range(count))


def test_the_deepest_fall_inside_one_stretch_is_shown() -> None:
    equity = np.full(20 * MOST_POINTS, 100.0)
    equity[50_003:50_006] = 110.0, 90.0, 120.0
    equity[50_010:] = 119.0
    rows = thinned(equity, keep=deepest(equity))
    assert deepest(equity) == (50_003, 50_004)
    assert deepest_drawdown(equity[rows]) == deepest_drawdown(equity) == 1.0 - 90.0 / 110.0


def test_drawdown_of_a_ruined_account_is_whole() -> None:
    assert drawdown(np.array([10.0, 5.0, 0.0, -3.0])).tolist() == [0.0, -0.5, -1.0, -1.0]
    assert drawdown(np.array([0.0, 0.0])).tolist() == [-1.0, -1.0]


def test_bands_cover_every_bar_with_its_own_regime() -> None:
    regime = np.repeat(np.random.default_rng(1).integers(0, 4, 300), 7)
    found = bands(regime)
    covered = np.full(regime.size, -1)
    for kind, stretches in found.items():
        for begin, end in stretches:
            covered[begin:end] = kind
    assert (covered[:-1] == regime[:-1]).all()
    assert sum(map(len, found.values())) <= MOST_BANDS


def test_nobody_in_charge_has_no_band() -> None:
    few = np.repeat([-1, 2, -1, 0], 10)
    assert {kind: one for kind, one in bands(few).items() if one} == {
        Regime.RANGING: [(10, 20)],
        Regime.VOLATILE: [(30, 39)],
    }
    many = np.tile([-1, 1], 20_000)
    many[:20_000] = -1
    found = {kind: one for kind, one in bands(many).items() if one}
    assert found == {Regime.TRENDING: [(20_000, 39_960)]}


def test_too_many_bands_become_the_most_frequent_regime_of_each_stretch() -> None:
    regime = np.tile([0, 1, 1, 1, 3], 20_000)
    regime[:50_000] = np.tile([2, 2, 0, 2, 2], 10_000)
    found = {kind: stretches for kind, stretches in bands(regime).items() if stretches}
    assert found == {Regime.RANGING: [(0, 50_000)], Regime.TRENDING: [(50_000, 99_900)]}
    flicker = np.random.default_rng(1).integers(0, 4, 100_000)
    assert sum(map(len, bands(flicker).values())) <= MOST_BANDS


def test_returns_of_months_and_years_agree_with_pandas() -> None:
    rng = np.random.default_rng(4)
    times = pd.date_range("2019-11-20", periods=12_000, freq="h", tz="UTC")
    times = times[(times < "2020-03-05") | (times >= "2020-06-10")]
    equity = pd.Series(1e4 * np.exp(np.cumsum(rng.normal(0, 0.002, times.size))), times)
    years, table = monthly_table(equity.to_numpy(), times.as_unit("us").asi8)
    assert years == [2019, 2020, 2021]
    for column, rule in ((slice(0, 12), "ME"), (slice(12, 13), "YE")):
        ends = equity.groupby(times.tz_localize(None).to_period(rule[0])).last()
        begins = ends.shift(1, fill_value=equity.iloc[0])
        wanted = (ends / begins - 1.0).to_numpy()
        found = table[:, column].ravel()
        assert found[np.isfinite(found)] == pytest.approx(wanted)
    assert np.isnan(table[1, 3:5]).all()
    assert np.isfinite(table[0, 10:12]).all()
    assert np.isnan(table[0, :10]).all()


def test_the_pictures_hold_what_they_say(report: BacktestReport) -> None:
    drawn = {one.name: one for one in curves(report).data if one.mode == "lines"}
    assert set(drawn) == {"backtest", "swing", "long", "hold", "cash", "drawdown", "exposure"}
    for k, name in enumerate(("swing", "long")):
        assert (drawn[name].y[0], drawn[name].y[-1]) == tuple(report.run.equities[[0, -1], k])
    assert min(drawn["drawdown"].y) == -report.out_of_sample.max_drawdown
    assert deepest_drawdown(np.array(drawn["backtest"].y)) == report.out_of_sample.max_drawdown
    assert (drawn["backtest"].x[0], drawn["backtest"].x[-1]) == tuple(report.run.panel.ts[[0, -1]] / 1000)
    assert drawn["hold"].y[-1] == report.hold.equity[-1]
    filled = [one for one in curves(report).data if one.mode == "none"]
    assert {one.name for one in filled} == {kind.name.lower() for kind in Regime}
    strip = {one.name: one for one in filled if one.yaxis == "y7"}
    assert set(strip) == {kind.name.lower() for kind in Regime}
    charge = in_charge(report.run, 0)
    for kind in Regime:
        corners = np.array(strip[kind.name.lower()].x).reshape(-1, 5)
        hours = np.rint((corners[:, 2] - corners[:, 0]) / 3_600_000.0).sum()
        assert abs(hours - (charge == kind).sum()) <= 1
    marks = trade_scatter(report.trades).data
    assert {one.name: len(one.x) for one in marks if len(one.x)} == {
        leg: sum(one.leg == leg for one in report.trades) for leg in {one.leg for one in report.trades}
    }
    best = max(report.trades, key=lambda one: one.profit)
    assert max(max(one.y, default=0.0) for one in marks) == best.profit
    assert month_map(report.run.equity, report.run.panel.ts).data[0].z.shape == (2, 13)


def test_the_strip_is_of_the_first_system_and_not_of_the_regime(report: BacktestReport) -> None:
    switches = report.run.switches.copy()
    switches[switches[:, SWITCH_ROW] == 0, SWITCH_AFTER] = int(Regime.VOLATILE)
    turned = replace(report, run=replace(report.run, switches=switches))
    strip = {one.name: len(one.x) for one in curves(turned).data if one.mode == "none" and one.yaxis == "y7"}
    assert strip == {"volatile": 5, "trending": 0, "ranging": 0, "crisis": 0}
    assert equity_picture(turned) != equity_picture(report)


def test_a_long_backtest_stays_small() -> None:
    page = page_of(report_of(hourly_panel(3, 60_000)))
    assert len(page) < 6_500_000


@pytest.mark.parametrize(
    ("name", "figure", "text"),
    [
        ("total_return", 0.12345, "12.35%"),
        ("costs", 1234.567, "1,234.57"),
        ("trades", 12345, "12,345"),
        ("sharpe", -0.12345, "-0.123"),
        ("sharpe", None, "-"),
        ("cagr", float("inf"), "-"),
        ("cagr", 1e30, "1e+30"),
    ],
)
def test_a_figure_is_shown_as_its_name_wants_it(name: str, figure: float | None, text: str) -> None:
    assert shown(name, figure) == text
