"""What holds of evidence whatever the returns, the splits and the trials."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.evidence import (
    combinatorial_purged_splits,
    cscv,
    deflated_sharpe,
    effective_trials,
    expected_maximum_sharpe,
    group_of_rows,
    leaks,
    probabilistic_sharpe,
    superior,
    walk_forward_blocks,
)

SEEDS = st.integers(0, 10**6)
RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=0, max_size=40).map(np.array)
BENCHMARKS = st.floats(-1.0, 1.0)
TRIALS = st.floats(1.0, 1e6)
VARIANCES = st.floats(0.0, 4.0)
GAPS = st.integers(0, 6)


@given(RETURNS, BENCHMARKS, BENCHMARKS)
def test_a_higher_benchmark_is_never_more_likely_surpassed(returns, one, other):
    low, high = (probabilistic_sharpe(returns, benchmark) for benchmark in sorted((one, other)))
    assert (low is None) == (high is None)
    if low is not None:
        assert 0.0 <= high <= low <= 1.0


@given(RETURNS, TRIALS, TRIALS, VARIANCES)
def test_more_trials_never_make_it_likelier(returns, one, other, variance):
    fewer, more = (deflated_sharpe(returns, trials, variance) for trials in sorted((one, other)))
    plain = probabilistic_sharpe(returns)
    assert (fewer is None) == (plain is None)
    if plain is not None:
        assert more <= fewer <= plain


@given(TRIALS, VARIANCES, VARIANCES)
def test_trials_further_apart_never_expect_less(trials, one, other):
    less, more = (expected_maximum_sharpe(trials, variance) for variance in sorted((one, other)))
    assert 0.0 <= less <= more


@given(st.integers(2, 12), st.integers(0, 40), GAPS, GAPS, st.data())
def test_splits_never_overlap_and_every_row_is_purged(groups, more, purge, embargo, data):
    rows = groups * (purge + embargo + 2) + more
    tested = data.draw(st.integers(1, min(3, groups - 1)))
    ends = np.minimum(np.arange(rows) + purge, rows - 1)
    for split in combinatorial_purged_splits(rows, groups, tested, purge, embargo):
        assert not np.intersect1d(split.train, split.test).size
        assert leaks(split.train, split.test, ends).size == 0
        before = [int(split.test[split.test < row].max(initial=-(10**6))) for row in split.train]
        assert (split.train - before > purge + embargo).all()


@given(st.integers(2, 12), st.integers(0, 40), GAPS, GAPS, st.data())
def test_groups_agree_with_splits(groups, more, purge, embargo, data):
    """What stays in one group and off the rows between can be split by any choice of groups, and nothing leaks."""
    rows = groups * (purge + embargo + 2) + more
    tested = data.draw(st.integers(1, groups - 1))
    group = group_of_rows(rows, groups, purge, embargo)
    assert (group == -1).sum() == (groups - 1) * (purge + embargo)
    ends = np.minimum(np.arange(rows) + purge + embargo, rows - 1)
    for split in combinatorial_purged_splits(rows, groups, tested, purge, embargo)[:20]:
        chosen = np.unique(group[split.test][group[split.test] >= 0])
        assert chosen.size == tested
        test = np.flatnonzero(np.isin(group, chosen))
        train = np.flatnonzero(~np.isin(group, chosen) & (group >= 0))
        assert np.isin(test, split.test).all()
        assert leaks(train, test, ends).size == 0
        # Of what is learned from, only rows right before a test differ: there the gap is in the test.
        extra = np.setdiff1d(train, split.train)
        assert all(np.isin(row + 1 + np.arange(purge), split.test).any() for row in extra)


@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 50), GAPS, GAPS)
def test_walks_end_with_the_last_row_and_leave_a_gap(folds, least, more, purge, embargo):
    rows = least + purge + embargo + folds + more
    blocks = walk_forward_blocks(rows, folds, purge, embargo, least)
    assert len(blocks) == folds
    assert blocks[-1].test_stop == rows
    assert blocks[0].train_stop >= least
    assert len({one.test_stop - one.test_start for one in blocks}) == 1
    assert all(one.test_start - one.train_stop == purge + embargo for one in blocks)
    assert [one.test_start for one in blocks[1:]] == [one.test_stop for one in blocks[:-1]]


@given(st.integers(2, 40), st.lists(st.integers(0, 9), min_size=2, max_size=40), SEEDS)
def test_leaks_are_those_of_every_pair(rows, lengths, seed):
    rng = np.random.default_rng(seed)
    ends = np.arange(rows) + np.resize(lengths, rows)
    side = rng.integers(0, 3, rows)
    train, test = np.flatnonzero(side == 0), np.flatnonzero(side == 1)
    slow = [row for row in train if any(row <= ends[one] and one <= ends[row] for one in test)]
    assert leaks(train, rng.permutation(test), ends).tolist() == slow


def drawn(seed, days, trials):
    """Returns with copies, idle trials and coarse steps among them, so that ties happen."""
    rng = np.random.default_rng(seed)
    returns = np.round(rng.normal(0.0, 0.01, (days, trials)), int(rng.integers(2, 6)))
    returns[:, rng.random(trials) < 0.2] = 0.0
    return returns[:, rng.integers(0, trials, trials)]


@given(SEEDS, st.integers(2, 12), st.sampled_from([2, 4, 6]), st.integers(0, 30))
def test_overfitting_is_a_share(seed, trials, blocks, more):
    found = cscv(drawn(seed, 2 * blocks + more, trials), blocks)
    assert 0.0 <= found.pbo <= 1.0
    assert 0.0 <= found.losing <= 1.0
    assert np.isfinite(found.logits).all()
    assert (np.abs(found.logits) <= np.log(trials) + 1e-12).all()


@given(SEEDS, st.integers(2, 12), st.sampled_from([2, 4, 6]), st.integers(0, 30), st.floats(0.01, 100.0))
def test_overfitting_knows_no_stakes(seed, trials, blocks, more, stake):
    returns = drawn(seed, 2 * blocks + more, trials)
    np.testing.assert_array_equal(cscv(returns, blocks).logits, cscv(stake * returns, blocks).logits)


@given(SEEDS, st.integers(2, 10), st.sampled_from([2, 4, 6, 8]), st.integers(0, 9))
def test_who_is_best_in_every_block_is_never_overfitted(seed, trials, blocks, more):
    days = 4 * blocks + more
    returns = np.random.default_rng(seed).uniform(-0.01, 0.01, (days, trials))
    returns[:, seed % trials] = 0.1 + 0.001 * returns[:, seed % trials]
    found = cscv(returns, blocks)
    assert (found.pbo, found.losing) == (0.0, 0.0)


@given(SEEDS, st.integers(1, 12), st.integers(2, 40))
def test_there_are_one_to_all_trials_in_any_order_at_any_stake(seed, trials, days):
    rng = np.random.default_rng(seed)
    streams = drawn(seed, days, trials)
    found = effective_trials(streams)
    assert 1.0 <= found.count <= trials
    assert found.labels.shape == (trials,)
    assert set(found.labels) == set(range(int(found.count)))
    assert found.variance >= 0.0
    order = rng.permutation(trials)
    assume(unlike(streams))
    other = effective_trials(streams[:, order] * rng.uniform(0.1, 10.0, trials))
    assert other.count == found.count
    assert same_parts(other.labels, found.labels[order])
    assert other.variance == pytest.approx(found.variance, rel=1e-6, abs=1e-12)


def unlike(streams):
    """No two distances of different pairs are level: a tree of level distances depends on which comes first."""
    moving = np.unique(streams[:, streams.std(axis=0) > 0.0], axis=1)
    if moving.shape[1] < 2:
        return True
    distances = np.sort(np.corrcoef(moving, rowvar=False)[np.triu_indices(moving.shape[1], 1)])
    return bool((np.diff(distances) > 1e-9).all() and (distances < 1.0 - 1e-9).all())


def same_parts(one, other):
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


@given(SEEDS, st.integers(1, 6), st.integers(1, 5))
def test_groups_that_are_nearly_alike_are_one_trial_each(seed, groups, members):
    rng = np.random.default_rng(seed)
    common = np.repeat(rng.normal(0.0, 0.01, (200, groups)), members, axis=1)
    streams = common + 0.1 * rng.normal(0.0, 0.01, common.shape)
    order = rng.permutation(groups * members)
    found = effective_trials(streams[:, order])
    assert found.count == groups
    assert same_parts(found.labels, order // members)


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 6), st.integers(30, 60))
def test_p_values_are_ordered_shares(seed, trials, days):
    found = superior(drawn(seed, days, trials), drawn(seed + 1, days, 1)[:, 0], seed, 20)
    assert 0.0 <= found.lower <= found.consistent <= found.upper <= 1.0
