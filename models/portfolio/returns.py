"""What a series of returns says: growth, risk and reward, annualised.

Annualising by the square root of the bars of a year takes the returns for serially independent (Lo, "The Statistics of
Sharpe Ratios", Financial Analysts Journal 58(4), 2002). `per_year` is `bars_per_year` of the calendar and bar size.
"""

import math

import numpy as np

from models.types import BadInput, FloatArray

# A ratio of two floats near one is off by about 2e-16: below this, what looks like movement is rounding.
ROUNDING = 1e-14
# exp of more than this is beyond a float.
LARGEST_EXPONENT = 709.0


def funded(equity: FloatArray) -> FloatArray:
    """Equity (n_bars,), zero from the first bar on at which it was not above zero: a ruined account stays ruined.

    Raises:
        BadInput: there is no bar, or a value is not finite.
    """
    if equity.size == 0:
        raise BadInput("the equity curve has no bar; figures need at least one: give a longer window")
    strange = np.flatnonzero(~np.isfinite(equity))
    if strange.size:
        first = int(strange[0])
        raise BadInput(
            f"equity is {equity[first]} at bar {first}; it has to be finite at every bar: mark what is held at its "
            "last known price"
        )
    return np.where(np.logical_or.accumulate(equity <= 0.0), 0.0, equity)


def bar_returns(equity: FloatArray) -> FloatArray:
    """Return of each bar over the one before, fractions, shape (n_bars - 1,); -1 at the bar of ruin, 0 after it.

    Raises:
        BadInput: as `funded`.
    """
    curve = funded(equity)
    lost = curve[:-1] <= 0.0
    change = curve[1:] / np.where(lost, 1.0, curve[:-1]) - 1.0
    return np.where(lost, 0.0, change)


def whole_return(curve: FloatArray) -> float:
    """Last over first value of a `funded` curve, minus one; -1 when there was nothing to begin with."""
    return float(curve[-1] / curve[0] - 1.0) if curve[0] > 0.0 else -1.0


def growth_rate(total_return: float, years: float) -> float | None:
    """CAGR: the yearly rate that compounds to `total_return` in `years`.

    None when there are no years, or when so short a window makes it greater than a float can be.
    """
    if years <= 0.0:
        return None
    if total_return <= -1.0:
        return -1.0
    exponent = math.log1p(total_return) / years
    return math.expm1(exponent) if exponent < LARGEST_EXPONENT else None


def annual_volatility(returns: FloatArray, per_year: float) -> float | None:
    """Sample standard deviation of the returns times the root of `per_year`; None below two returns."""
    return float(returns.std(ddof=1)) * math.sqrt(per_year) if returns.size > 1 else None


def sharpe_ratio(returns: FloatArray, per_year: float) -> float | None:
    """Mean over sample standard deviation, annualised, cash at 0 %; None below two returns or without movement.

    Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21(1), 1994.
    """
    if returns.size < 2:
        return None
    mean, deviation = float(returns.mean()), float(returns.std(ddof=1))
    return mean / deviation * math.sqrt(per_year) if deviation > ROUNDING * (1.0 + abs(mean)) else None


def sortino_ratio(returns: FloatArray, per_year: float) -> float | None:
    """Mean over downside deviation, annualised; None below two returns or when no bar lost.

    The downside deviation is the root of the mean of min(return, 0) squared, over all bars, gains counting as zero.
    Sortino and van der Meer, "Downside Risk", Journal of Portfolio Management 17(4), 1991; target 0 %.
    """
    if returns.size < 2:
        return None
    mean, downside = float(returns.mean()), math.sqrt(float(np.square(np.minimum(returns, 0.0)).mean()))
    return mean / downside * math.sqrt(per_year) if downside > ROUNDING else None


def tail_ratio(returns: FloatArray) -> float | None:
    """Size of the 95th over that of the 5th percentile (linear between values); None when the latter is zero.

    As in the open-source package empyrical. A strategy that is out of the market in nearly all bars has none.
    """
    if returns.size == 0:
        return None
    low, high = np.percentile(returns, [5.0, 95.0])
    return float(abs(high) / abs(low)) if abs(low) > ROUNDING else None
