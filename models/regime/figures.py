"""The figures that the rules look at, of bars of one timeframe."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from models.features import Declaration, FeatureInputs, compute_declared, declared, without_predictors
from models.indicators import log_returns, volatility_index
from models.kernels import as_of, write_first_known
from models.regime.correlation import correlation_spike
from models.sessions import bar_closes
from models.types import Calendar, FloatArray, bars_per_week, bars_per_year
from models.types.timeframes import DAY

# In the order in which by_rules takes them.
FIGURES = ("index", "gap", "atr_ratio", "adx", "correlation_spike")
Figures = dict[str, FloatArray]
# Windows of the momentum, which no rule looks at.
SHORT, LONG = 20, 50
# A volatility of fewer returns is mostly chance: a week of days has seven or five.
FEWEST_RETURNS = 14


def figures_of(inputs: FeatureInputs) -> Figures:
    """By name, columns of shape (n_bars,); NaN while warming up, `correlation_spike` where there is no leader."""
    features = compute_declared(_declaration(inputs.calendar, inputs.timeframe), replace(inputs, leader=None))
    few = bars_per_week(inputs.calendar, inputs.timeframe) < FEWEST_RETURNS
    return {
        "index": _index_of_few(inputs) if few else features.index,
        "gap": features.gap,
        "atr_ratio": features.atr_ratio,
        "adx": features.adx,
        "correlation_spike": _herd(inputs),
    }


@lru_cache(maxsize=64)
def _declaration(calendar: Calendar, timeframe: str) -> Declaration:
    return without_predictors(declared(calendar, timeframe, SHORT, LONG))


def _index_of_few(inputs: FeatureInputs) -> FloatArray:
    """The known index, and before it the realised one of FEWEST_RETURNS, where a week has fewer."""
    year = bars_per_year(inputs.calendar, inputs.timeframe)
    out = np.empty(len(inputs.bars))
    write_first_known(inputs.known_index, volatility_index(inputs.bars.close, FEWEST_RETURNS, year), out)
    return out


def _herd(inputs: FeatureInputs) -> FloatArray:
    """How far the correlation with the leader is above its usual one; NaN where there is no leader."""
    if inputs.leader is None:
        return np.full(len(inputs.bars), np.nan)
    calendar, timeframe = inputs.calendar, inputs.timeframe
    closes, known_at = (bar_closes(calendar, timeframe, one.ts) for one in (inputs.bars, inputs.leader.bars))
    leading = np.append(log_returns(inputs.leader.bars.close), np.nan)[as_of(closes, known_at, DAY)]
    year = bars_per_year(calendar, timeframe)
    return correlation_spike(log_returns(inputs.bars.close), leading, bars_per_week(calendar, timeframe), year)
