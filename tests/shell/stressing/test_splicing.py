"""What the step reads of a scenario is what it would read had these bars really come."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lakes import lake_bytes
from stressed_lakes import (
    CRYPTO,
    STOCKS,
    TAILS,
    Lake,
    NotedFits,
    crypto,
    drawn,
    joined,
    lake_desk,
    market_of,
    opens,
    really,
    seen,
    stocks,
)
from tail_fits_made import made_fit

from models.actions import ActionKind, CorporateAction
from models.engine import Panel
from models.engine.panel import CLOSE, OSCILLATOR, PRICES, VOLUME
from models.features import KEPT, FeatureInputs, Leader, compute_declared, declared, without_predictors
from models.regime import regime_history
from models.scenarios import Scenario, Shock, Window
from models.tails import Garch, Rule, TailSettings, fit_key, tail_history
from models.types import CALENDARS, Bars, Reason, Regime, Series
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.stressing.panels import StressMarket
from tasks.session.stressing.paths import Course, invented, lived_again
from tasks.session.stressing.splicing import Spliced, spliced
from tasks.session.stressing.tailing import days_after, fits_so_far
from tasks.session.stressing.troubles import bars_of
from tasks.session.tails import daily_closes

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]

CRASH = Scenario("crash", "", None, Shock(days=9.0, moves=(("all", -0.4),), recovers=0.5, volatility=2.0))
STORM = Scenario("storm", "", None, Shock(days=20.0, correlation=0.9, volatility=3.0, depeg=(("USDT", 0.2),)))


def course_of(market: StressMarket, scenario: Scenario) -> Course:
    sources = market.sources
    if scenario.window is None:
        return invented(scenario, market.assets, sources.calendar, sources.timeframe, market.newest)
    return lived_again(scenario.window, market.assets, sources, market.index, market.newest)


def grown(folder: Path, desk: Desk, lake: Lake, market: StressMarket, scenario: Scenario, flags: dict) -> Desk:
    """A lake in which the scenario's bars came after the others, the index with them."""
    course = course_of(market, scenario)
    found = bars_of(course, scenario, market.assets)
    whole = dict(lake)
    for asset, (bars, _) in zip(market.assets, found, strict=True):
        whole[asset.series] = joined(lake[asset.series], bars)
    vix = Series("alpaca", "VIX", "1d")
    if vix in lake and scenario.window is not None:
        # What is known at a bar's close was told after the close before it.
        told = found[0][1]
        ts = np.append(market.newest, found[0][0].ts[:-1])
        new = Bars(ts, told, told, told, told, np.zeros(ts.size)).rows(~np.isnan(told))
        whole[vix] = joined(lake[vix].until(market.newest - 1), new)
    fits = replace(desk.tails.fit, closed=True)
    return lake_desk(folder, whole, flags, fits=fits, now=int(course.ts[-1]) + 2 * DAY)


def same(found: Panel, real: Panel, exact: bool) -> None:
    """All but gates, which are about what really came. Of a past that was cut off an RSI of 48 bars keeps a trace."""

    def agree(ours: np.ndarray, theirs: np.ndarray, within: float = 1e-8) -> None:
        if exact:
            np.testing.assert_array_equal(ours, theirs)
        else:
            np.testing.assert_allclose(ours, theirs, rtol=within, atol=within)

    assert found.ts.tolist() == real.ts.tolist()
    there = real.gate != Reason.REFUSED_NO_BAR
    assert ((found.gate == 0) == there).all()
    agree(found.prices[:, :, CLOSE:], real.prices[:, :, CLOSE:])
    sound = real.gate != Reason.REFUSED_DATA
    agree(found.prices[sound][:, :CLOSE], real.prices[sound][:, :CLOSE])
    for column in range(1, found.figures.shape[2]):
        within = 3e-5 if column == OSCILLATOR else 1e-8
        agree(found.figures[:, :, column], real.figures[:, :, column], within)
    assert np.isnan(found.edge).all()
    assert found.regime[there].tolist() == real.regime[there].tolist()
    agree(found.tails, real.tails)
    agree(found.links[found.link_rows], real.links[real.link_rows])
    assert found.decided.all()
    assert not found.finer_rows.any()
    assert np.isfinite(found.figures[:, :, 1:][there]).mean() > 0.9
    assert len(set(found.regime[there].tolist())) > 1


def same_inputs(market: StressMarket, scenario: Scenario, real: Desk) -> None:
    """What features are made of, the leader's bars among it."""
    paths = bars_of(course_of(market, scenario), scenario, market.assets)
    for column, view in zip(columns_of(market, scenario), seen(real, market.book), strict=True):
        ours, theirs = column.inputs, view.inputs
        for one, other in ((ours.bars, theirs.bars), (ours.leader.bars, theirs.leader.bars)):
            np.testing.assert_array_equal(one.ts, other.ts[-len(one) :])
            np.testing.assert_array_equal(one.close, other.close[-len(one) :])
            assert len(one) > len(paths[0][0])
        np.testing.assert_array_equal(ours.known_index, theirs.known_index[-ours.known_index.size :])


