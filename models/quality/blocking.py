"""Bars that must not be traded on. Every verdict depends on its bar and earlier ones only."""

from enum import IntEnum

import numpy as np

from models.quality.jumps import split_jumps, unconfirmed
from models.quality.silence import after_holes, frozen
from models.types import Bars, BoolArray, IntArray

# Bars from an unexplained split on: returns of twenty bars, the longest that are traded on, span it no more.
SPLIT_HOLD = 20


class Block(IntEnum):
    """Why a bar must not be traded on, the gravest first; the names are those of the rules."""

    NONE = 0
    SPLIT_JUMP = 1
    SPIKE_UNCONFIRMED = 2
    ZERO_VOLUME_RUN = 3
    MISSING = 4

    @property
    def text(self) -> str:
        """What a person reads."""
        return _TEXTS[self]


_TEXTS: dict[Block, str] = {
    Block.NONE: "nothing stands against trading",
    Block.SPLIT_JUMP: "a jump like a split that no known split explains",
    Block.SPIKE_UNCONFIRMED: "a price far off the bars before it that later bars have not confirmed yet",
    Block.ZERO_VOLUME_RUN: "many bars without a trade or a move: a frozen feed",
    Block.MISSING: "a hole in the data just before",
}


def blocks(bars: Bars, bar_micros: int, expected: IntArray, known_splits: IntArray) -> IntArray:
    """Block code of every bar, shape (n_bars,); where several apply, the gravest.

    Args:
        expected: opens of all bars that the market should have had, ascending, until the last bar or beyond.
        known_splits: when splits took effect, UTC microseconds; they explain the jump of the first bar after them.
    """
    known = _first_after(bars.ts, bar_micros, known_splits)
    rules = {
        Block.SPLIT_JUMP: _held(split_jumps(bars.open, bars.close) & ~known),
        Block.SPIKE_UNCONFIRMED: unconfirmed(bars.close, known),
        Block.ZERO_VOLUME_RUN: frozen(bars.high, bars.low, bars.close, bars.volume),
        Block.MISSING: after_holes(bars.ts, expected),
    }
    return np.select(list(rules.values()), [int(code) for code in rules], default=int(Block.NONE)).astype(np.int64)


def _first_after(ts: IntArray, bar_micros: int, moments: IntArray) -> BoolArray:
    """The bars in or before which, but after the end of the bar before, one of `moments` lies; shape (n,)."""
    passed = np.searchsorted(np.sort(moments), ts + bar_micros)
    return np.diff(passed, prepend=passed[:1]) > 0


def _held(jumps: BoolArray) -> BoolArray:
    held = np.zeros_like(jumps)
    for bar in np.flatnonzero(jumps).tolist():
        held[bar : bar + SPLIT_HOLD] = True
    return held
