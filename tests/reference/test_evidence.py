"""Sharpe ratios' probabilities and purged splits of skfolio, overfitting of purgedcv and phacker, ability of arch, and
silhouettes of scikit-learn.

To 1e-12 absolute where nothing else is said. Where they are defined otherwise, and what is compared in spite of it:
- skfolio calls a series still below a deviation of 2e-16 of its mean, we below 1e-14: no series between is compared.
- skfolio takes the normal quantile of 1 - 1 / trials, whose last digits are rounding: 1e-10 for a million trials. It
  lets the expected maximum be negative below 1.3 trials; ours is 0 there.
- purgedcv's probabilistic Sharpe ratio uses the deviation divided by n and moments corrected for bias: not compared.
- A winner level with others: purgedcv takes the mean of their ranks, and so do we; phacker the lowest.
- A winner at the median: phacker counts it as overfitted, and so do we; purgedcv does not. Of purgedcv the logits are
  compared, and the share of them that is not above zero.
- Ratios that differ by rounding only, as those of trials with one trade each in a half, are level for us; theirs rank
  as they come. They are handed their own ratio, rounded to the digits that count for us.
- Days that are no multiple of the blocks: purgedcv gives the first blocks one day more, and so do we; phacker drops the
  newest days.
- A trial that never moves, but not at zero: purgedcv gives it 0, and so do we; phacker a ratio to rounding.
- scikit-learn's silhouettes know no stream that is unrelated to all: it is added to what they are given.
- arch's SPA takes `studentize=True` but compares means as they are: it is compared on gains that are divided already.
"""

import math
import warnings
from itertools import combinations

import numpy as np
import pytest
from arch.bootstrap import SPA
from phacker.cscv import cscv as phacker_cscv
from phacker.cscv import cscv_reference
from phacker.cscv import sharpe as phacker_sharpe
from purgedcv import probability_of_backtest_overfitting
from purgedcv._pbo import sharpe as purgedcv_sharpe
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from skfolio import measures
from skfolio.model_selection import CombinatorialPurgedCV
from sklearn.metrics import silhouette_samples
from sklearn.model_selection import TimeSeriesSplit

from models.evidence import (
    combinatorial_purged_splits,
    cscv,
    deflated_sharpe,
    effective_trials,
    expected_maximum_sharpe,
    probabilistic_sharpe,
    superior,
    walk_forward_blocks,
)
from models.evidence.ability import long_run_deviation
from models.evidence.overfitting import DIGITS
from models.evidence.trials import FURTHEST, _distances, _silhouettes

TIGHT = 1e-12


def near(value, by=TIGHT):
    return pytest.approx(value, rel=0.0, abs=by)


def daily_series(seed):
    """Normal, fat-tailed, skewed and mostly idle returns, short ones among them."""
    rng = np.random.default_rng(seed)
    days = int(rng.integers(3, 900))
    kinds = [
        rng.normal(0.0005, 0.01, days),
        0.01 * rng.standard_t(3, days),
        0.002 - 0.01 * rng.exponential(1.0, days),
        np.where(rng.random(days) < 0.05, rng.normal(0.01, 0.02, days), 0.0),
        np.round(rng.normal(0.0, 0.004, days), 2),
    ]
    return kinds[seed % len(kinds)]


@pytest.mark.parametrize("seed", range(60))
def test_probabilities_of_sharpe_ratios_are_skfolios(seed):
    returns = daily_series(seed)
    for benchmark in (0.0, -0.05, 0.1):
        theirs = measures.probabilistic_sharpe_ratio(returns, benchmark)
        ours = probabilistic_sharpe(returns, benchmark)
        assert (ours is None) == math.isnan(theirs)
        assert ours is None or ours == near(theirs)


