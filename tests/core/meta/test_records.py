"""What specialists lately earned, and when that benches them: rows worked out by hand."""

import math

import numpy as np
import pytest

from models.meta import RECORD, no_records, note_trade, plain_controller, vote
from models.meta.controller import BENCHED, PERFORMANCE
from models.meta.records import COUNT, DAYS, LOOKBACK, NEVER, RETURNS

# Benched at a loss of 5 % over 20 trades, back above one of 2 %; a record of 20 trades is shrunk by half.
CONTROLLER = plain_controller()._replace(
    adaptive=1.0, underperformance=0.05, recovery=0.02, prior_trades=20.0, memory_days=30.0
)
ONE, OTHER = 1, 2


def traded(*gains, day=100.0, specialist=ONE):
    records = no_records(2)
    for gain in gains:
        note_trade(records, 0, specialist, gain, day)
    return records


def voted(records, day=100.0, controller=CONTROLLER):
    vote(records, 0, day, controller)
    return records[0]


def test_nothing_is_known_at_first():
    records = no_records(3)
    assert records.shape == (3, 4, RECORD) == (3, 4, 45)
    assert not voted(records)[:, [BENCHED, PERFORMANCE, COUNT]].any()


# Returns, prior trades -> sum * n / (n + prior)
PERFORMANCES = [
    ("twenty trades without a prior are their sum", [-0.01] * 20, 0.0, -0.2),
    ("with one of twenty they are half of it", [-0.01] * 20, 20.0, -0.1),
    ("a single trade hardly counts", [-0.1], 20.0, -0.1 / 21.0),
    ("twenty count for half", [-0.01] * 20, 20.0, -0.1),
    ("and for what they are without a prior", [-0.1], 0.0, -0.1),
    ("gains make up for losses", [-0.04, 0.03, -0.02], 0.0, -0.03),
    ("the last twenty count", [-0.5] * 3 + [0.01] * 20, 0.0, 0.2),
    ("and no more of those before", [-0.5] * 25 + [0.01] * 19, 0.0, -0.31),
    ("no trade is no performance", [], 5.0, 0.0),
]


@pytest.mark.parametrize(
    ("gains", "prior", "performance"), [one[1:] for one in PERFORMANCES], ids=[one[0] for one in PERFORMANCES]
)
def test_performance_is_the_shrunk_sum_of_the_last_trades(gains, prior, performance):
    found = voted(traded(*gains), controller=CONTROLLER._replace(prior_trades=prior))
    assert found[ONE, PERFORMANCE] == pytest.approx(performance, rel=1e-12)
    assert not found[[0, 2, 3], PERFORMANCE].any()


def test_trades_stand_in_a_ring_of_twenty():
    records = traded(*np.arange(23) / 100.0, day=7.0)
    assert records[0, ONE, COUNT] == 23.0
    ring = records[0, ONE, RETURNS : RETURNS + LOOKBACK]
    np.testing.assert_array_equal(ring, [0.20, 0.21, 0.22, *np.arange(3, 20) / 100.0])
    assert (records[0, ONE, DAYS : DAYS + LOOKBACK] == 7.0).all()
    assert not records[1, :, [RETURNS, COUNT]].any()
    assert not records[0, OTHER, RETURNS:].any()


@pytest.mark.parametrize(("day", "performance"), [(129.0, -0.2), (130.0, -0.2), (131.0, 0.0)])
def test_a_trade_counts_as_long_as_it_is_remembered(day, performance):
    found = voted(traded(*[-0.01] * 20), day, CONTROLLER._replace(prior_trades=0.0))
    assert found[ONE, PERFORMANCE] == pytest.approx(performance)


def test_old_trades_are_forgotten_one_after_the_other():
    records = traded(-0.1, day=100.0)
    note_trade(records, 0, ONE, -0.02, 110.0)
    exact = CONTROLLER._replace(prior_trades=0.0)
    assert [voted(records, day, exact)[ONE, PERFORMANCE] for day in (130.0, 131.0, 140.0, 141.0)] == pytest.approx(
        [-0.12, -0.02, -0.02, 0.0]
    )


def test_a_trade_of_today_counts_at_the_next_decision_of_today():
    records = traded(-0.01)
    first = voted(records)[ONE, PERFORMANCE]
    note_trade(records, 0, ONE, -0.05, 100.0)
    assert voted(records)[ONE, PERFORMANCE] < first


BELOW, BETWEEN, ABOVE = -0.06, -0.03, -0.01
B, D, A = BELOW, BETWEEN, ABOVE
# Performance at one decision after the other -> whether it is benched after each
VERDICTS = [
    ("three times below in a row", [B, B, B], [0, 0, 1]),
    ("three of five", [B, A, B, A, B], [0, 0, 0, 0, 1]),
    ("three of six are not", [B, A, A, B, A, B], [0] * 6),
    ("twice is not enough", [B, B, A, A, A, A], [0] * 6),
    ("between the two nothing happens", [D] * 8, [0] * 8),
    ("nor does it end a beginning", [B, D, B, D, B], [0, 0, 0, 0, 1]),
    ("nor bring one back", [B, B, B, D, D, D, D, D], [0, 0, 1, 1, 1, 1, 1, 1]),
    ("three times above bring one back", [B, B, B, A, A, A], [0, 0, 1, 1, 1, 0]),
    ("three of five", [B, B, B, A, D, A, B, A], [0, 0, 1, 1, 1, 1, 1, 0]),
    ("what was said before the change counts no more", [B, A, B, A, B, A, A, A], [0, 0, 0, 0, 1, 1, 1, 0]),
    ("nor when it comes back", [B, B, B, A, A, A, B, B, B], [0, 0, 1, 1, 1, 0, 0, 0, 1]),
    ("at the very loss it is not yet", [-0.05] * 4, [0] * 4),
    ("and at the other very loss it is back", [B, B, B, -0.02, -0.02, -0.02], [0, 0, 1, 1, 1, 0]),
    ("an unsteady one changes by threes", [B, B, B, A, A, A, B, B, B, A, A, A], [0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0]),
]


@pytest.mark.parametrize(("performances", "benched"), [one[1:] for one in VERDICTS], ids=[one[0] for one in VERDICTS])
def test_three_verdicts_of_five_bench_and_bring_back(performances, benched):
    records, found = no_records(1), []
    for performance in performances:
        records[0, ONE, PERFORMANCE], records[0, ONE, 2] = performance, 100.0
        vote(records, 0, 100.0, CONTROLLER)
        found.append(int(records[0, ONE, BENCHED]))
    assert found == benched
    assert not records[0, [0, 2, 3], BENCHED].any()


def test_who_is_benched_comes_back_when_its_losses_are_forgotten():
    records = traded(*[-0.02] * 20)
    days = [100.0] * 3 + [130.0] * 3 + [131.0] * 3
    found = [int(voted(records, day)[ONE, BENCHED]) for day in days]
    assert found == [0, 0, 1, 1, 1, 1, 1, 1, 0]


def test_a_system_judges_its_own():
    records = traded(*[-0.02] * 20)
    for _ in range(3):
        vote(records, 1, 100.0, CONTROLLER)
    assert not records[:, :, BENCHED].any()
    assert (records[0, :, 2] == NEVER).all()


def test_without_a_limit_nobody_is_benched():
    records = traded(*[-0.9] * 20)
    for _ in range(9):
        vote(records, 0, 100.0, plain_controller()._replace(adaptive=1.0))
    assert not records[:, :, BENCHED].any()
    assert math.isfinite(records[0, ONE, PERFORMANCE])
