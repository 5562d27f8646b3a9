"""The days of a series, out of its bars."""

import numpy as np

from models.features import FeatureInputs
from models.regime.coarser import in_timeframe
from models.sessions import bar_closes
from models.tails import DailyCloses


def daily_closes(inputs: FeatureInputs) -> DailyCloses:
    """Closes by UTC days, or by the sessions of an exchange; splits and dividends taken out, as features see them.

    A day is known when it is certain to be complete: at its end, or, where its last bars are missing, at the close of
    the series' next bar.
    """
    days, ends = in_timeframe(inputs, "1d")
    closes = bar_closes(inputs.calendar, inputs.timeframe, inputs.bars.ts)
    following = np.searchsorted(closes, ends)
    known_at = np.append(closes, ends[-1:])[np.minimum(following, closes.size)] if ends.size else ends
    return DailyCloses(days.bars.ts, known_at, days.bars.close)
