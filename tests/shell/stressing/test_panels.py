"""The bars that a scenario puts behind the present, and what trading costs in it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stressed_lakes import CRYPTO, STOCKS, Lake, drawn, lake_desk, market_of, opens

from conf.scenarios import Proxy
from models.engine import Panel, first_state, run_backtest
from models.engine.panel import CUT, HIGH, LOW, OPEN, SCALE, VOLUME
from models.scenarios import Scenario, Shock, Window
from models.types import BadInput, Bars, Reason, Series, parse_time
from models.types.timeframes import DAY, HOUR
from tasks.session.stressing.panels import StressMarket, stressed_parameters

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]

AAA, BBB, GLD = (Series("binance", f"{one}/USDT", "1d") for one in ("AAA", "BBB", "GLD"))
NO_BAR = int(Reason.REFUSED_NO_BAR)


def crypto(bars: int = 300, first: str = "2021-01-01", timeframe: str = "1d") -> Lake:
    ts = opens("24/7", timeframe, bars, parse_time(first))
    return {replace(one, timeframe=timeframe): drawn(k, ts) for k, one in enumerate((AAA, BBB, GLD))}


def market(folder: Path, lake: Lake, flags: Mapping[str, object] = CRYPTO, **betas: tuple[Proxy, ...]) -> StressMarket:
    return market_of(lake_desk(folder, lake, flags), betas)


def scenario(**shock: object) -> Scenario:
    calm = shock.pop("calm_days", 5.0)
    return Scenario("made", "", None, Shock(**shock), calm_days=calm)


def lived(begin: int, end: int, **shock: object) -> Scenario:
    return Scenario("lived", "", Window(begin, end), Shock(**shock))


def bars_of(panel: Panel, column: int) -> np.ndarray:
    """Open, high, low, close, volume of the rows that have a bar."""
    return panel.prices[panel.gate[:, column] != NO_BAR, column]


def test_the_past_is_lived_again_at_the_present_level(tmp_path):
    """Twenty days before the newest: what it did then it does now, from the newest close on."""
    lake = dict(crypto())
    aaa = lake[AAA]
    for name, figures in (("open", (90, 60)), ("high", (120, 66)), ("low", (45, 55)), ("close", (60, 66))):
        getattr(aaa, name)[100:102] = figures
    aaa.close[99], aaa.close[-1] = 100.0, 200.0
    aaa.volume[70:100], aaa.volume[100:102], aaa.volume[-30:] = 4.0, (8.0, 1.0), 10.0
    found = market(tmp_path, lake).stressed(lived(int(aaa.ts[100]), int(aaa.ts[102])))
    assert found.panel.ts.tolist() == [int(aaa.ts[-1]) + DAY, int(aaa.ts[-1]) + 2 * DAY]
    expected = [[180.0, 240.0, 90.0, 120.0, 20.0], [120.0, 132.0, 110.0, 132.0, 2.5]]
    np.testing.assert_allclose(bars_of(found.panel, 0), expected, rtol=1e-12)
    assert (found.starts, found.shocked_rows, dict(found.mapped), found.worth) == (found.panel.ts[0], 2, {}, None)


def test_volume_that_is_not_known_stays_unknown(tmp_path):
    lake = dict(crypto())
    lake[AAA].volume[:] = 0.0
    lake[BBB].volume[60:100] = 0.0
    found = market(tmp_path, lake).stressed(lived(int(lake[AAA].ts[100]), int(lake[AAA].ts[110]))).panel
    assert np.isnan(found.prices[:, :2, VOLUME]).all()
    assert np.isfinite(found.prices[:, 2, VOLUME]).all()


def test_days_stay_days_whenever_the_newest_bar_was(tmp_path):
    hourly = crypto(1000, timeframe="1h")
    first = int(next(iter(hourly.values())).ts[0])
    found = market(tmp_path, hourly, CRYPTO | {"trading.timeframe": "1h"})
    newest = first + 999 * HOUR
    begin = first + 10 * DAY + 5 * HOUR
    panel = found.stressed(lived(begin, begin + 2 * DAY)).panel
    assert panel.ts[0] - newest <= DAY
    assert panel.ts[0] > newest
    assert (panel.ts[0] - begin) % DAY == 0
    assert np.diff(panel.ts).tolist() == [HOUR] * 47
    made = found.stressed(scenario(moves=(("all", -0.1),), calm_days=1.0)).panel
    assert made.ts.tolist() == (newest + HOUR * np.arange(1, 49)).tolist()


def test_sessions_follow_on_sessions(tmp_path):
    """Over Christmas: the newest is that of the 23rd, 2022; the 26th was no session."""
    ts = opens("XNYS", "1d", 499, parse_time("2021-01-01"))
    assert int(ts[-1]) == parse_time("2022-12-23")
    lake = {Series("alpaca", one, "1d"): drawn(k, ts) for k, one in enumerate(("SPY", "TLT"))}
    gone = dict(lake)
    gone[Series("alpaca", "TLT", "1d")] = lake[Series("alpaca", "TLT", "1d")].rows(np.arange(499) != 201)
    expected = [parse_time(f"2022-12-{day}") for day in (27, 28, 29, 30)]
    found = market(tmp_path, gone, STOCKS)
    panel = found.stressed(lived(int(ts[200]), int(ts[204]))).panel
    assert panel.ts.tolist() == expected
    assert (panel.gate[:, 1] == NO_BAR).tolist() == [False, True, False, False]
    assert np.isnan(panel.prices[1, 1]).all()
    made = found.stressed(scenario(moves=(("all", -0.1),), days=2.0, calm_days=2.0)).panel
    assert made.ts.tolist() == expected


def test_what_stands_in_is_told_and_moves_times_its_beta(tmp_path):
    lake = dict(crypto())
    late = lake[BBB].rows(slice(200, None))
    lake[BBB] = late
    lake[Series("kraken", "XXX/USD", "1d")] = drawn(8, lake[AAA].ts)
    found = market(tmp_path, lake, crypto=(Proxy("kraken", "XXX/USD", 2.0),)).stressed(
        lived(int(lake[AAA].ts[100]), int(lake[AAA].ts[103]))
    )
    assert dict(found.mapped) == {"BBB/USDT": "2 x kraken XXX/USD"}
    close = drawn(8, lake[AAA].ts).close
    expected = late.close[-1] * (close[100:103] / close[99]) ** 2
    np.testing.assert_allclose(found.panel.close[:, 1], expected, rtol=1e-12)


def test_a_window_without_bars_is_refused_and_the_next_one_is_not(tmp_path):
    lake = crypto()
    given = market(tmp_path, lake)
    with pytest.raises(BadInput, match="binance AAA/USDT 1d has no candles from 2008-09-01 to 2008-12-01"):
        given.stressed(lived(parse_time("2008-09-01"), parse_time("2008-12-01")))
    assert given.stressed(lived(int(lake[AAA].ts[100]), int(lake[AAA].ts[103]))).panel.ts.size == 3


def test_moves_are_those_of_the_most_exact_name(tmp_path):
    lake = crypto()
    shock = scenario(days=3.0, moves=(("all", -0.1), ("crypto", -0.2), ("AAA/USDT", -0.5)))
    panel = market(tmp_path, lake).stressed(shock).panel
    assert panel.ts.size == 8
    moved = panel.close[2] / [bars.close[-1] for bars in lake.values()]
    np.testing.assert_allclose(moved, [0.5, 0.8, 0.8], rtol=1e-12)


def test_a_gap_is_over_at_the_first_open(tmp_path):
    lake = crypto()
    panel = market(tmp_path, lake).stressed(scenario(moves=(("all", -0.35),), gap=True)).panel
    for column, bars in enumerate(lake.values()):
        assert panel.prices[0, column, OPEN] == pytest.approx(0.65 * bars.close[-1], rel=1e-12)
        assert panel.prices[0, column, HIGH] < 0.9 * bars.close[-1]


def test_a_short_present_is_gone_through_again_and_again(tmp_path):
    lake = crypto(90)
    panel = market(tmp_path, lake).stressed(scenario(days=210.0, spread=2.0, calm_days=0.0)).panel
    assert panel.ts.size == 210
    bars = lake[AAA]
    lately = np.diff(np.log(bars.close))
    moves = np.diff(np.log(np.append(bars.close[-1], panel.close[:, 0])))
    # What is taken out is the mean of all rows.
    shift = moves[0] - lately[0]
    np.testing.assert_allclose(moves, lately[np.arange(210) % 89] + shift, rtol=1e-9, atol=1e-12)


def test_only_times_that_all_have_are_taken_from_the_present(tmp_path):
    lake = dict(crypto())
    lake[BBB] = lake[BBB].rows(np.arange(300) % 7 != 3)
    panel = market(tmp_path, lake).stressed(scenario(days=20.0, spread=2.0, calm_days=0.0)).panel
    common = lake[AAA].rows(np.arange(300) % 7 != 3)
    lately = np.diff(np.log(common.close[-21:]))
    moves = np.diff(np.log(np.append(lake[AAA].close[-1], panel.close[:, 0])))
    np.testing.assert_allclose(moves - moves.mean(), lately - lately.mean(), rtol=1e-9, atol=1e-12)


def test_a_halted_venue_has_no_bars_and_reopens_where_the_move_went(tmp_path):
    lake, shock = crypto(), {"days": 4.0, "moves": (("all", -0.4),)}
    given = market(tmp_path, lake)
    open_, halted, other = (
        given.stressed(scenario(**shock, halted=halts)).panel for halts in ((), (("binance", 2.0),), (("kraken", 2.0),))
    )
    assert halted.ts.tolist() == open_.ts[2:].tolist()
    np.testing.assert_array_equal(halted.prices, open_.prices[2:])
    np.testing.assert_array_equal(other.prices, open_.prices)
    assert given.stressed(scenario(**shock, halted=(("binance", 2.0),))).starts == open_.ts[0]
    assert given.stressed(scenario(**shock, halted=(("binance", 1.2),))).panel.ts.tolist() == open_.ts[2:].tolist()
    with pytest.raises(BadInput, match="to its end"):
        given.stressed(scenario(days=2.0, halted=(("binance", 2.0),), calm_days=0.0))


def test_prices_in_a_falling_coin_rise_and_its_own_fall(tmp_path):
    flags = CRYPTO | {"trading.symbols": ["AAA/USDT", "USDT/USD", "BBB/USDC"], "trading.haven": None}
    ts = opens("24/7", "1d", 300)
    names = ("AAA/USDT", "USDT/USD", "BBB/USDC")
    given = market(tmp_path, {Series("binance", one, "1d"): drawn(k, ts) for k, one in enumerate(names)}, flags)
    plain = given.stressed(scenario(days=4.0, spread=2.0))
    found = given.stressed(scenario(days=4.0, depeg=(("USDT", 0.2),)))
    worth = np.array([0.95, 0.9, 0.85, 0.8, *[0.8] * 5])
    np.testing.assert_allclose(found.worth, worth, rtol=1e-12)
    assert plain.worth is None
    ratio = found.panel.close / plain.panel.close
    np.testing.assert_allclose(ratio, np.column_stack((1.0 / worth, worth, np.ones(9))), rtol=1e-12)
    assert (found.panel.prices[:, :, LOW] <= found.panel.prices[:, :, OPEN]).all()
    again = given.stressed(scenario(days=4.0, depeg=(("USDC", 0.2),)))
    assert again.worth is None
    np.testing.assert_allclose((again.panel.close / plain.panel.close)[:, 2], 1.0 / worth, rtol=1e-12)
    halted = given.stressed(scenario(days=4.0, depeg=(("USDT", 0.2),), halted=(("binance", 2.0),)))
    np.testing.assert_allclose(halted.worth, worth[2:], rtol=1e-12)


def test_a_window_takes_the_other_troubles_too(tmp_path):
    lake = crypto()
    ts = lake[AAA].ts
    given = market(tmp_path, lake)
    plain = given.stressed(lived(int(ts[100]), int(ts[108])))
    found = given.stressed(
        lived(int(ts[100]), int(ts[108]), days=2.0, liquidity=0.1, halted=(("binance", 2.0),), depeg=(("USDT", 0.4),))
    )
    assert found.panel.ts.tolist() == plain.panel.ts[2:].tolist()
    worth = 1.0 - 0.4 * np.arange(1, 9) / 8.0
    np.testing.assert_allclose(found.worth, worth[2:], rtol=1e-12)
    np.testing.assert_allclose(found.panel.close, plain.panel.close[2:] / worth[2:, None], rtol=1e-12)
    np.testing.assert_allclose(found.panel.prices[:, :, VOLUME], 0.1 * plain.panel.prices[2:, :, VOLUME], rtol=1e-12)
    assert found.shocked_rows == 8


def test_a_market_is_thin_during_the_stretch_only(tmp_path):
    given = market(tmp_path, crypto())
    plain, thin = (given.stressed(scenario(days=3.0, **one)).panel for one in ({"spread": 2.0}, {"liquidity": 0.1}))
    ratio = thin.prices[:, :, VOLUME] / plain.prices[:, :, VOLUME]
    np.testing.assert_allclose(ratio, np.repeat([0.1, 1.0], [3, 5])[:, None] * np.ones(3), rtol=1e-12)
    np.testing.assert_array_equal(thin.close, plain.close)


def test_costs_alone_share_the_bars(tmp_path):
    given = market(tmp_path, crypto())
    calm = given.stressed(scenario(spread=2.0))
    funded = given.stressed(replace(scenario(funding_bps_per_day=30.0), name="funded"))
    assert funded.panel is calm.panel
    assert (funded.scenario.name, funded.funding, funded.spread) == ("funded", 0.003, 1.0)
    assert (calm.funding, calm.spread) == (0.0, 2.0)
    assert given.stressed(scenario(volatility=3.0)).panel is not calm.panel
    assert given.stressed(scenario(spread=2.0, calm_days=6.0)).panel.ts.size == calm.panel.ts.size + 1


def test_spread_and_funding_change_nothing_else(tmp_path):
    flags = CRYPTO | {"venues.binance.funding_bps_per_day": 1.0}
    given = market(tmp_path, crypto(), flags)
    before = given.book.parameters
    after = stressed_parameters(before, given.stressed(scenario(spread=10.0, funding_bps_per_day=30.0)))
    changed = dict.fromkeys(("half_spread", "long_carry", "short_carry"), 0.0)
    for (_, old), (_, new) in zip(before.rows, after.rows, strict=True):
        assert new.instrument.half_spread == 10.0 * old.instrument.half_spread > 0.0
        assert new.instrument.long_carry == pytest.approx(old.instrument.long_carry + 0.003, rel=1e-12)
        assert new.instrument.short_carry == pytest.approx(old.instrument.short_carry + 0.003, rel=1e-12)
        assert new.instrument._replace(**changed) == old.instrument._replace(**changed)
    assert (after.house, after.profiles.tolist()) == (before.house, before.profiles.tolist())
    assert after.slots.tolist() == before.slots.tolist()
    assert after.rules.tolist() == before.rules.tolist()
    same = stressed_parameters(before, given.stressed(scenario(volatility=2.0)))
    assert same.instruments.tolist() == before.instruments.tolist()


def test_nobody_is_financed_who_owns_what_he_holds(tmp_path):
    given = market(tmp_path, crypto())
    found = given.stressed(scenario(funding_bps_per_day=30.0))
    after = stressed_parameters(given.book.parameters, found)
    assert {slot.instrument.long_carry for _, slot in after.rows} == {0.0}
    flags = CRYPTO | {"venues.binance.margin": 0.5, "venues.binance.maintenance_margin": 0.1, "stage": "paper"}
    margin = market(tmp_path / "margin", crypto(), flags)
    assert {slot.instrument.margin for _, slot in margin.book.parameters.rows} == {0.5}
    after = stressed_parameters(margin.book.parameters, found)
    assert {slot.instrument.short_carry for _, slot in after.rows} == {0.003}


def test_every_profile_has_its_tails(tmp_path):
    given = market(tmp_path, crypto(), CRYPTO | {"trading.profile": "moderate"})
    found = given.stressed(scenario(days=3.0, moves=(("all", -0.3),)))
    assert set(found.tails) == {"conservative", "moderate", "aggressive"}
    assert found.panel.tails.tolist() == found.tails["moderate"].tolist()
    careful, bold = found.tails["conservative"], found.tails["aggressive"]
    assert careful.shape == bold.shape == (8, 3, 4)
    assert (careful[:, :, :2] > bold[:, :, :2]).all()
    assert (careful[:, :, SCALE] == bold[:, :, SCALE]).all()
    assert not careful[:, :, CUT].any()
    # It grows as the crash is seen.
    calm = given.stressed(scenario(days=3.0, spread=2.0))
    assert (found.panel.tails[3:, :, 0] > 1.05 * calm.panel.tails[3:, :, 0]).all()


def test_the_step_folds_it(tmp_path):
    given = market(tmp_path, crypto())
    found = given.stressed(scenario(days=20.0, moves=(("all", -0.3),)))
    run = run_backtest(found.panel, given.book.parameters, first_state(given.book.parameters.systems))
    assert run.equity.size == found.panel.ts.size
    assert len(run.fills) > 0
    assert found.panel.close[-1].tolist() != found.panel.close[0].tolist()


def test_a_series_without_bars_is_refused(tmp_path):
    lake = crypto()
    desk = lake_desk(tmp_path, lake, CRYPTO, now=int(lake[AAA].ts[0]))
    with pytest.raises(BadInput, match="binance AAA/USDT 1d"):
        market_of(desk)


def test_series_without_common_bars_cannot_be_shocked(tmp_path):
    lake = dict(crypto())
    lake[BBB] = Bars(*(getattr(lake[BBB], name)[:1] for name in Bars.__slots__))
    with pytest.raises(BadInput, match="have 1 bars in common"):
        market(tmp_path, lake).stressed(scenario(moves=(("all", -0.1),)))
