"""Days out of bars: none is known before it is certain to be over."""

import numpy as np
import pytest
from tail_views import START, hourly_bars, inputs_of, same_days

from models.sessions import bar_closes, expected_opens
from models.types import CALENDARS, Bars
from models.types.timeframes import DAY, HOUR
from tasks.session.tails import daily_closes

pytestmark = pytest.mark.risk


def bars_at(ts: np.ndarray) -> Bars:
    close = 1.0 + np.arange(ts.size, dtype=np.float64)
    return Bars(ts, close, close, close, close, close)


def test_the_last_close_of_each_day_known_at_its_end():
    bars = bars_at(START + np.arange(60, dtype=np.int64) * HOUR)
    days = daily_closes(inputs_of(bars))
    assert days.ts.tolist() == [START, START + DAY]
    assert days.known_at.tolist() == [START + DAY, START + 2 * DAY]
    assert days.close.tolist() == [24.0, 48.0]


@pytest.mark.parametrize(("missing", "known"), [([23], 25), ([22, 23, 24], 26), ([22], 24), ([23, 24, 25, 26], 28)])
def test_a_day_without_its_last_hours_is_known_when_the_next_bar_has_closed(missing, known):
    hours = np.delete(np.arange(60, dtype=np.int64), missing)
    days = daily_closes(inputs_of(bars_at(START + hours * HOUR)))
    assert days.known_at[0] == START + known * HOUR


@pytest.mark.parametrize("seed", range(3))
def test_what_is_known_at_a_bar_does_not_need_later_ones(seed):
    bars = hourly_bars(9, seed)
    closes = bars.ts + HOUR
    whole = daily_closes(inputs_of(bars))
    for count in range(1, len(bars) + 1):
        part = daily_closes(inputs_of(bars.rows(slice(0, count))))
        assert same_days(part, whole.rows(slice(0, int((whole.known_at <= closes[count - 1]).sum()))))


@pytest.mark.parametrize("timeframe", ["1h", "30m", "1d"])
def test_sessions_of_an_exchange_with_a_half_day(timeframe):
    """2020-11-25 to 2020-11-30: a holiday, a half day, a weekend."""
    calendar = CALENDARS["XNYS"]
    first = START + 329 * DAY
    opens = expected_opens(calendar, timeframe, first, first + 6 * DAY - 1)
    bars = bars_at(opens)
    days = daily_closes(inputs_of(bars, "XNYS", timeframe))
    assert ((days.ts - START) // DAY).tolist() == [329, 331, 334]
    ends = [first + 21 * HOUR, first + 2 * DAY + 18 * HOUR, first + 5 * DAY + 21 * HOUR]
    assert days.known_at.tolist() == ends
    closes = bar_closes(calendar, timeframe, opens)
    assert days.close.tolist() == [bars.close[closes == end][0] for end in ends]


def test_no_bar_no_day():
    assert len(daily_closes(inputs_of(bars_at(np.empty(0, np.int64))))) == 0
