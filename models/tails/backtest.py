"""Every method's value at risk for each day of a series, known the day before, held against what then came."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.tails.cornish_fisher import cornish_fisher
from models.tails.coverage import Christoffersen, Kupiec, christoffersen, kupiec
from models.tails.days import DailyCloses
from models.tails.fitting import Fit, fit_garch
from models.tails.historical import Tail, historical
from models.tails.history import CONFIDENCES, tail_history
from models.tails.parametric import normal, student_t
from models.tails.settings import TailSettings
from models.types import BoolArray, FloatArray

SIDES = {"long": 1.0, "short": -1.0}
# Those that look at a window of simple returns as it is; the first of METHODS is the one that trading uses.
UNFILTERED: dict[str, Callable[[FloatArray, float], Tail]] = {
    "historical": historical,
    "normal": normal,
    "student_t": student_t,
    "cornish_fisher": cornish_fisher,
}
METHODS = ("filtered", *UNFILTERED)
REJECTED_AT = 0.05


@dataclass(frozen=True, slots=True)
class TailScore:
    """One row of the table; `shortfall` is the mean loss on days of violation over the mean expected shortfall of these
    days (1.0: as foretold), NaN without a violation.
    """

    method: str
    side: str
    confidence: float
    kupiec: Kupiec
    christoffersen: Christoffersen
    shortfall: float

    @property
    def rejected(self) -> bool:
        """Whether Kupiec's test rejects the rate of violations."""
        return self.kupiec.p <= REJECTED_AT

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "method": self.method,
            "side": self.side,
            "confidence": self.confidence,
            "days": self.kupiec.days,
            "violations": self.kupiec.violations,
            "rate": self.kupiec.rate,
            "kupiec_p": self.kupiec.p,
            "independence_p": self.christoffersen.independence_p,
            "conditional_p": self.christoffersen.conditional_p,
            "shortfall": None if math.isnan(self.shortfall) else self.shortfall,
            "rejected": self.rejected,
        }


def backtest_tails(
    days: DailyCloses, settings: TailSettings, start: int = 0, fit: Fit = fit_garch
) -> tuple[TailScore, ...]:
    """Scores of METHODS, long and short, at every one of CONFIDENCES, over the days from `start` (UTC microseconds, by
    their `ts`) whose tail was known the day before.

    Raises:
        BadInput: there is no such day.
    """
    came = days.close[1:] / days.close[:-1] - 1.0
    tested = days.ts[1:] >= start
    foretold = {"filtered": _filtered(days, settings, fit)}
    foretold |= {name: _windowed(came, tested, settings, method) for name, method in UNFILTERED.items()}
    return tuple(
        _score(name, side, confidence, -sign * came[tested], *foretold[name][s, :, :, c][:, tested])
        for name in METHODS
        for s, (side, sign) in enumerate(SIDES.items())
        for c, confidence in enumerate(CONFIDENCES)
    )


def _filtered(days: DailyCloses, settings: TailSettings, fit: Fit) -> FloatArray:
    """Shape (side, var or es, day to come, confidence), as `_windowed`."""
    found = tail_history(days, settings, fit).rows(slice(0, -1))
    return np.array([[found.long_var, found.long_es], [found.short_var, found.short_es]])


def _windowed(
    came: FloatArray, tested: BoolArray, settings: TailSettings, method: Callable[[FloatArray, float], Tail]
) -> FloatArray:
    """What the method says of each day from the returns of the days before it; NaN where they are too few."""
    out = np.full((len(SIDES), 2, came.size, len(CONFIDENCES)), np.nan)
    for day in np.flatnonzero(tested).tolist():
        if day < settings.least_days:
            continue
        window = came[max(0, day - settings.window_days) : day]
        for s, sign in enumerate(SIDES.values()):
            for c, confidence in enumerate(CONFIDENCES):
                out[s, :, day, c] = method(sign * window, confidence)
    return out


def _score(
    name: str, side: str, confidence: float, losses: FloatArray, var: FloatArray, shortfall: FloatArray
) -> TailScore:
    known = np.isfinite(var)
    violations = losses[known] > var[known]
    ratio = math.nan
    if violations.any():
        ratio = float(losses[known][violations].mean() / shortfall[known][violations].mean())
    rate, apart = kupiec(violations, confidence), christoffersen(violations, confidence)
    return TailScore(name, side, confidence, rate, apart, ratio)
