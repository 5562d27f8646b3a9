"""How many trials were different: groups that are known, and streams that stand still."""

import math

import numpy as np
import pytest

from models.evidence import effective_trials
from models.types import BadInput


def groups_of(count, members, alike, seed=1, days=500):
    """`count` independent groups of streams that correlate at `alike` in a group, shape (days, count * members)."""
    rng = np.random.default_rng(seed)
    common = np.repeat(rng.normal(0.0, 0.01, (days, count)), members, axis=1)
    own = rng.normal(0.0, 0.01, (days, count * members))
    return math.sqrt(alike) * common + math.sqrt(1.0 - alike) * own


@pytest.mark.parametrize("alike", [0.8, 0.9, 0.99, 1.0])
@pytest.mark.parametrize(("count", "members"), [(1, 2), (1, 12), (2, 5), (5, 4), (8, 2), (12, 6)])
def test_independent_groups_are_so_many_trials(count, members, alike):
    found = effective_trials(groups_of(count, members, alike))
    assert found.count == count
    assert len({tuple(one) for one in found.labels.reshape(count, members)}) == count
    assert all(len(set(one)) == 1 for one in found.labels.reshape(count, members).tolist())


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_streams_with_nothing_in_common_are_all_counted(count):
    found = effective_trials(groups_of(count, 1, 0.5))
    assert found.count == count
    assert sorted(found.labels) == list(range(count))


@pytest.mark.parametrize("alike", [0.3, 0.6])
def test_streams_that_share_less_than_half_of_their_variance_are_not_taken_for_one(alike):
    assert effective_trials(groups_of(1, 20, alike)).count == 20


def test_a_pair_among_strangers():
    streams = groups_of(9, 1, 0.5)
    streams[:, 3] = streams[:, 7] + 0.1 * streams[:, 3]
    found = effective_trials(streams)
    assert found.count == 8
    assert found.labels[3] == found.labels[7]


def test_groups_of_unequal_size():
    streams = groups_of(4, 10, 0.8)[:, [*range(10), 10, 11, 20, *range(30, 33)]]
    found = effective_trials(streams)
    assert found.count == 4
    assert sorted(np.bincount(found.labels)) == [1, 2, 3, 10]


def test_an_opposite_is_another_trial():
    stream = groups_of(1, 1, 0.5)
    assert effective_trials(np.column_stack([stream, -stream])).count == 2


def test_what_stands_still_is_one_trial():
    streams = groups_of(3, 2, 0.9)
    still = np.column_stack([np.zeros(500), streams, np.full(500, 0.001), np.full(500, -0.2)])
    found, moving = effective_trials(still), effective_trials(streams)
    assert found.count == moving.count + 1 == 4
    assert found.labels[0] == found.labels[-1] == found.labels[-2] == 3
    assert found.labels[1:-2].tolist() == moving.labels.tolist()
    assert found.variance == moving.variance


def test_nothing_but_still_streams_is_one_trial_without_a_variance():
    found = effective_trials(np.zeros((100, 5)))
    assert (found.count, found.labels.tolist(), found.variance) == (1.0, [0] * 5, 0.0)


def test_one_stream_is_one_trial():
    found = effective_trials(groups_of(1, 1, 0.5))
    assert (found.count, found.labels.tolist(), found.variance) == (1.0, [0], 0.0)


def test_the_variance_is_that_of_the_clusters():
    streams = groups_of(3, 1, 0.5) + np.array([0.0, 0.001, 0.002])
    ratios = streams.mean(axis=0) / streams.std(axis=0, ddof=1)
    # Copies of the first at other stakes would pull the variance of all five down.
    found = effective_trials(streams[:, [0, 0, 1, 2, 0]] * np.array([1.0, 2.0, 1.0, 1.0, 0.3]))
    assert found.count == 3
    assert found.variance == pytest.approx(ratios.var(ddof=1), rel=1e-12)


def test_a_clusters_stream_is_the_mean_at_equal_volatility():
    streams = groups_of(2, 2, 0.9) + np.array([0.001, 0.0, 0.0, 0.0005])
    unit = streams / streams.std(axis=0, ddof=1)
    clusters = np.column_stack([unit[:, :2].mean(axis=1), unit[:, 2:].mean(axis=1)])
    ratios = clusters.mean(axis=0) / clusters.std(axis=0, ddof=1)
    assert effective_trials(streams).variance == pytest.approx(ratios.var(ddof=1), rel=1e-12)


def test_in_one_cluster_the_variance_is_that_of_all():
    streams = groups_of(1, 6, 0.9) + np.linspace(0.0, 0.002, 6)
    ratios = streams.mean(axis=0) / streams.std(axis=0, ddof=1)
    found = effective_trials(streams)
    assert found.count == 1
    assert found.variance == pytest.approx(ratios.var(ddof=1), rel=1e-12)


@pytest.mark.parametrize("streams", [np.zeros((100, 0)), np.zeros((1, 3)), np.zeros(100), np.full((9, 2), math.nan)])
def test_what_cannot_be_counted(streams):
    with pytest.raises(BadInput):
        effective_trials(streams)
