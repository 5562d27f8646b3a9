"""The rule table of the design, first match wins, taken over once it held in 3 of the last 5 bars."""

import math

import numpy as np

from models.kernels import compiled
from models.regime.detected import CRISIS, MEMORY, RANGING, SILENT, TRENDING, VOLATILE, Detected, persistent
from models.types import BoolArray, FloatArray, IntArray

INDEX_CRISIS = 35.0
INDEX_HIGH = 25.0
GAP_CRISIS = 0.03
# About 3 % of ETH's hours beside BTC's, those of March 2020 among them.
CORRELATION_CRISIS = 0.5
ATR_HIGH = 1.5
ADX_WEAK = 20.0
ADX_STRONG = 25.0
# So far beyond its threshold, as a fraction of it, a figure is half way from doubtful to certain.
HALF_SURE = 0.25


def by_rules(
    index: FloatArray,
    gap: FloatArray,
    atr_ratio: FloatArray,
    adx: FloatArray,
    correlation_spike: FloatArray,
    crisis_index: float = INDEX_CRISIS,
) -> Detected:
    """Regimes of bars by their figures, columns of shape (n,); `crisis_index` stands in for the table's 35.

    Confidence is the mean certainty of the last five bars, where a bar that speaks for another regime than the one that
    holds counts as nothing: one disagreeing bar costs a fifth. A bar's certainty is 0.5 where the figure that decided
    is at its threshold or in the dead band, and grows toward 1 with the distance; of two figures the nearer one counts.
    """
    raw, spoke, certainty = _raw(index, gap, atr_ratio, adx, correlation_spike, crisis_index)
    label = persistent(raw, spoke)
    return Detected(raw, label, _confidence(raw, label, certainty))


@compiled
def classify(
    index: float, gap: float, atr_ratio: float, adx: float, correlation_spike: float, crisis_index: float
) -> int:
    """The regime that one bar speaks for, SILENT where no rule fires: between ADX 20 and 25, the dead band. An unknown
    figure (NaN) fires no rule.
    """
    if index > crisis_index or abs(gap) > GAP_CRISIS or correlation_spike > CORRELATION_CRISIS:
        return CRISIS
    if (index > INDEX_HIGH or atr_ratio > ATR_HIGH) and adx < ADX_WEAK:
        return VOLATILE
    if adx > ADX_STRONG:
        return TRENDING
    if adx < ADX_WEAK:
        return RANGING
    return SILENT


@compiled
def certainty_of(
    raw: int, index: float, gap: float, atr_ratio: float, adx: float, correlation_spike: float, crisis_index: float
) -> float:
    """How sure the table is of a bar's raw regime: 0 where nothing is known, else 0.5..1."""
    if raw == CRISIS:
        beyond = max(
            _beyond(index, crisis_index), _beyond(abs(gap), GAP_CRISIS), _beyond(correlation_spike, CORRELATION_CRISIS)
        )
    elif raw == VOLATILE:
        beyond = min(max(_beyond(index, INDEX_HIGH), _beyond(atr_ratio, ATR_HIGH)), _beyond(-adx, -ADX_WEAK))
    elif raw == TRENDING:
        beyond = _beyond(adx, ADX_STRONG)
    else:
        beyond = _beyond(-adx, -ADX_WEAK)
    if beyond > 0.0:
        return 0.5 + 0.5 * beyond / (beyond + HALF_SURE)
    return 0.0 if math.isnan(adx) else 0.5


@compiled
def _beyond(figure: float, threshold: float) -> float:
    """How far a figure is above its threshold, as a fraction of it; 0 below and where it is not known."""
    if figure > threshold:
        return (figure - threshold) / abs(threshold)
    return 0.0


@compiled
def _raw(
    index: FloatArray,
    gap: FloatArray,
    atr_ratio: FloatArray,
    adx: FloatArray,
    correlation_spike: FloatArray,
    crisis_index: float,
) -> tuple[IntArray, BoolArray, FloatArray]:
    """(raw regimes, whether each bar spoke for its own, certainty), columns of shape (n,)."""
    raw = np.empty(index.size, np.int64)
    spoke = np.empty(index.size, np.bool_)
    certainty = np.empty(index.size)
    before = RANGING
    for t in range(index.size):
        figures = index[t], gap[t], atr_ratio[t], adx[t], correlation_spike[t]
        found = classify(*figures, crisis_index)
        spoke[t] = found != SILENT
        if spoke[t]:
            before = found
        raw[t] = before
        certainty[t] = certainty_of(before, *figures, crisis_index)
    return raw, spoke, certainty


@compiled
def _confidence(raw: IntArray, label: IntArray, certainty: FloatArray) -> FloatArray:
    out = np.empty(raw.size)
    for t in range(raw.size):
        total = 0.0
        for k in range(max(0, t - MEMORY + 1), t + 1):
            if raw[k] == label[t]:
                total += certainty[k]
        out[t] = total / MEMORY
    return out