def columns_of(market: StressMarket, scenario: Scenario) -> tuple[Spliced, ...]:
    paths = bars_of(course_of(market, scenario), scenario, market.assets)
    return spliced(market.assets, paths, market.declaration, market.book, market.newest)


WINDOW = Scenario("again", "", Window(0, 1), Shock(liquidity=0.5))


def again(lake: Lake, days: int = 40) -> Scenario:
    """A window in the middle of the lake's past."""
    ts = next(iter(lake.values())).ts
    begin = int(ts[ts.size // 2]) // DAY * DAY
    return replace(WINDOW, window=Window(begin, begin + days * DAY))


@pytest.mark.parametrize("scenario", [CRASH, STORM, WINDOW], ids=lambda one: one.name)
@pytest.mark.parametrize(("timeframe", "bars", "exact"), [("1d", 380, True), ("1d", 1000, False), ("1h", 2425, True)])
def test_what_is_read_of_crypto_is_that_of_bars_that_came(tmp_path, timeframe, bars, exact, scenario):
    lake, flags = crypto(timeframe, bars), CRYPTO | {"trading.timeframe": timeframe}
    scenario = again(lake) if scenario.window else scenario
    desk = lake_desk(tmp_path / "now", lake, flags)
    market = market_of(desk)
    found = market.stressed(scenario)
    real = grown(tmp_path / "then", desk, lake, market, scenario, flags)
    same(found.panel, really(real, market.newest), exact)
    same_inputs(market, scenario, real)
    for profile, tails in found.tails.items():
        own = lake_desk(
            tmp_path / "then", {}, flags | {"trading.profile": profile}, fits=real.tails.fit, now=real.clock.now()
        )
        np.testing.assert_allclose(tails, really(own, market.newest).tails, rtol=0.0 if exact else 1e-9)


def test_what_is_read_of_stocks_is_that_of_bars_that_came_and_the_index_of_the_window(tmp_path):
    lake = stocks(560)
    desk = lake_desk(tmp_path / "now", lake, STOCKS)
    market = market_of(desk)
    scenario = again(lake, 150)
    found = market.stressed(scenario)
    real = grown(tmp_path / "then", desk, lake, market, scenario, STOCKS)
    same(found.panel, really(real, market.newest), exact=True)
    assert found.panel.ts.size == 101
    vix = lake[Series("alpaca", "VIX", "1d")]
    before = np.searchsorted(vix.ts, scenario.window.begin) - 1
    assert (
        columns_of(market, scenario)[0].inputs.known_index[-101:].tolist() == vix.close[before : before + 101].tolist()
    )


def test_where_the_index_of_the_window_is_not_known_the_realised_one_takes_over(tmp_path):
    market = market_of(lake_desk(tmp_path, stocks(560, 0.6), STOCKS))
    scenario = again(stocks(560), 150)
    column = columns_of(market, scenario)[0]
    known = column.inputs.known_index[-101:]
    assert 0.5 < np.isfinite(known).mean() < 0.8
    assert np.isfinite(column.inputs.known_index[:-101]).any()
    realised = replace(column.inputs, known_index=np.full(len(column.inputs.bars), np.nan))
    for figures in (
        lambda inputs: compute_declared(market.declaration, inputs).index,
        lambda inputs: regime_history(inputs, market.book.regimes).figures["index_context"],
    ):
        own, without = figures(column.inputs)[-101:], figures(realised)[-101:]
        assert own.tolist() == np.where(np.isnan(known), without, known).tolist()
        assert np.isfinite(own).all()
    assert not np.isnan(column.row.sentiment).any()


def test_an_invented_course_has_no_index(tmp_path):
    market = market_of(lake_desk(tmp_path, stocks(560), STOCKS))
    paths = bars_of(course_of(market, CRASH), CRASH, market.assets)
    assert all(np.isnan(index).all() for _, index in paths)
    column = columns_of(market, CRASH)[0]
    assert np.isfinite(column.inputs.known_index[-len(paths[0][0]) - 1])
    assert np.isnan(column.inputs.known_index[-len(paths[0][0]) :]).all()


def test_only_what_the_step_reads_is_computed_and_to_the_bit():
    bars = drawn(5, opens("24/7", "1h", 900))
    inputs = FeatureInputs(bars, CALENDARS["24/7"], "1h", np.full(900, np.nan), Leader("BTC/USDT", bars))
    whole = declared(CALENDARS["24/7"], "1h", 4, 12, "BTC/USDT")
    part = without_predictors(whole)
    assert len(part.specs) < len(whole.specs) / 2
    ours, theirs = compute_declared(part, inputs), compute_declared(whole, inputs)
    for name in (*KEPT, "momentum", "adx", "atr_relative", "atr_ratio", "index", "gap"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_a_haven_has_no_regime_and_neither_has_the_present(tmp_path):
    market = market_of(lake_desk(tmp_path, crypto("1d", 380), CRYPTO))
    found = market.stressed(CRASH).panel
    assert set(found.regime[:, 2].tolist()) == {int(Regime.RANGING)}
    assert set(found.regime[:, :2].ravel().tolist()) != {int(Regime.RANGING)}
    assert (found.ts > market.newest).all()


def test_what_a_scenario_brings_is_never_kept(tmp_path):
    fits = NotedFits()
    desk = lake_desk(tmp_path, crypto("1d", 380), CRYPTO, fits=fits)
    market = market_of(desk)
    files = lake_bytes(desk.lake.root)
    before = {key: (days, history) for key, (days, history) in desk.tails.histories.items()}
    links = dict(desk.tails.links_of)
    asked = len(fits.asked)
    for scenario in (CRASH, STORM, again(crypto("1d", 380), 60)):
        market.stressed(scenario)
    assert len(fits.asked) == asked
    assert {key: (days, history) for key, (days, history) in desk.tails.histories.items()} == before
    assert desk.tails.links_of == links
    assert all(int(days.known_at[-1]) <= desk.clock.now() for days, _ in before.values())
    assert lake_bytes(desk.lake.root) == files


def test_after_the_newest_fit_that_one_stays_in_force(tmp_path):
    """A scenario of 70 days would bring three more."""
    market = market_of(lake_desk(tmp_path, crypto("1d", 380), CRYPTO))
    long = replace(CRASH, calm_days=61.0)
    column = columns_of(market, long)[0]
    now = market.tails.columns[0]
    days = days_after(now, market.assets[0], column.inputs)
    settings = market.tails.plan.settings
    history = tail_history(days, settings, now.fits, first=len(now.days))
    newest = (
        len(now.days) - 1 - settings.least_days
    ) // settings.refit_days * settings.refit_days + settings.least_days
    rules = np.where(np.arange(len(now.days), len(days)) < newest + settings.refit_days, Rule.FITTED, Rule.FIT_BEFORE)
    assert history.rule.tolist() == rules.tolist()
    assert set(rules.tolist()) == {Rule.FITTED, Rule.FIT_BEFORE}


def test_the_newest_fits_that_failed_are_passed_over(tmp_path):
    asked = []

    def fickle(returns: np.ndarray) -> Garch | None:
        asked.append(fit_key(returns))
        return made_fit(returns) if len(asked) > 2 else None

    days = daily_closes(FeatureInputs(drawn(5, opens("24/7", "1d", 380)), CALENDARS["24/7"], "1d", np.zeros(380), None))
    found = fits_so_far(days, TailSettings(**TAILS), fickle)
    assert list(found.known) == asked
    assert [one is None for one in found.known.values()] == [True, True, False]


def test_splits_and_dividends_of_the_past_leave_no_jump_and_the_newest_close_is_as_traded(tmp_path):
    """Of a series with a split in the window, one in the kept stretch and a dividend since."""
    lake = stocks(800)
    spy, paid = Series("alpaca", "SPY", "1d"), 0.03
    bars, ts = lake[spy], lake[spy].ts.tolist()
    actions = [
        CorporateAction("SPY", ActionKind.SPLIT, ts[410], ts[400], ratio=4.0),
        CorporateAction("SPY", ActionKind.SPLIT, ts[700], ts[690], ratio=2.0),
        CorporateAction("SPY", ActionKind.DIVIDEND, ts[790], ts[780], cash=paid * float(bars.close[789]) / 8.0),
    ]
    units = np.where(np.arange(800) >= 700, 8.0, np.where(np.arange(800) >= 410, 4.0, 1.0))
    less = np.where(np.arange(800) >= 790, 1.0 - paid, 1.0) / units
    traded = Bars(bars.ts, *(getattr(bars, name) * less for name in PRICES[:4]), bars.volume * units)
    plain = market_of(lake_desk(tmp_path / "plain", lake, STOCKS))
    desk = lake_desk(tmp_path / "traded", dict(lake) | {spy: traded}, STOCKS, actions)
    market = market_of(desk)
    assert market.assets[0].close == traded.close[-1]
    assert market.assets[0].usual_volume == pytest.approx(8.0 * plain.assets[0].usual_volume, rel=1e-12)
    scenario = again(lake, 60)
    ours, theirs = market.stressed(scenario).panel, plain.stressed(scenario).panel
    np.testing.assert_allclose(ours.close[:, 0], theirs.close[:, 0] * (1.0 - paid) / 8.0, rtol=1e-9)
    np.testing.assert_allclose(ours.prices[:, 0, VOLUME], 8.0 * theirs.prices[:, 0, VOLUME], rtol=1e-9)
    np.testing.assert_allclose(ours.figures[:, 0, 1:], theirs.figures[:, 0, 1:], rtol=1e-7, atol=1e-9)
    assert ours.regime.tolist() == theirs.regime.tolist()
    days = [
        days_after(one.tails.columns[0], one.assets[0], columns_of(one, scenario)[0].inputs) for one in (market, plain)
    ]
    np.testing.assert_allclose(*(np.diff(np.log(one.close)) for one in days), rtol=1e-7, atol=1e-12)
