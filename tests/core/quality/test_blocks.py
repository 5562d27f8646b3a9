"""Bars in, reasons not to trade out."""

import numpy as np
import pytest

from models.quality import Block, blocks
from models.quality.blocking import SPLIT_HOLD
from models.quality.silence import AFTER_HOLE, FEWEST, FROZEN, USUAL
from models.types import Bars
from models.types.timeframes import DAY, HOUR

NO_SPLITS = np.zeros(0, np.int64)
SPLIT, SPIKE, FROZEN_FEED, HOLE = Block.SPLIT_JUMP, Block.SPIKE_UNCONFIRMED, Block.ZERO_VOLUME_RUN, Block.MISSING


def candles(closes, opens=None, volumes=None, ts=None, step=HOUR):
    close = np.array(closes, np.float64)
    opened = close if opens is None else np.array(opens, np.float64)
    ts = np.arange(close.size, dtype=np.int64) * step if ts is None else ts
    volume = np.ones(close.size) if volumes is None else np.array(volumes, np.float64)
    return Bars(ts, opened, np.maximum(opened, close), np.minimum(opened, close), close, volume)


def codes(bars, splits=NO_SPLITS, step=HOUR):
    expected = np.arange(0, bars.ts[-1] + 1, step, dtype=np.int64)
    return blocks(bars, step, expected, np.array(splits, np.int64))


def blocked(bars, splits=NO_SPLITS, step=HOUR):
    """Which bars, by code."""
    found = codes(bars, splits, step)
    return {Block(int(code)): np.flatnonzero(found == code).tolist() for code in np.unique(found[found > 0])}


def from_jump(opened, closed, before=100.0, count=40):
    """Thirty calm bars, a bar that opens at `opened` and ends at `closed`, and calm bars from there."""
    closes = [before] * 30 + [closed] * count
    opens = [before] * 30 + [opened] + [closed] * (count - 1)
    return candles(closes, opens)


HELD = list(range(30, 30 + SPLIT_HOLD))
SPLITS = [
    ("two for one", (50.0, 50.0), {SPLIT: HELD}),
    ("two for one on a lively day", (49.0, 52.0), {SPLIT: HELD}),
    ("three for two", (66.0, 67.0), {SPLIT: HELD}),
    ("three for one", (33.3, 33.0), {SPLIT: HELD}),
    ("four for one", (25.57, 25.85), {SPLIT: HELD}),
    ("seven for one", (14.36, 14.5), {SPLIT: HELD}),
    ("one for two", (200.0, 196.0), {SPLIT: HELD}),
    ("one for ten", (1000.0, 990.0), {SPLIT: HELD}),
    ("one for twenty after a bad night", (1743.0, 1600.0), {SPLIT: HELD}),
    ("no simple ratio", (41.5, 41.0), {SPIKE: [30, 31]}),
    ("a crash that ends elsewhere", (51.0, 58.0), {SPIKE: [30, 31]}),
    ("a crash over the day", (99.0, 50.0), {SPIKE: [30, 31]}),
    ("a wild opening that came back", (50.0, 99.0), {}),
    ("a tenth, come back", (10.0, 99.0), {}),
    ("a large move", (80.0, 79.0), {}),
]


@pytest.mark.parametrize(("jump", "expected"), [one[1:] for one in SPLITS], ids=[one[0] for one in SPLITS])
def test_jumps(jump, expected):
    assert blocked(from_jump(*jump)) == expected


KNOWN = [
    ("at the open", 30 * HOUR, {}),
    ("while the bar was open", 31 * HOUR - 1, {}),
    ("when the bar before had closed", 30 * HOUR, {}),
    ("while the bar before was open", 30 * HOUR - 1, {SPLIT: HELD}),
    ("after the bar", 31 * HOUR, {SPLIT: HELD}),
]


@pytest.mark.parametrize(("moment", "expected"), [one[1:] for one in KNOWN], ids=[one[0] for one in KNOWN])
def test_a_known_split_explains_its_own_bar_only(moment, expected):
    assert blocked(from_jump(50.0, 50.0), [70 * HOUR, moment, 60 * HOUR, 3 * HOUR, 2 * HOUR]) == expected


def test_a_split_over_the_weekend_is_explained_by_its_date():
    days = np.array([0, 1, 2, 3, 4, 7, 8, 9], np.int64) * DAY
    bars = candles([100.0] * 5 + [50.0] * 3, ts=days, step=DAY)
    assert list(blocks(bars, DAY, days, np.array([5 * DAY]))) == [0] * 8
    assert list(blocks(bars, DAY, days, np.array([7 * DAY]))) == [0] * 8
    assert set(blocks(bars, DAY, days, NO_SPLITS)) == {0, SPLIT}


def test_after_a_known_split_prices_are_held_against_those_since():
    closes = [100.0] * 30 + [50.0] * 3 + [70.0] + [50.0] * 6
    assert blocked(candles(closes), [30 * HOUR]) == {SPIKE: [33]}


