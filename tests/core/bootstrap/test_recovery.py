"""Time to recover: cases with a closed answer, and a simulation in plain Python."""

import math
import statistics

import numpy as np
import pytest

from models.bootstrap import recovery
from models.types import BadInput


def recovered(returns, loss, block=5.0, paths=50, horizon=100, seed=1):
    return recovery(np.array(returns), loss, block, paths, horizon, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("daily", "loss", "days"),
    [(1.0, 0.5, 1.0), (1.0, 0.5 + 2**-10, 2.0), (1.0, 0.9, 4.0), (0.01, 0.2, math.ceil(-math.log(0.8) / 0.00995033))],
)
def test_days_that_are_all_alike_have_one_answer(daily, loss, days):
    found = recovered([daily] * 7, loss)
    assert found.share == 1.0
    assert found.low_days == found.median_days == found.high_days == days


@pytest.mark.parametrize("loss", [0.0, -0.3])
def test_no_loss_takes_no_days(loss):
    found = recovered([-0.5], loss)
    assert (found.share, found.low_days, found.high_days) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(("returns", "loss"), [([0.5], 1.0), ([0.5], 1.7), ([-0.01], 0.1), ([0.0], 0.1), ([-1.0], 0.1)])
def test_who_never_recovers_is_told_so(returns, loss):
    found = recovered(returns, loss)
    assert (found.share, found.low_days, found.median_days, found.high_days) == (0.0, None, None, None)


def test_what_fell_by_all_stays_there():
    # Twenty days that double, after one that loses everything: only paths that miss it for as long come back.
    assert recovered([-1.0], 0.5).share == 0.0
    found = recovered([-1.0, 3.0], 0.9, block=1.0, paths=40_000)
    # 0.1 becomes 0.4, then 1.6: two good days in a row, each with even odds.
    assert found.share == pytest.approx(0.25, abs=4.0 * math.sqrt(0.25 * 0.75 / 40_000))


@pytest.mark.parametrize(("horizon", "share"), [(2, 0.0), (3, 1.0)])
def test_the_last_day_of_the_horizon_counts(horizon, share):
    assert recovered([1.0], 0.875, horizon=horizon).share == share


def test_losses_that_are_overdone_end_a_path():
    # Twice a return of -3 would be a gain, were the equity allowed below nothing.
    assert recovered([-3.0], 0.5).share == 0.0


def simulated(returns, loss, block, paths, horizon):
    """In whole blocks of geometric length, by another generator."""
    chance, dice, days = 1.0 / block, np.random.Generator(np.random.MT19937(9)), []
    for _ in range(paths):
        equity, day = 1.0 - loss, 0
        while day < horizon and equity < 1.0:
            row = int(dice.integers(len(returns)))
            while day < horizon and equity < 1.0:
                equity *= 1.0 + returns[row % len(returns)]
                row, day = row + 1, day + 1
                if dice.random() < chance:
                    break
        days.append(day if equity >= 1.0 else math.inf)
    return days


@pytest.mark.parametrize("block", [1.0, 8.0])
@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_it_agrees_with_a_simulation(loss, block):
    rng = np.random.default_rng(4)
    returns = 0.002 + 0.01 * np.convolve(rng.standard_normal(400), [1.0, 0.8, 0.6, 0.4], mode="valid")
    paths, horizon = 8_000, 200
    found = recovery(returns, loss, block, paths, horizon, np.random.default_rng(5))
    days = sorted(simulated(returns.tolist(), loss, block, paths, horizon))
    share = sum(day <= horizon for day in days) / paths
    error = 4.0 * math.sqrt(2.0 * 0.25 / paths)
    assert found.share == pytest.approx(share, abs=error)
    for wanted, own in ((0.05, found.low_days), (0.5, found.median_days), (0.95, found.high_days)):
        if own is None:
            assert share < wanted + error
        else:
            below = statistics.fmean(day < own for day in days)
            assert below - error <= wanted <= statistics.fmean(day <= own for day in days) + error


def days_by_hand(returns, loss, block, paths, horizon, generator):
    """Every number that is drawn, one after the other."""
    n, days = len(returns), []
    for _ in range(paths):
        row, equity, day = int(generator.random() * n), 1.0 - loss, 0
        while 0.0 < equity < 1.0 and day < horizon:
            if day > 0:
                drawn = generator.random()
                row = int(drawn * block * n) if drawn * block < 1.0 else (row + 1) % n
            equity, day = equity * (1.0 + returns[row]), day + 1
        days.append(day if equity >= 1.0 else math.inf)
    return days


@pytest.mark.parametrize("seed", range(20))
def test_days_are_those_of_the_definition(seed):
    """So many days pass until a share of all paths has recovered: no day less will do."""
    rng = np.random.default_rng([seed, 1])
    returns, paths = rng.normal(0.01, 0.06, 30), int(rng.integers(1, 30))
    found = recovery(returns, 0.1, 3.0, paths, 40, np.random.default_rng(seed))
    days = days_by_hand(returns.tolist(), 0.1, 3.0, paths, 40, np.random.default_rng(seed))
    assert found.share == sum(day <= 40 for day in days) / paths
    for share, own in ((0.05, found.low_days), (0.5, found.median_days), (0.95, found.high_days)):
        enough = [day for day in range(1, 41) if sum(one <= day for one in days) >= share * paths - 1e-9]
        assert own == (min(enough) if enough else None)


def test_the_same_seed_gives_the_same():
    returns = np.random.default_rng(1).normal(0.001, 0.01, 300)
    assert recovered(returns, 0.1) == recovered(returns, 0.1)
    assert recovered(returns, 0.1) != recovered(returns, 0.1, seed=2)


def test_it_says_what_it_was_made_of():
    found = recovered([0.1], 0.1, block=3.0, paths=7, horizon=11)
    assert (found.block, found.paths, found.horizon_days) == (3.0, 7, 11)


@pytest.mark.parametrize(
    ("returns", "change", "words"),
    [
        ([], {}, r"shape \(0,\)"),
        ([[0.1]], {}, r"shape \(1, 1\)"),
        ([0.1, math.nan], {}, "number 1 is nan"),
        ([0.1], {"loss": math.nan}, "loss of nan"),
        ([0.1], {"block": 0.0}, "block of 0.0"),
        ([0.1], {"paths": 0}, "0 paths"),
        ([0.1], {"horizon": 0}, "0 rows"),
    ],
)
def test_what_cannot_be_used_is_refused(returns, change, words):
    with pytest.raises(BadInput, match=words):
        recovered(returns, **{"loss": 0.1} | change)
