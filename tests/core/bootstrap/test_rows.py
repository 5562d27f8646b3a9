"""Rows drawn in blocks, against draws written out by hand."""

import math

import numpy as np
import pytest

from models.bootstrap import stationary_rows
from models.types import BadInput


class Said:
    """A generator that says what it is told."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def by_hand(n, length, block, generator):
    """The definition: a first row anywhere, then with a chance of 1 / block another one anywhere, or the next."""
    drawn = [generator.random() for _ in range(length)]
    rows = [math.floor(drawn[0] * n)]
    for one in drawn[1:]:
        begins = one < 1.0 / block
        rows.append(math.floor(one * block * n) if begins else (rows[-1] + 1) % n)
    return rows


@pytest.mark.parametrize("block", [1.0, 4.0, 64.0, math.inf])
@pytest.mark.parametrize("n", [1, 2, 7, 1000])
def test_rows_are_those_of_the_definition(n, block):
    rows = stationary_rows(n, 500, block, np.random.default_rng(n))
    assert rows.dtype == np.int64
    assert rows.tolist() == by_hand(n, 500, block, np.random.default_rng(n))


def test_a_draw_written_out():
    # A block of 4 of 10 rows: it begins anew below 0.25, and 0.2 is then 0.8 of the way through the rows.
    assert by_hand(10, 6, 4.0, Said(0.75, 0.9, 0.25, 0.9, 0.2, 0.05)) == [7, 8, 9, 0, 8, 2]


def test_an_endless_block_is_every_row_in_turn_from_anywhere():
    rows = stationary_rows(5, 12, math.inf, np.random.default_rng(3))
    assert np.array_equal(rows, (rows[0] + np.arange(12)) % 5)
    firsts = {int(stationary_rows(5, 1, math.inf, np.random.default_rng(seed))[0]) for seed in range(60)}
    assert firsts == set(range(5))


@pytest.mark.parametrize("block", [1.0, 3.0, 20.0])
def test_blocks_are_as_long_as_asked_and_begin_everywhere_alike(block):
    n, length = 50, 200_000
    rows = stationary_rows(n, length, block, np.random.default_rng(1))
    begins = np.append(True, (rows[:-1] + 1) % n != rows[1:])
    # A new block begins by chance where the old one would have gone on: once in n.
    expected = 1.0 / block * (1.0 - 1.0 / n)
    assert begins.mean() == pytest.approx(expected, abs=4.0 * math.sqrt(expected / length))
    firsts = np.bincount(rows[begins], minlength=n) / begins.sum()
    assert np.abs(firsts - 1.0 / n).max() < 5.0 * math.sqrt(1.0 / n / begins.sum())
    assert np.abs(np.bincount(rows, minlength=n) / length - 1.0 / n).max() < 5.0 * math.sqrt(2.0 * block / n / length)


@pytest.mark.parametrize(
    ("n", "length", "block", "words"),
    [
        (0, 5, 2.0, "0 rows to draw from"),
        (5, 0, 2.0, "0 rows were asked for"),
        (5, 5, 0.99, "mean block of 0.99"),
        (5, 5, math.nan, "mean block of nan"),
    ],
)
def test_what_cannot_be_drawn_is_refused(n, length, block, words):
    with pytest.raises(BadInput, match=words):
        stationary_rows(n, length, block, np.random.default_rng(1))
