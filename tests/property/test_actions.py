"""What nobody knew yet changes nothing: adjusted prices by random bars, actions and moments."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.actions import ActionKind, CorporateAction, adjust, forward_adjusted, total_return_factors
from models.sessions import bar_closes, expected_opens
from models.types import CALENDARS, Bars, IntArray, parse_time
from models.types.timeframes import DAY, HOUR

NEW_YORK = CALENDARS["XNYS"]
FIRST = parse_time("2023-11-13")
FIGURES = ("open", "high", "low", "close", "volume")
# Cents between 1 and 20, so that no dividend is as large as a price.
CASH = st.integers(1, 90).map(lambda cents: cents / 100.0)
RATIO = st.sampled_from([2.0, 3.0, 1.5, 7.0, 0.5, 0.05, 1.0027])


@dataclass(frozen=True, slots=True)
class Case:
    """Bars, when each is known, and actions before, among and after them."""

    bars: Bars
    closes: IntArray
    actions: tuple[CorporateAction, ...]


@st.composite
def actions(draw, last_known):
    ex_ts = FIRST + draw(st.sampled_from([-2, 0, 1, 2, 7, 8, 9, 12, 20])) * DAY
    known_at = ex_ts + draw(st.integers(-20, last_known)) * 6 * HOUR
    if draw(st.booleans()):
        return CorporateAction("XYZ", ActionKind.SPLIT, ex_ts, known_at, ratio=draw(RATIO))
    return CorporateAction("XYZ", ActionKind.DIVIDEND, ex_ts, known_at, cash=draw(CASH))


@st.composite
def cases(draw, last_known=20):
    timeframe = draw(st.sampled_from(["1d", "4h", "1h"]))
    ts = expected_opens(NEW_YORK, timeframe, FIRST, FIRST + 18 * DAY)
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    ts = ts[rng.random(ts.size) < draw(st.sampled_from([0.3, 0.8, 1.1]))]
    close = np.round(rng.uniform(1.0, 20.0, ts.size), 2)
    bars = Bars(ts, close + 0.01, close + 0.02, close - 0.02, close, np.round(rng.uniform(0.0, 9.0, ts.size), 1))
    return Case(bars, bar_closes(NEW_YORK, timeframe, ts), tuple(draw(st.lists(actions(last_known), max_size=8))))


def same(one, other):
    return all((getattr(one, name) == getattr(other, name)).all() for name in ("ts", *FIGURES))


@given(case=cases(), data=st.data())
@settings(deadline=None, max_examples=200)
def test_features_of_a_bar_see_only_what_was_known_when_it_closed(case, data):
    kept = data.draw(st.integers(0, len(case.bars)))
    whole = forward_adjusted(case.bars, case.closes, case.actions)
    moment = int(case.closes[kept - 1]) if kept else 0
    early = tuple(one for one in case.actions if one.known_at <= moment)
    rows = slice(0, kept)
    shuffled = data.draw(st.permutations(early))
    assert same(forward_adjusted(case.bars.rows(rows), case.closes[rows], shuffled), whole.rows(rows))
    assert same(forward_adjusted(case.bars, case.closes, early).rows(rows), whole.rows(rows))


@given(case=cases(), days=st.integers(0, 100), data=st.data())
@settings(deadline=None, max_examples=200)
def test_bars_as_of_a_moment_do_not_know_what_came_later(case, days, data):
    moment = FIRST + days * 5 * HOUR
    seen = adjust(case.bars, case.closes, case.actions, moment)
    early = [one for one in case.actions if one.known_at <= moment and one.ex_ts <= moment]
    rows = case.closes <= moment
    alone = adjust(case.bars.rows(rows), case.closes[rows], data.draw(st.permutations(early)), moment)
    assert same(seen, alone)
    assert len(seen) == rows.sum()


@given(case=cases(last_known=0))
@settings(deadline=None, max_examples=100)
def test_both_adjustments_have_the_same_ratios_when_everything_was_announced_in_time(case):
    if not len(case.bars):
        return
    moment = int(case.closes[-1])
    # Corrections of an action count from when they were known; here everybody agrees.
    agreed = tuple({(one.ex_ts, one.kind): one for one in case.actions}.values())
    backward = adjust(case.bars, case.closes, agreed, moment)
    forward = forward_adjusted(case.bars, case.closes, agreed)
    scale = forward.close / backward.close
    assert np.allclose(scale, scale[-1], rtol=1e-12)
    shares = total_return_factors(case.bars, case.closes, agreed)[1]
    assert np.allclose(backward.volume, case.bars.volume * shares[-1] / shares, rtol=1e-12)
    assert (forward.close[0], forward.volume[0]) == (case.bars.close[0], case.bars.volume[0])


@given(case=cases(), first=st.integers(0, 100), more=st.integers(0, 50))
@settings(deadline=None, max_examples=100)
def test_later_actions_leave_the_ratios_on_their_own_sides(case, first, more):
    before, after = FIRST + first * 5 * HOUR, FIRST + (first + more) * 5 * HOUR
    early = adjust(case.bars, case.closes, case.actions, before)
    late = adjust(case.bars, case.closes, case.actions, after).rows(slice(0, len(early)))
    news = {
        one.ex_ts
        for one in case.actions
        if one.ex_ts <= after and one.known_at <= after and (one.known_at > before or one.ex_ts > before)
    }
    ratio = late.close / early.close
    side = np.searchsorted(sorted(news), early.ts, side="right")
    for one in np.unique(side):
        mine = ratio[side == one]
        assert np.allclose(mine, mine[0], rtol=1e-12)
    if not news:
        assert same(early, late)
