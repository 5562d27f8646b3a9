"""Larger bars from smaller ones: what they hold, where they lie, and that no unfinished one is ever shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import random_bars, same_bits

from models.resampling import resample
from models.sessions import session_spans
from models.types import CALENDARS, BadInput, Bars, bar_micros, parse_time
from models.types.timeframes import DAY, HOUR, MINUTE

DAY_0 = parse_time("2024-03-05")
LADDER = ["5m", "15m", "30m", "1h", "4h", "1d"]
FIGURES = ("open", "high", "low", "close", "volume")


def bars_at(minutes, start=DAY_0):
    """Bars at the given minutes after `start`; open, high, low, close and volume tell which minute they are of."""
    minutes = np.array(minutes, np.int64)
    figures = [minutes + 1000.0, minutes + 1000.9, minutes + 1000.1, minutes + 1000.5, minutes + 1.0]
    return Bars(start + minutes * MINUTE, *figures)


# Minutes of the source bars (5m to 15m), minute until which all is known, and the shown bars: their minute, open,
# close and count.
SHOWN = [
    ([0, 5, 10], None, [(0, 1000.0, 1010.5, 3)]),  # the last one closes at the end
    ([0, 5], None, []),
    ([0, 5], 14, []),
    ([0, 5], 15, [(0, 1000.0, 1005.5, 2)]),  # complete by what the caller knows
    ([0, 5, 15], None, [(0, 1000.0, 1005.5, 2)]),  # a later bar: what is missing will not come
    ([5, 35], None, [(0, 1005.0, 1005.5, 1)]),  # a bucket without a bar is none
    ([10, 25], None, [(0, 1010.0, 1010.5, 1), (15, 1025.0, 1025.5, 1)]),
    ([], 60, []),
]


@pytest.mark.parametrize(("minutes", "known_until", "shown"), SHOWN)
def test_a_bar_is_shown_once_it_is_complete(minutes, known_until, shown):
    until = None if known_until is None else DAY_0 + known_until * MINUTE
    made = resample(bars_at(minutes), "5m", "15m", known_until=until)
    found = zip((made.bars.ts - DAY_0) // MINUTE, made.bars.open, made.bars.close, made.count, strict=True)
    assert [tuple(row) for row in found] == shown
    np.testing.assert_array_equal(made.known_at, made.bars.ts + 15 * MINUTE)


@pytest.fixture(scope="module")
def gappy():
    """Ten days of minutes, a fifth of them absent, with holes of an hour, of an afternoon and of two days."""
    bars = random_bars(3, 14_400, "1m", "2024-03-05")
    number = np.arange(14_400)
    absent = np.random.default_rng(1).random(14_400) < 0.2
    for first, last in ((500, 560), (2100, 2500), (7000, 10_000)):
        absent |= (number >= first) & (number < last)
    return bars.rows(~absent)


@pytest.mark.parametrize("coarser", LADDER)
def test_every_figure_by_plain_loops(gappy, coarser):
    step = bar_micros(coarser)
    made = resample(gappy, "1m", coarser)
    rows_of = {}
    for t, ts in enumerate(gappy.ts.tolist()):
        rows_of.setdefault(ts // step * step, []).append(t)
    over = {start: rows for start, rows in rows_of.items() if gappy.ts[-1] + MINUTE >= start + step}
    assert made.bars.ts.tolist() == list(over)
    for k, rows in enumerate(over.values()):
        total = 0.0
        for t in rows:
            total += gappy.volume[t]
        wanted = gappy.open[rows[0]], max(gappy.high[rows]), min(gappy.low[rows]), gappy.close[rows[-1]], total
        assert tuple(getattr(made.bars, name)[k] for name in FIGURES) == wanted
        assert made.count[k] == len(rows)


@pytest.mark.parametrize(("middle", "coarser"), [("5m", "1h"), ("30m", "1d"), ("15m", "4h"), ("1h", "1d")])
def test_two_steps_are_one(gappy, middle, coarser):
    known_until = int(gappy.ts[-1]) + MINUTE
    one = resample(gappy, "1m", coarser)
    two = resample(resample(gappy, "1m", middle).bars, middle, coarser, known_until=known_until)
    for name in ("ts", "open", "high", "low", "close"):
        assert same_bits(getattr(one.bars, name), getattr(two.bars, name))
    np.testing.assert_allclose(one.bars.volume, two.bars.volume, rtol=1e-12)


@settings(max_examples=60)
@given(seed=st.integers(0, 1000), cut=st.integers(0, 900), coarser=st.sampled_from(LADDER))
def test_what_is_shown_at_a_bar_does_not_change_when_later_ones_come(seed, cut, coarser):
    rng = np.random.default_rng(seed)
    bars = random_bars(seed, 900, "1m")
    bars = Bars(bars.ts[0] + np.cumsum(rng.choice([1, 1, 1, 2, 9, 70], 900)) * MINUTE, *bars_columns(bars))
    whole, part = resample(bars, "1m", coarser), resample(bars.rows(slice(0, cut)), "1m", coarser)
    shown = len(part.bars)
    assert shown == (0 if cut == 0 else np.searchsorted(whole.known_at, bars.ts[cut - 1] + MINUTE, side="right"))
    for name in Bars.__slots__:
        assert same_bits(getattr(whole.bars, name)[:shown], getattr(part.bars, name))
    assert same_bits(whole.count[:shown], part.count)


def bars_columns(bars):
    return [getattr(bars, name) for name in FIGURES]


@pytest.mark.parametrize(("timeframe", "coarser"), [("1h", "1h"), ("1h", "5m"), ("1d", "1h"), ("4h", "30m")])
def test_only_larger_multiples(timeframe, coarser):
    with pytest.raises(BadInput, match="give a larger multiple"):
        resample(bars_at([0]), timeframe, coarser)


def new_york(first, last):
    """Every half hour in which XNYS was open, and an hour before and after it."""
    opens, closes = session_spans(CALENDARS["XNYS"], parse_time(first), parse_time(last))
    minutes = np.concatenate([np.arange(a - HOUR, b + HOUR, 30 * MINUTE) for a, b in zip(opens, closes, strict=True)])
    return bars_at((minutes - DAY_0) // MINUTE), (opens, closes)


def test_an_exchanges_hours_begin_at_its_open_and_end_at_its_close():
    bars, sessions = new_york("2024-07-03", "2024-07-06")  # a half day, a holiday, a full day
    made = resample(bars, "30m", "1h", sessions)
    half, full = parse_time("2024-07-03T13:30Z"), parse_time("2024-07-05T13:30Z")
    wanted = [half + k * HOUR for k in range(4)] + [full + k * HOUR for k in range(7)]
    assert made.bars.ts.tolist() == wanted
    assert made.count.tolist() == [2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]
    assert made.known_at[3] == parse_time("2024-07-03T17:00Z")
    assert made.known_at[-1] == parse_time("2024-07-05T20:00Z")


def test_an_exchanges_day_is_its_session():
    bars, sessions = new_york("2024-07-03", "2024-07-06")
    made = resample(bars, "30m", "1d", sessions)
    assert made.bars.ts.tolist() == [parse_time("2024-07-03"), parse_time("2024-07-05")]
    assert made.known_at.tolist() == [parse_time("2024-07-03T17:00Z"), parse_time("2024-07-05T20:00Z")]
    assert made.count.tolist() == [7, 13]
    first = np.flatnonzero(bars.ts == parse_time("2024-07-03T13:30Z"))[0]
    assert made.bars.open[0] == bars.open[first]
    assert made.bars.close[0] == bars.close[first + 6]


def test_a_session_is_over_at_its_close_and_not_before():
    bars, sessions = new_york("2024-07-05", "2024-07-06")
    until_close = bars.rows(bars.ts < parse_time("2024-07-05T20:00Z"))
    assert len(resample(until_close, "30m", "1d", sessions).bars) == 1
    assert len(resample(until_close.rows(slice(0, -1)), "30m", "1d", sessions).bars) == 0
    assert len(resample(until_close.rows(slice(0, -1)), "30m", "4h", sessions).bars) == 1


def test_hourly_bars_of_an_exchange_make_its_day_although_the_last_one_is_short():
    bars, sessions = new_york("2024-07-05", "2024-07-06")
    hours = resample(bars, "30m", "1h", sessions).bars
    day, direct = (resample(one, frame, "1d", sessions) for one, frame in ((hours, "1h"), (bars, "30m")))
    for name in ("ts", "open", "high", "low", "close"):
        assert same_bits(getattr(day.bars, name), getattr(direct.bars, name))


def test_a_day_of_a_market_that_never_closes_is_the_utc_day():
    made = resample(random_bars(1, 3 * 48 + 7, "30m", "2024-03-05"), "30m", "1d")
    assert made.bars.ts.tolist() == [DAY_0 + k * DAY for k in range(3)]
    assert made.count.tolist() == [48] * 3


def test_it_agrees_with_its_plain_twin(gappy):
    from models.resampling.resample import _fold

    plain = getattr(_fold, "py_func", _fold)
    starts = np.arange(DAY_0, DAY_0 + DAY, HOUR)
    columns = [getattr(gappy.rows(slice(0, 900)), name) for name in Bars.__slots__]
    for one, other in zip(_fold(*columns, starts, starts + HOUR), plain(*columns, starts, starts + HOUR), strict=True):
        assert same_bits(one, other)
