"""Verdicts on bars: from the nearest rows only, or from the past only, and every absent bar in exactly one run."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from invariance import assert_prefix_invariant

from models.quality import CONTEXT, GapKind, blocks, classify_absences, find_gaps, long_wicks, spikes
from models.types import Bars
from models.types.timeframes import MINUTE

seeds = st.integers(min_value=0, max_value=100_000)


def wild_bars(seed, count, absent=0.1):
    """Minutes with absurd prints, splits, frozen stretches and holes; `absent` of them lack."""
    rng = np.random.default_rng(seed)
    ts = np.flatnonzero(rng.random(count) >= absent) * MINUTE
    level = np.exp(np.cumsum(rng.normal(0.0, 0.05, ts.size) + np.where(rng.random(ts.size) < 0.01, np.log(0.5), 0.0)))
    absurd = np.exp(np.where(rng.random(ts.size) < 0.05, rng.normal(0.0, 3.0, ts.size), 0.0))
    close = 100.0 * level * absurd
    volume = np.ones(ts.size)
    for start in rng.integers(0, ts.size, 3):
        close[start : start + 9], volume[start : start + 9] = close[start], 0.0
    opens = np.where(rng.random(ts.size) < 0.5, close, np.concatenate([close[:1], close[:-1]]))
    wick = np.exp(np.where(rng.random(ts.size) < 0.05, rng.exponential(4.0, ts.size), 0.0)) * (volume > 0) + (
        volume == 0
    )
    opens = np.where(volume == 0, close, opens)
    return Bars(ts, opens, np.maximum(opens, close) * wick, np.minimum(opens, close) / wick, close, volume)


@settings(max_examples=60)
@given(seed=seeds, first=st.integers(0, 60), length=st.integers(2 * CONTEXT + 1, 120))
def test_a_spike_is_judged_by_its_nearest_rows_only(seed, first, length):
    bars = wild_bars(seed, 250)
    part = slice(first, min(first + length, len(bars)))
    inside = slice(part.start + (CONTEXT if part.start else 0), part.stop - (CONTEXT if part.stop < len(bars) else 0))
    local = slice(inside.start - part.start, inside.stop - part.start)
    for judge in (spikes, long_wicks):
        assert (judge(bars.rows(part))[local] == judge(bars)[inside]).all()


@settings(max_examples=60)
@given(seed=seeds, data=st.data())
def test_grading_what_each_batch_touched_ends_in_the_same_verdicts_in_any_order(seed, data):
    """What the lake does: after each merge, grade the new rows and CONTEXT rows on both sides of them anew."""
    bars = wild_bars(seed, 60)
    order = data.draw(st.permutations(range(len(bars))))
    sizes = data.draw(st.lists(st.integers(1, 20), min_size=1, max_size=10))
    have, verdicts, done = np.zeros(len(bars), np.bool_), np.zeros(len(bars), np.bool_), 0
    for size in [*sizes, len(bars)]:
        batch = np.array(order[done : done + size], np.int64)
        done += size
        have[batch] = True
        stored = np.flatnonzero(have)
        for row in np.searchsorted(stored, batch):
            reach = stored[max(0, row - 2 * CONTEXT) : row + 2 * CONTEXT + 1]
            near = stored[max(0, row - CONTEXT) : row + CONTEXT + 1]
            verdicts[near] = spikes(bars.rows(reach))[np.searchsorted(reach, near)]
    assert (verdicts == spikes(bars)).all()


@settings(max_examples=40)
@given(seed=seeds, factor=st.sampled_from([0.25, 2.0, 1024.0]))
def test_a_spike_does_not_depend_on_the_currency(seed, factor):
    bars = wild_bars(seed, 200)
    scaled = Bars(bars.ts, bars.open * factor, bars.high * factor, bars.low * factor, bars.close * factor, bars.volume)
    assert (spikes(scaled) == spikes(bars)).all()


@settings(max_examples=60)
@given(seed=seeds, cut=st.integers(1, 900), absent=st.sampled_from([0.0, 0.002, 0.05, 0.5]), ahead=st.booleans())
def test_blocks(seed, cut, absent, ahead):
    bars = wild_bars(seed, 1_000, absent)
    assume(cut <= len(bars))
    splits = bars.ts[np.random.default_rng(seed).integers(0, len(bars), 3)]

    def compute(part):
        # The calendar knows the bars to come, too.
        expected = np.arange(0, bars.ts[-1] + 1 if ahead else part.ts[-1] + 1, MINUTE)
        return {"blocks": blocks(part, MINUTE, expected, splits)}

    assert_prefix_invariant(compute, bars, cut)


def intervals(count):
    return st.lists(st.tuples(st.integers(-5, count), st.integers(0, 60)), max_size=5).map(
        lambda pairs: [(start * MINUTE, (start + length) * MINUTE) for start, length in pairs]
    )


@settings(max_examples=80)
@given(seed=seeds, absent=st.sampled_from([0.0, 0.01, 0.3, 0.9, 1.0]), outages=intervals(400))
def test_the_kinds_part_the_absences(seed, absent, outages):
    present = np.flatnonzero(np.random.default_rng(seed).random(400) >= absent) * MINUTE
    expected = np.arange(400) * MINUTE
    gaps = classify_absences(present, expected, outages)
    covered = np.concatenate([np.arange(gap.start, gap.end + 1, MINUTE) for gap in gaps] or [np.zeros(0, np.int64)])
    assert covered.tolist() == np.setdiff1d(expected, present).tolist()
    assert [gap.missing for gap in gaps] == [(gap.end - gap.start) // MINUTE + 1 for gap in gaps]
    for gap in gaps:
        known = [any(start <= bar < end for start, end in outages) for bar in range(gap.start, gap.end + 1, MINUTE)]
        assert all(known) if gap.kind is GapKind.OUTAGE else not any(known)


@settings(max_examples=40)
@given(seed=seeds, absent=st.sampled_from([0.01, 0.3, 0.9]))
def test_without_outages_the_runs_stay_whole(seed, absent):
    present = np.flatnonzero(np.random.default_rng(seed).random(400) >= absent) * MINUTE
    expected = np.arange(400) * MINUTE
    found = [(gap.start, gap.end, gap.missing) for gap in classify_absences(present, expected)]
    assert found == [(gap.start, gap.end, gap.missing) for gap in find_gaps(present, expected)]


@settings(max_examples=30)
@given(seed=seeds, shift=st.integers(-(10**6), 10**6), step=st.sampled_from([MINUTE, 5 * MINUTE]))
def test_kinds_depend_on_positions_not_on_times(seed, shift, step):
    present = np.flatnonzero(np.random.default_rng(seed).random(3_000) >= 0.2)
    plain = classify_absences(present, np.arange(3_000))
    moved = classify_absences((present + shift) * step, (np.arange(3_000) + shift) * step)
    assert [(gap.missing, gap.kind) for gap in plain] == [(gap.missing, gap.kind) for gap in moved]
