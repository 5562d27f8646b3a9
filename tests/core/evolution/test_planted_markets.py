"""A planted edge is there, is as large as it is said to be, and is what the default specialists earn by."""

from functools import cache

import numpy as np
import pytest
from planted_markets import (
    EDGES,
    SPELL,
    TICK,
    VOLATILITY,
    PlantedMarket,
    followed,
    ground_of,
    only_in,
    planted,
    random_walk,
)

from conf.genomes import default_genome
from models.engine import evaluate
from models.engine.panel import ADX, ATR_RATIO, FIGURES, OSCILLATOR, RANGE_LOW, RANGE_WIDTH
from models.evolution.ground import PERIODS, THRESHOLDS
from models.predictors.labels import forward_returns
from models.specialists.translation import rules_of
from models.types import Regime
from models.types.timeframes import HOUR

BARS = 60_000
SEED = 1
WALKS = 6


@cache
def rich():
    return planted(BARS, SEED)


@cache
def poor():
    return random_walk(BARS, SEED)


@cache
def rich_ground():
    return ground_of(rich())


def traded(ground, specialist: Regime) -> tuple[float, float]:
    """Round trips of the default genome in its regime, and the t-statistic of their mean return."""
    rules = rules_of(default_genome(specialist), 1.0, 24.0, 1.0, 0.0, 1.0)
    panel = only_in(ground.panel, specialist)
    came = evaluate(panel, np.array([rules]), ground.parameters, ground.capital)
    trades, total, squares = (float(came.figure(name)[0]) for name in ("trades", "returns", "squares"))
    return trades, total / np.sqrt(squares - total**2 / trades)


def slope(market: PlantedMarket, regime: Regime) -> tuple[float, float]:
    """Of what came on what was said, over bars whose horizon lies within one spell, and its standard error, which
    allows for returns that overlap (Newey and West 1987, Econometrica 55(3)).
    """
    came, ahead = forward_returns(market.bars, market.horizon, None), market.horizon + 1
    changes = np.append(np.diff(market.regimes) != 0, np.ones(ahead))
    lasts = np.convolve(changes, np.ones(ahead), "valid")[: came.size] == 0
    own = lasts & (market.regimes == regime)
    said = np.where(own, market.said - market.said[own].mean(), 0.0)
    earned = np.where(own, came - came[own].mean(), 0.0)
    found = said @ earned / (said @ said)
    scores, lags = said * (earned - found * said), 2 * market.horizon
    spread = scores @ scores + 2.0 * sum((1.0 - k / lags) * (scores[k:] @ scores[:-k]) for k in range(1, lags))
    return float(found), float(np.sqrt(spread) / (said @ said))


@pytest.mark.parametrize("market", [planted(3_000, 5), random_walk(3_000, 5, timeframe="4h")])
def test_bars_are_in_order_and_on_the_grid(market):
    bars = market.bars
    assert (np.diff(bars.ts) == (HOUR if market.timeframe == "1h" else 4 * HOUR)).all()
    assert (bars.open[1:] == bars.close[:-1]).all()
    assert (bars.low > 0).all()
    assert (bars.volume > 0).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    for name in ("open", "high", "low", "close"):
        ticks = getattr(bars, name) / TICK
        assert np.abs(ticks - np.round(ticks)).max() < 1e-6


def test_regimes_take_turns_in_long_spells():
    changes = np.flatnonzero(np.diff(rich().regimes))
    lengths = np.diff(changes)
    shares = np.bincount(rich().regimes, minlength=4) / BARS
    assert np.median(lengths) > SPELL[0]
    assert (lengths >= SPELL[0]).all()
    assert (np.abs(shares - 0.25) < 0.04).all()


@pytest.mark.parametrize("timeframe", ["1h", "4h"])
def test_a_walk_moves_as_much_as_its_regime_says(timeframe):
    market = random_walk(20_000, SEED, timeframe=timeframe)
    moves = np.diff(market.bars.close) / market.bars.close[:-1]
    for regime, hourly in VOLATILITY.items():
        own = moves[market.regimes[1:] == regime]
        expected = hourly * (1.0 if timeframe == "1h" else 2.0)
        assert own.std() == pytest.approx(expected, rel=0.04)