@pytest.mark.parametrize(
    "returns",
    [[], [0.01], [0.01, -0.02], [0.0] * 9, [0.001] * 9, [-0.3] * 400, [0.1] * 3, [0.01, 0.01, -0.02], [1.0, 1.0, 0.9]],
    ids=str,
)
def test_where_there_is_no_probability_there_is_none_of_skfolios(returns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = measures.probabilistic_sharpe_ratio(np.array(returns))
    ours = probabilistic_sharpe(np.array(returns))
    assert (ours is None) == math.isnan(theirs)
    assert ours is None or ours == near(theirs)


@pytest.mark.parametrize("variance", [0.0, 1e-6, 0.0004, 2.0])
def test_expected_maxima_are_skfolios(variance):
    for trials in (1, 1.3, 1.5, 2, 3.7, 10, 64, 1000, 10_000):
        theirs = measures.expected_max_sharpe_ratio(trials, math.sqrt(variance))
        assert expected_maximum_sharpe(trials, variance) == near(theirs)
    for trials in (4e5, 1e6):
        theirs = measures.expected_max_sharpe_ratio(trials, math.sqrt(variance))
        assert expected_maximum_sharpe(trials, variance) == near(theirs, 1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_deflated_sharpe_ratios_are_skfolios(seed):
    trials = np.random.default_rng(seed).normal(0.0, 0.05, 1 + seed * 7)
    variance = float(trials.var(ddof=1)) if trials.size > 1 else 0.0
    returns = daily_series(5 * seed)
    theirs = measures.deflated_sharpe_ratio(returns, trials)
    assert deflated_sharpe(returns, trials.size, variance) == near(theirs)


SPLITS = [
    *((rows, 6, 2, purge, embargo) for rows in (120, 121, 125) for purge in (0, 1, 5) for embargo in (0, 1, 7)),
    *((31, 3, 2, 2, 1), (1000, 10, 8, 24, 24), (400, 8, 4, 48, 0), (401, 8, 7, 0, 48)),
]


@pytest.mark.parametrize(("rows", "groups", "tests", "purge", "embargo"), SPLITS)
def test_combinatorial_splits_are_skfolios(rows, groups, tests, purge, embargo):
    theirs = list(CombinatorialPurgedCV(groups, tests, purge, embargo).split(np.zeros((rows, 1))))
    ours = combinatorial_purged_splits(rows, groups, tests, purge, embargo)
    assert len(ours) == len(theirs) == math.comb(groups, tests)
    for one, (train, tested) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one.train, train)
        np.testing.assert_array_equal(one.test, np.concatenate(tested))


@pytest.mark.parametrize(("rows", "folds", "gap", "least"), [(100, 5, 0, 20), (103, 4, 7, 30), (1000, 9, 48, 400)])
def test_walk_forward_blocks_are_scikit_learns(rows, folds, gap, least):
    ours = walk_forward_blocks(rows, folds, gap, 0, least)
    length = ours[0].test_stop - ours[0].test_start
    theirs = TimeSeriesSplit(folds, test_size=length, gap=gap).split(np.zeros(rows))
    for one, (train, test) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(np.arange(one.train_stop), train)
        np.testing.assert_array_equal(np.arange(one.test_start, one.test_stop), test)


def trials_of(kind, days, seed=1):
    """Returns (n_days, 12) of one kind."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, 0.01, (days, 12))
    if kind == "skill":
        return noise + np.linspace(-0.002, 0.002, 12)
    if kind == "ties":
        return noise[:, [0, 1, 2, 0, 1, 2, 3, 3, 3, 4, 4, 0]]
    if kind == "all alike":
        return noise[:, [0] * 12]
    if kind == "rare":
        return np.where(rng.random((days, 12)) < 0.02, noise, 0.0)
    if kind == "still":
        return np.where(np.arange(12) % 3 == 0, 0.0, noise)
    return noise


KINDS = ("noise", "skill", "ties", "all alike", "rare", "still")


def rounded(ratio):
    return lambda returns: np.round(ratio(returns), DIGITS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("days", "blocks"), [(240, 8), (245, 8), (61, 6), (9, 4)])
def test_overfitting_is_purgedcvs(kind, days, blocks):
    returns = trials_of(kind, days)
    ours = cscv(returns, blocks)
    theirs = probability_of_backtest_overfitting(returns.T, blocks, metric=rounded(purgedcv_sharpe))
    # Theirs chooses what is out of sample, ours what is in it: the same splits in the opposite order.
    np.testing.assert_allclose(ours.logits, theirs.logits[::-1], rtol=0.0, atol=TIGHT)
    assert ours.pbo == (theirs.logits <= 0.0).mean()
    assert ours.losing == (theirs.is_oos_performance[:, 1] < 0.0).mean()
    if math.isnan(theirs.slope):
        assert ours.slope is None
    else:
        assert ours.slope == pytest.approx(theirs.slope, rel=1e-10, abs=1e-10)
    if not (theirs.logits == 0.0).any():
        assert ours.pbo == theirs.pbo


@pytest.mark.parametrize("kind", ["noise", "skill", "ties", "still"])
def test_without_rounding_it_is_purgedcvs_too(kind):
    returns = trials_of(kind, 240)
    theirs = probability_of_backtest_overfitting(returns.T, 8)
    np.testing.assert_allclose(cscv(returns, 8).logits, theirs.logits[::-1], rtol=0.0, atol=TIGHT)


@pytest.mark.parametrize("kind", ["noise", "skill"])
@pytest.mark.parametrize("theirs", [phacker_cscv, cscv_reference])
def test_overfitting_is_phackers(kind, theirs):
    for days, blocks in ((240, 8), (64, 4), (480, 10)):
        returns = trials_of(kind, days)
        ours = cscv(returns, blocks)
        share, logits = theirs(returns, blocks)
        np.testing.assert_allclose(ours.logits, logits, rtol=0.0, atol=TIGHT)
        assert ours.pbo == share


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_lowest_of_level_ranks_overfitting_is_phackers(kind):
    """Its logits give the lowest rank, ours the mean: between them lie half of the others that are level."""
    returns = trials_of(kind, 240)
    ours, (_, logits) = cscv(returns, 8), cscv_reference(returns, 8, metric=rounded(phacker_sharpe))
    rank, lowest = (13.0 / (1.0 + np.exp(-one)) for one in (ours.logits, logits))
    expected = [others / 2 for others in level_with_the_winner(returns, 8)]
    np.testing.assert_allclose(rank - lowest, expected, rtol=0.0, atol=1e-11)


def level_with_the_winner(returns, blocks):
    """For each split, trials other than the winner with its ratio in the other half, counted by slicing."""
    parts = np.array_split(np.arange(len(returns)), blocks)
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[one] for one in chosen])
        ratio = rounded(phacker_sharpe)
        outside = ratio(np.delete(returns, inside, axis=0))
        yield int((outside == outside[np.argmax(ratio(returns[inside]))]).sum()) - 1


def test_phacker_drops_the_newest_days_and_we_none():
    returns = trials_of("noise", 243)
    np.testing.assert_allclose(cscv(returns[:240], 8).logits, phacker_cscv(returns, 8)[1], rtol=0.0, atol=TIGHT)
    assert not np.allclose(cscv(returns, 8).logits, phacker_cscv(returns, 8)[1])


@pytest.mark.parametrize("block", [1.0, 2.5, 20.0])
def test_long_run_deviations_are_arch_s(block):
    gains = np.cumsum(np.random.default_rng(1).normal(0.0, 0.01, (120, 3)), axis=0) * 0.1
    test = SPA(np.zeros(120), -gains, block_size=block, reps=1)
    test._compute_variance()
    np.testing.assert_allclose(long_run_deviation(gains, block) ** 2, test._loss_diff_var, rtol=1e-10)


def test_ability_is_arch_s_on_gains_of_equal_deviation():
    rng = np.random.default_rng(1)
    candidates, benchmark = rng.normal(0.0, 0.01, (200, 5)) * [1, 3, 9, 1, 1], rng.normal(0.0, 0.01, 200)
    gains = candidates - benchmark[:, None]
    # Independent days: the median block of these is one day, which is the sample's deviation divided by n.
    test = SPA(np.zeros(200), -gains / gains.std(axis=0), block_size=1, reps=300, seed=np.random.default_rng(7))
    test.compute()
    ours = superior(candidates, benchmark, 7, 300)
    assert (ours.lower, ours.consistent, ours.upper) == tuple(test.pvalues)


# 14 and 28: the best cut is not the coarsest; 17, 32 and 43: nor the one whose silhouettes have the best mean.
RELATED = (*range(10), 14, 17, 28, 32, 43)


def related_streams(seed):
    """Groups of groups: copies with a little of their own, of streams that are partly common."""
    rng = np.random.default_rng(seed)
    common, groups = rng.normal(0.0, 0.01, (300, 1)), rng.normal(0.0, 0.01, (300, 4))
    shares = rng.uniform(0.0, 2.0, 4)
    of_groups = np.repeat(groups + shares * common, rng.integers(1, 6, 4), axis=1)
    return of_groups + rng.uniform(0.05, 0.6) * rng.normal(0.0, 0.01, of_groups.shape)


def with_a_stranger(distance):
    """One stream more, unrelated to all."""
    return np.pad(distance, (0, 1), constant_values=math.sqrt(0.5)) * (1.0 - np.eye(len(distance) + 1))


def silhouettes(distance, labels):
    samples = silhouette_samples(with_a_stranger(distance), np.append(labels, labels.max() + 1), metric="precomputed")
    return samples[:-1]


@pytest.mark.parametrize("clusters", [1, 2, 3])
@pytest.mark.parametrize("seed", RELATED)
def test_silhouettes_are_scikit_learns(seed, clusters):
    distance = _distances(related_streams(seed))
    drawn = np.random.default_rng(seed).integers(0, clusters, len(distance))
    labels = np.unique(drawn, return_inverse=True)[1]
    np.testing.assert_allclose(_silhouettes(distance, labels), silhouettes(distance, labels), rtol=0.0, atol=TIGHT)


def cuts_without_strangers(distance):
    tree = linkage(squareform(distance, checks=False), method="average")
    return [fcluster(tree, height, "distance") - 1 for height in tree[:, 2] if height <= FURTHEST]


@pytest.mark.parametrize("seed", RELATED)
def test_no_cut_without_strangers_has_better_silhouettes(seed):
    streams = related_streams(seed)
    distance = _distances(streams)
    cuts = cuts_without_strangers(distance)
    qualities = [one.mean() / one.std() for one in (silhouettes(distance, cut) for cut in cuts)]
    best = cuts[int(np.argmax(qualities))]
    found = effective_trials(streams)
    assert found.count == best.max() + 1
    np.testing.assert_array_equal(found.labels[:, None] == found.labels, best[:, None] == best)


def test_the_best_cut_is_not_always_the_coarsest_nor_that_of_the_best_mean():
    coarsest, by_mean = set(), set()
    for seed in RELATED:
        streams = related_streams(seed)
        distance = _distances(streams)
        cuts = cuts_without_strangers(distance)
        count = effective_trials(streams).count
        coarsest.add(count != cuts[-1].max() + 1)
        by_mean.add(count != max(cuts, key=lambda cut: silhouettes(distance, cut).mean()).max() + 1)
    assert coarsest == by_mean == {False, True}