UNCONFIRMED = [
    ("it comes back", [100.0] * 8 + [131.0] + [100.0] * 8, [8]),
    ("it stays", [100.0] * 8 + [131.0] * 8, [8, 9]),
    ("a step less", [100.0] * 8 + [129.0] * 8, []),
    ("down", [100.0] * 8 + [76.0] + [100.0] * 8, [8]),
    ("down a step less", [100.0] * 8 + [78.0] + [100.0] * 8, []),
    ("the newest", [100.0] * 8 + [60.0], [8]),
    ("the second of all", [100.0, 60.0], [1]),
    ("after wild bars it takes more", [100.0, 115.0, 90.0, 112.0, 88.0, 150.0], []),
    ("after wild bars, more", [100.0, 115.0, 90.0, 112.0, 88.0, 450.0], [5]),
    ("one wild bar among those before is no excuse", [100.0, 100.0, 400.0, 100.0, 100.0, 140.0], [2, 5]),
]


@pytest.mark.parametrize(("closes", "bars"), [one[1:] for one in UNCONFIRMED], ids=[one[0] for one in UNCONFIRMED])
def test_a_price_has_to_be_confirmed(closes, bars):
    opens = [closes[0], *closes[:-1]]
    assert blocked(candles(closes, opens)).get(SPIKE, []) == bars


def quiet_tail(length, usual=FEWEST, volume=0.0, close=100.0, zeros=0):
    volumes = [0.0] * zeros + [1.0] * (usual - zeros) + [volume] * length + [1.0]
    return candles([100.0 + k % 2 for k in range(usual - 1)] + [100.0] + [close] * length + [100.0], None, volumes)


FROZEN_FEEDS = [
    ("long enough", quiet_tail(FROZEN + 2), [FEWEST + FROZEN - 1, FEWEST + FROZEN, FEWEST + FROZEN + 1]),
    ("one short", quiet_tail(FROZEN - 1), []),
    ("with volume", quiet_tail(FROZEN + 2, volume=0.1), []),
    ("too little is known", quiet_tail(FROZEN + 2, usual=FEWEST - 1), []),
    ("no volume is common here", quiet_tail(FROZEN + 2, zeros=2), []),
    ("no volume is rare here", quiet_tail(FROZEN, zeros=1), [FEWEST + FROZEN - 1]),
]


@pytest.mark.parametrize(("bars", "expected"), [one[1:] for one in FROZEN_FEEDS], ids=[one[0] for one in FROZEN_FEEDS])
def test_a_frozen_feed(bars, expected):
    assert blocked(bars).get(FROZEN_FEED, []) == expected


@pytest.mark.parametrize(("since", "told"), [(USUAL, [FROZEN - 1]), (USUAL - 20, [])])
def test_empty_bars_of_long_ago_are_forgotten(since, told):
    volumes = [0.0] * 30 + [1.0] * since + [0.0] * FROZEN
    closes = [100.0 + k % 2 for k in range(29 + since)] + [100.0] * (1 + FROZEN)
    assert blocked(candles(closes, None, volumes)).get(FROZEN_FEED, []) == [30 + since + bar for bar in told]


def test_prices_that_move_without_volume_are_no_frozen_feed():
    closes = [100.0 + k % 3 for k in range(FEWEST + 20)]
    assert blocked(candles(closes, None, [1.0] * FEWEST + [0.0] * 20)) == {}


def with_holes(count, *absent):
    ts = np.delete(np.arange(count, dtype=np.int64), absent) * HOUR
    return candles([100.0] * ts.size, ts=ts)


def test_after_a_hole_a_few_bars_must_follow():
    assert blocked(with_holes(100, 50)) == {HOLE: list(range(50, 50 + AFTER_HOLE))}
    assert blocked(with_holes(100, 50, 51, 52)) == {HOLE: list(range(50, 50 + AFTER_HOLE))}
    assert blocked(with_holes(100, 50, 53)) == {HOLE: list(range(50, 52 + AFTER_HOLE))}
    assert blocked(with_holes(60, 58)) == {HOLE: [58]}


def test_bars_that_are_absent_before_the_first_and_after_the_last_are_no_holes():
    bars = candles([100.0] * 5, ts=np.arange(10, 15) * HOUR)
    assert list(blocks(bars, HOUR, np.arange(30) * HOUR, NO_SPLITS)) == [0] * 5


def test_quiet_bars_of_a_thin_market_block_once_they_are_known_to_be_usual():
    bars = with_holes(2_000, *range(3, 2_000, 7))
    found = codes(bars)
    assert found[:20].any()
    assert not found[100:].any()


def test_the_gravest_is_told():
    ts = np.delete(np.arange(60), [30, 31]) * HOUR
    bars = candles([100.0] * 30 + [50.0] * 28, ts=ts)
    assert codes(bars)[30] == SPLIT
    assert codes(bars, [30 * HOUR])[30] == HOLE


def test_every_block_has_a_sentence():
    assert all(block.text for block in Block)


def test_no_bars():
    empty = np.zeros(0)
    none = np.zeros(0, np.int64)
    assert blocks(Bars(none, empty, empty, empty, empty, empty), HOUR, none, none).tolist() == []
