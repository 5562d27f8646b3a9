"""Percentile intervals of arch's StationaryBootstrap, for the same series, blocks and statistics.

Two bootstraps of REPLICATES draws each differ by chance: where one has its percentile p, the other has a share of draws
below it that is off p by no more than four standard errors of the difference of two shares, 4 sqrt(2 p (1 - p) / n),
0.0195 here. No density has to be estimated for that. What we draw comes from generators of our own.
"""

import math

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap

from models.bootstrap import bootstrap_trades, stationary_rows
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import sharpe_ratio

REPLICATES = 4_000
SHARES = (0.05, 0.95)


def curve(sample):
    return np.append(1.0, np.cumprod(1.0 + sample))


STATISTICS = {
    "mean": lambda sample: float(np.mean(sample)),
    "sharpe": lambda sample: sharpe_ratio(sample, 252.0),
    "total return": lambda sample: float(np.prod(1.0 + sample) - 1.0),
    "drawdown": lambda sample: deepest_drawdown(curve(sample)),
}


def returns_of(seed, n=250, memory=0.8):
    """Returns that go on in the direction of the day before: what a wrong block shows on."""
    rng = np.random.default_rng(seed)
    out = np.zeros(n)
    for t in range(1, n):
        out[t] = memory * out[t - 1] + rng.normal(0.0005, 0.006)
    return out


def arch_interval(returns, block, statistic):
    drawn = StationaryBootstrap(block, returns, seed=np.random.default_rng(11))
    return drawn.conf_int(statistic, reps=REPLICATES, method="percentile", size=SHARES[1] - SHARES[0]).ravel()


def error(share):
    return 4.0 * math.sqrt(2.0 * share * (1.0 - share) / REPLICATES)


@pytest.mark.parametrize("block", [1, 6, 30])
@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("seed", [1, 2])
def test_intervals_agree(seed, name, block):
    returns, statistic, generator = returns_of(seed), STATISTICS[name], np.random.default_rng(12)
    ours = [
        statistic(returns[stationary_rows(returns.size, returns.size, float(block), generator)])
        for _ in range(REPLICATES)
    ]
    for bound, share in zip(arch_interval(returns, block, statistic), SHARES, strict=True):
        assert np.mean(ours < bound) == pytest.approx(share, abs=error(share)), (bound, share)


@pytest.mark.parametrize("block", [1, 6, 30])
def test_intervals_of_trades_agree(block):
    gains = returns_of(3, 120)
    found = bootstrap_trades(gains, float(block), REPLICATES, 0.2, np.random.default_rng(13))
    for own, name in ((found.total_return, "total return"), (found.max_drawdown, "drawdown")):
        statistic = STATISTICS[name]
        theirs = StationaryBootstrap(block, gains, seed=np.random.default_rng(14)).apply(statistic, REPLICATES)[:, 0]
        for value, share in ((own.low, 0.05), (own.median, 0.5), (own.high, 0.95)):
            assert np.mean(theirs < value) == pytest.approx(share, abs=error(share)), (name, share)
        assert own.figure == pytest.approx(statistic(gains), rel=1e-12)
    assert found.ruin == pytest.approx(np.mean(theirs >= 0.2), abs=error(0.5))


def test_the_error_allowed_tells_blocks_apart():
    """Were the mean block twice or half as long, the first test would see it."""
    returns, generator = returns_of(1), np.random.default_rng(12)
    low, _ = arch_interval(returns, 6, STATISTICS["mean"])
    for wrong in (3.0, 12.0):
        ours = [
            returns[stationary_rows(returns.size, returns.size, wrong, generator)].mean() for _ in range(REPLICATES)
        ]
        assert abs(np.mean(ours < low) - 0.05) > error(0.05), wrong
