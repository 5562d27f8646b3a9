"""Present bars in, kinds of absences out."""

import numpy as np
import pytest

from models.quality import Gap, GapKind, classify_absences
from models.quality.density import DENSE, HOLES, implausible

QUIET, MISSING, OUTAGE = GapKind.QUIET, GapKind.MISSING, GapKind.OUTAGE


def series(count, *runs):
    """Expected opens 0..count-1, and the same without the runs (first, length)."""
    expected = np.arange(count, dtype=np.int64)
    absent = np.zeros(count, np.bool_)
    for first, length in runs:
        absent[first : first + length] = True
    return expected[~absent], expected


def thin(count, seed=1, mean=2.0, every=6):
    """Runs of geometric length, one in about `every` bars."""
    rng = np.random.default_rng(seed)
    runs, at = [], 5
    while at < count - 100:
        runs.append((at, int(rng.geometric(1.0 / mean))))
        at += runs[-1][1] + int(rng.geometric(1.0 / every)) + 1
    return runs


def kinds(gaps):
    return [(gap.start, gap.missing, gap.kind) for gap in gaps]


def test_in_a_dense_market_each_absent_bar_is_missing():
    assert kinds(classify_absences(*series(20_000, (50, 1), (9_000, 3), (15_000, 1)))) == [
        (50, 1, MISSING),
        (9_000, 3, MISSING),
        (15_000, 1, MISSING),
    ]


def test_a_short_series_is_taken_for_a_dense_one():
    gaps = classify_absences(*series(300, *((10 * k, 1) for k in range(1, HOLES + 2))))
    assert {gap.kind for gap in gaps} == {MISSING}
    gaps = classify_absences(*series(300, *((10 * k, 1) for k in range(1, HOLES + 4))))
    assert {gap.kind for gap in gaps} == {QUIET}


def test_dense_ends_at_its_share_of_runs():
    many = int(DENSE * 5_000) + HOLES
    for count, kind in ((many, MISSING), (many + 2, QUIET)):
        gaps = classify_absences(*series(5_000 + count, *((4 * k, 1) for k in range(1, count + 1))))
        assert {gap.kind for gap in gaps} == {kind}


def test_quiet_stretches_of_a_thin_market_are_quiet():
    gaps = classify_absences(*series(40_000, *thin(40_000)))
    assert len(gaps) > 4_000
    assert max(gap.missing for gap in gaps) > 10
    assert {gap.kind for gap in gaps} == {QUIET}


def test_a_hole_of_a_thin_market_is_missing_and_nothing_else_is():
    runs = [run for run in thin(40_000) if not 19_900 < run[0] < 20_300]
    gaps = classify_absences(*series(40_000, *runs, (20_000, 120)))
    assert [gap.start for gap in gaps if gap.kind is MISSING] == [20_000]


@pytest.mark.parametrize("length", [60, 3_000, 15_000])
def test_several_holes_in_a_row_do_not_excuse_each_other(length):
    holes = [(20_000 + k * (length + 40), length) for k in range(HOLES)]
    runs = [run for run in thin(150_000, every=60) if not 19_900 < run[0] < 20_100 + HOLES * (length + 40)]
    gaps = classify_absences(*series(150_000, *runs, *holes))
    assert [gap.start for gap in gaps if gap.kind is MISSING] == [first for first, _ in holes]


def test_the_same_length_is_quiet_at_the_thin_end_and_missing_at_the_busy_one():
    busy = [(60 * k, 1) for k in range(1, 600)]
    slow = [(60_000 + first, length) for first, length in thin(39_000, mean=8.0, every=4)]
    gaps = classify_absences(*series(100_000, *busy, (18_020, 25), *slow, (99_500, 25)))
    told = {gap.start: gap.kind for gap in gaps}
    assert (told[18_020], told[99_500]) == (MISSING, QUIET)


@pytest.mark.parametrize(("length", "kind"), [(20, QUIET), (21, MISSING)])
def test_the_limit_is_eight_decades_beyond_one_run_in_a_hundred(length, kind):
    # Of twenty runs sixteen are one bar long, three two bars and one four: 90 % up to two bars, 99 % up to four.
    lengths = [1] * 16 + [2] * 3 + [4]
    runs = [(10 * k, lengths[k % 20]) for k in range(1, 1_900) if k != 950]
    told = {gap.start: gap.kind for gap in classify_absences(*series(19_000, *runs, (9_500 - 15, length)))}
    assert told.pop(9_485) is kind
    assert set(told.values()) == {QUIET}


OUTAGES = [
    ("all of it", [(100, 110)], [(100, 10, OUTAGE)]),
    ("more than it", [(0, 5_000)], [(100, 10, OUTAGE)]),
    ("the end is not included", [(100, 109)], [(100, 9, OUTAGE), (109, 1, MISSING)]),
    ("the start is", [(101, 110)], [(100, 1, MISSING), (101, 9, OUTAGE)]),
    ("in the middle", [(103, 105)], [(100, 3, MISSING), (103, 2, OUTAGE), (105, 5, MISSING)]),
    (
        "two that overlap, the later first",
        [(104, 107), (102, 105)],
        [(100, 2, MISSING), (102, 5, OUTAGE), (107, 3, MISSING)],
    ),
    ("two that touch", [(100, 105), (105, 110)], [(100, 10, OUTAGE)]),
    ("elsewhere", [(90, 100), (110, 120)], [(100, 10, MISSING)]),
    ("before and after everything", [(-50, -10), (9_999, 10_500)], [(100, 10, MISSING)]),
]


@pytest.mark.parametrize(("outages", "gaps"), [one[1:] for one in OUTAGES], ids=[one[0] for one in OUTAGES])
def test_outages(outages, gaps):
    assert kinds(classify_absences(*series(9_000, (100, 10)), outages)) == gaps


def test_present_bars_in_an_outage_are_present():
    gaps = classify_absences(*series(500, (100, 2), (104, 2)), [(95, 110)])
    assert kinds(gaps) == [(100, 2, OUTAGE), (104, 2, OUTAGE)]


def test_no_absences():
    assert classify_absences(*series(10)) == ()
    assert classify_absences(*series(10), [(2, 5)]) == ()
    assert classify_absences(np.zeros(0, np.int64), np.zeros(0, np.int64)) == ()


def test_a_gap_tells_its_ends():
    assert classify_absences(np.array([0, 60, 240]), np.arange(0, 300, 60)) == (Gap(120, 180, 2, MISSING),)


def test_looking_back_only_a_verdict_knows_nothing_of_what_follows():
    present, expected = series(40_000, *thin(40_000))
    runs = classify_absences(present, expected)
    first = np.array([gap.start for gap in runs])
    last = np.array([gap.end for gap in runs])
    whole = implausible(first, last, 40_000, 5_000, 0)
    assert whole[: HOLES + 1].all()
    assert not whole[100:].any()
    for cut in (1, 30, 2_000):
        assert (implausible(first[:cut], last[:cut], 40_000, 5_000, 0) == whole[:cut]).all()
