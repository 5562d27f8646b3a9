"""How symbols moved together, as it was known."""

import math

import numpy as np
import pytest
from tail_markets import made_days

from models.tails import (
    DailyCloses,
    TailSettings,
    average_correlation,
    common_days,
    correlation_history,
    shrunk_correlation,
)
from models.types.timeframes import DAY, HOUR

pytestmark = pytest.mark.risk

SETTINGS = TailSettings(correlation_days=80)


def book(count: int = 200) -> list[DailyCloses]:
    """Three series, of which the second begins later and the third lacks days; the first two move together."""
    first, other = made_days(count, 1), made_days(count, 2)
    second = DailyCloses(first.ts, first.known_at + HOUR, first.close * np.sqrt(other.close))
    return [first, second.rows(slice(20, None)), made_days(count, 3).rows(np.flatnonzero(np.arange(count) % 11 != 5))]


def test_days_that_all_have():
    shared = common_days(book(60))
    expected = [day for day in range(20, 60) if day % 11 != 5]
    assert all((one.ts // DAY).tolist() == expected for one in shared)
    assert shared[2].close.tolist() == [made_days(60, 3).close[day] for day in expected]


def test_a_matrix_every_fifth_common_day_from_the_sixtieth_return_on():
    days = book()
    known_at, matrices = correlation_history(days, SETTINGS)
    shared = common_days(days)
    ends = list(range(60, len(shared[0]), 5))
    assert known_at.tolist() == [shared[1].known_at[end] for end in ends]  # when the last of them was known
    for end, matrix in zip(ends, matrices, strict=True):
        returns = np.column_stack([np.log(one.close[1:] / one.close[:-1]) for one in shared])[max(0, end - 80) : end]
        assert matrix == pytest.approx(shrunk_correlation(returns), abs=1e-12)
        assert (matrix == matrix.T).all()
        assert (np.diag(matrix) == 1.0).all()
        assert np.linalg.eigvalsh(matrix).min() > 0.0
    assert (matrices[:, 0, 1] > 0.4).all()
    assert (np.abs(matrices[:, 0, 2]) < 0.3).all()


def test_too_few_days_give_none():
    known_at, matrices = correlation_history([one.rows(slice(0, 60)) for one in book()], SETTINGS)
    assert known_at.shape == (0,)
    assert matrices.shape == (0, 3, 3)


@pytest.mark.parametrize("cut", [60, 85, 100, 133, 171, 199])
def test_a_day_does_not_change_when_later_ones_come(cut):
    whole = correlation_history(book(), SETTINGS)
    parts = [one.rows(one.ts < cut * DAY) for one in book()]  # type: ignore[arg-type]
    part = correlation_history(parts, SETTINGS)
    count = part[0].size
    assert 0 < count + (cut < 95) <= whole[0].size
    for long, short in zip(whole, part, strict=True):
        assert long[:count].tobytes() == short.tobytes()
    later = correlation_history(book(), SETTINGS, first=count)
    assert np.concatenate((part[1], later[1])).tobytes() == whole[1].tobytes()
    assert np.concatenate((part[0], later[0])).tobytes() == whole[0].tobytes()


def test_one_symbol_moves_with_itself():
    _, matrices = correlation_history([made_days(80)], SETTINGS)
    assert (matrices == 1.0).all()
    assert np.isnan(average_correlation(matrices)).all()


def test_noise_is_shrunk_away_and_a_likeness_is_not():
    rng = np.random.default_rng(1)
    common = rng.normal(0.0, 1.0, (250, 1))
    alike = common + rng.normal(0.0, 0.3, (250, 2))
    apart = rng.normal(0.0, 1.0, (250, 2))
    assert shrunk_correlation(alike)[0, 1] == pytest.approx(np.corrcoef(alike.T)[0, 1], abs=0.02)
    assert abs(shrunk_correlation(apart)[0, 1]) < abs(np.corrcoef(apart.T)[0, 1])


def test_a_symbol_that_does_not_move_counts_as_moving_along():
    returns = np.random.default_rng(1).normal(0.0, 1.0, (100, 3))
    returns[:, 1] = 0.0
    found = shrunk_correlation(returns)
    assert (found[1] == 1.0).all()
    assert (found[:, 1] == 1.0).all()
    assert abs(found[0, 2]) < 0.3


def test_the_mean_is_over_pairs():
    matrix = np.array([[[1.0, 0.2, 0.3], [0.2, 1.0, 0.7], [0.3, 0.7, 1.0]]])
    assert average_correlation(matrix).tolist() == pytest.approx([0.4])
    assert math.isnan(average_correlation(np.ones((1, 1, 1)))[0])