def test_who_holds_a_walk_is_paid_nothing_for_its_ups_and_downs():
    scaled = []
    for seed in range(30):
        market = random_walk(2_000, seed, timeframe="1d")
        usual = np.array([VOLATILITY[one] for one in Regime])[market.regimes[1:]]
        scaled.append(np.diff(market.bars.close) / market.bars.close[:-1] / usual)
    moves = np.concatenate(scaled)
    assert abs(moves.mean()) < 2.5 * moves.std() / np.sqrt(moves.size)


@pytest.mark.parametrize("regime", Regime)
def test_what_comes_on_what_was_said_has_a_slope_of_one(regime):
    found, error = slope(rich(), regime)
    assert error < 0.1
    assert abs(found - 1.0) < 3.0 * error


@pytest.mark.parametrize("regime", Regime)
def test_on_a_walk_the_same_is_said_and_nothing_comes(regime):
    assert np.array_equal(poor().said, rich().said)
    assert np.array_equal(poor().regimes, rich().regimes)
    found, error = slope(poor(), regime)
    assert error < 0.1
    assert abs(found) < 3.0 * error


def test_an_edge_is_planted_where_it_is_asked_for_only():
    market = planted(BARS, SEED, {Regime.TRENDING: 200.0})
    assert market.edge_bps == {one: 200.0 if one is Regime.TRENDING else 0.0 for one in Regime}
    for regime in Regime:
        found, error = slope(market, regime)
        assert abs(found - float(regime is Regime.TRENDING)) < 3.0 * error


@pytest.mark.parametrize("regime", Regime)
def test_an_ideal_follower_earns_what_was_to_be_expected(regime):
    earned = followed(rich(), regime)
    assert earned.trades > 300
    assert earned.expected_bps > 2.0 * earned.error_bps
    assert abs(earned.mean_bps - earned.expected_bps) < 3.0 * earned.error_bps


def test_each_regime_has_what_its_specialist_looks_for():
    market = rich()
    figures = rich_ground().panel.figures[:, 0]

    def median(column: int, regime: Regime) -> float:
        return float(np.nanmedian(figures[market.regimes == regime, column]))

    assert median(ATR_RATIO, Regime.VOLATILE) > 1.0
    assert median(ATR_RATIO, Regime.CRISIS) > 1.2
    assert median(ADX, Regime.TRENDING) > 25.0
    assert median(RANGE_WIDTH, Regime.RANGING) < 1.05
    assert median(RANGE_WIDTH, Regime.TRENDING) > 1.4


@pytest.mark.parametrize("specialist", Regime)
def test_the_default_genome_trades_and_earns_where_an_edge_is_planted(specialist):
    trades, t = traded(rich_ground(), specialist)
    assert trades / BARS * 20_000 >= 30
    assert t > 3.0


def test_the_default_genomes_do_not_earn_on_walks():
    grounds = [ground_of(random_walk(20_000, seed)) for seed in range(WALKS)]
    found = {one: [traded(ground, one) for ground in grounds] for one in Regime}
    for each in found.values():
        assert min(trades for trades, _ in each) >= 15
        assert sum(t > 2.5 for _, t in each) <= 1
        assert np.mean([t for _, t in each]) < 0.5


def test_a_ground_holds_every_range_and_the_true_labels():
    ground, bars = rich_ground(), len(rich().bars)
    assert ground.ranges.shape == (len(PERIODS), bars, 4)
    assert ground.labels.shape == (len(THRESHOLDS), bars)
    assert (ground.labels == rich().regimes).all()
    assert np.array_equal(ground.ranges[-1], ground.panel.figures[:, 0, RANGE_LOW : OSCILLATOR + 1], equal_nan=True)
    known = np.isfinite(ground.panel.figures[800:, 0]).all(axis=0)
    assert known.all(), [name for name, one in zip(FIGURES, known, strict=True) if not one]
    late = ground.rows(100, 400)
    assert late.panel.ts[0] == rich().bars.ts[100]
    assert late.panel.ts.size == late.ranges.shape[1] == 300


def test_a_seed_makes_the_same_market_and_another_one_another():
    one, same, other = (planted(2_000, seed) for seed in (3, 3, 4))
    assert np.array_equal(one.bars.close, same.bars.close)
    assert np.array_equal(one.said, same.said)
    assert not np.array_equal(one.bars.close, other.bars.close)
    assert planted(2_000, 3).edge_bps == EDGES
