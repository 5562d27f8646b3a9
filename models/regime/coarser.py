"""A series, its leader and its known index as they look in larger bars."""

from dataclasses import replace

import numpy as np

from models.features import FeatureInputs, Leader
from models.kernels import as_of
from models.resampling import Resampled, resample
from models.sessions import bar_closes, session_spans
from models.types import Bars, IntArray, bar_micros


def in_timeframe(inputs: FeatureInputs, timeframe: str) -> tuple[FeatureInputs, IntArray]:
    """The inputs in bars of `timeframe`, and when each of those bars was known, shape (n,), UTC microseconds.

    The inputs themselves where `timeframe` is not larger than theirs. The known index of a larger bar is that of the
    newest own bar that had closed at its end. A day without its last hours is over when a bar of the next one is there,
    a leader's as soon as the series' own.
    """
    closes = bar_closes(inputs.calendar, inputs.timeframe, inputs.bars.ts)
    if bar_micros(timeframe) <= bar_micros(inputs.timeframe):
        return inputs, closes
    until = int(inputs.bars.ts[-1]) + bar_micros(inputs.timeframe) if len(inputs.bars) else 0
    made = _resampled(inputs, inputs.bars, timeframe, until)
    rows = as_of(made.known_at, closes)
    leader = inputs.leader
    if leader is not None:
        leader = Leader(leader.symbol, _resampled(inputs, leader.bars, timeframe, until).bars)
    known = np.append(inputs.known_index, np.nan)[rows]
    return replace(inputs, bars=made.bars, timeframe=timeframe, known_index=known, leader=leader), made.known_at


def _resampled(inputs: FeatureInputs, bars: Bars, timeframe: str, until: int) -> Resampled:
    first, last = (int(bars.ts[0]), int(bars.ts[-1])) if len(bars) else (0, 0)
    sessions = None if inputs.calendar.name == "24/7" else session_spans(inputs.calendar, first, last)
    return resample(bars, inputs.timeframe, timeframe, sessions, max(until, last + bar_micros(inputs.timeframe)))
