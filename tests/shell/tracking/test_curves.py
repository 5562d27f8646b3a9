"""Curves are thinned the same way each time and keep their ends; nothing is lost, because the table has all of it."""

import csv
import io

import numpy as np
import pytest

from tasks.adapters.tracking.curves import MOST_POINTS, drawn, points, table


@pytest.mark.parametrize(
    ("generations", "most", "expected"),
    [
        (0, 4, ()),
        (1, 4, (0,)),
        (4, 4, (0, 1, 2, 3)),
        (5, 4, (0, 2, 4)),
        (10, 4, (0, 3, 6, 9)),
        (11, 4, (0, 4, 8, 10)),
        (3, 2, (0, 2)),
    ],
)
def test_the_first_every_k_th_and_the_last_are_drawn(generations: int, most: int, expected: tuple[int, ...]) -> None:
    assert drawn(generations, most) == expected


def test_a_curve_of_the_default_length_is_drawn_by_every_twentieth_generation() -> None:
    assert drawn(1000) == (*range(0, 1000, 20), 999)
    for generations in range(1, 2500):
        found = drawn(generations)
        assert len(found) <= MOST_POINTS
        assert (found[0], found[-1]) == (0, generations - 1)
        assert len(set(np.diff(found)[:-1])) <= 1


def test_what_is_not_finite_is_not_drawn_but_kept_in_the_table() -> None:
    best, mean = np.array([-np.inf, np.nan, 0.1, 1 / 3]), np.array([0.0, 1.0, 2.0, 3.0])
    assert list(points({"best": best})) == [("best", 2, 0.1), ("best", 3, 1 / 3)]
    rows = list(csv.reader(io.StringIO(table({"best": best, "mean": mean}))))
    assert rows[0] == ["generation", "best", "mean"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "3"]
    assert np.array([float(row[1]) for row in rows[1:]]).tobytes() == best.tobytes()
    assert np.array([float(row[2]) for row in rows[1:]]).tobytes() == mean.tobytes()


def test_curves_of_two_lengths_are_no_table() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table({"best": np.zeros(3), "mean": np.zeros(2)})
