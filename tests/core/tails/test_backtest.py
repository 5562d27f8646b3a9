"""Scores of value at risk that was known the day before."""

import math

import numpy as np
import pytest
from tail_fits_made import made_fit
from tail_markets import made_days

from models.tails import CONFIDENCES, METHODS, DailyCloses, TailSettings, backtest_tails, historical, tail_history
from models.types import BadInput
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk

SETTINGS = TailSettings(window_days=120, least_days=60, refit_days=9)


def scores(days: DailyCloses, start: int = 0):
    return {(one.method, one.side, one.confidence): one for one in backtest_tails(days, SETTINGS, start, made_fit)}


def test_a_row_for_every_method_side_and_confidence():
    found = scores(made_days(200))
    assert list(found) == [(one, side, c) for one in METHODS for side in ("long", "short") for c in CONFIDENCES]
    assert METHODS[0] == "filtered"
    assert {one.kupiec.days for one in found.values()} == {200 - 1 - 60}


@pytest.mark.parametrize(("side", "sign"), [("long", 1.0), ("short", -1.0)])
def test_a_day_is_held_against_what_was_known_before_it(side, sign):
    days = made_days(200, 2)
    came = sign * (days.close[1:] / days.close[:-1] - 1.0)
    found = scores(days, start=150 * DAY)
    history = tail_history(days, SETTINGS, made_fit)
    var = history.long_var if side == "long" else history.short_var
    for c, confidence in enumerate(CONFIDENCES):
        filtered = sum(-came[day - 1] > var[day - 1, c] for day in range(150, 200))
        plain = sum(-came[day - 1] > historical(came[day - 121 : day - 1], confidence).var for day in range(150, 200))
        assert found["filtered", side, confidence].kupiec.violations == filtered
        assert found["historical", side, confidence].kupiec.violations == plain
        assert found["filtered", side, confidence].kupiec.days == 50


def test_the_last_days_do_not_change_the_score_of_earlier_ones():
    days = made_days(260, 2)
    crash, jump = (
        scores(DailyCloses(days.ts, days.known_at, np.append(days.close[:-1], days.close[-1] * factor)))
        for factor in (1.0 / 3.0, 3.0)
    )
    for method in METHODS:
        assert crash[method, "long", 0.99].kupiec.violations == jump[method, "long", 0.99].kupiec.violations + 1
        assert crash[method, "short", 0.99].kupiec.violations == jump[method, "short", 0.99].kupiec.violations - 1


def test_shortfall_is_the_mean_loss_over_the_one_foretold():
    days = made_days(400, 4)
    found = scores(days)
    assert 0.7 < found["filtered", "long", 0.9].shortfall < 1.4
    rising = DailyCloses(
        days.ts, days.known_at, 100.0 * 1.01 ** np.arange(400.0) * (1.0 + 0.001 * (np.arange(400) % 3))
    )
    assert math.isnan(scores(rising)["historical", "long", 0.99].shortfall)
    assert scores(rising)["historical", "long", 0.99].as_json()["shortfall"] is None


def test_what_kupiec_rejects_is_said():
    told = [one.as_json() for one in scores(made_days(600, 4)).values()]
    assert all(one["rejected"] == (one["kupiec_p"] <= 0.05) for one in told)
    assert {one["rejected"] for one in told} == {True, False}


def test_there_has_to_be_a_day():
    with pytest.raises(BadInput, match="no day"):
        backtest_tails(made_days(60), SETTINGS, 0, made_fit)
