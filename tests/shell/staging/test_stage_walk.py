"""A backtest walked day by day, on made tracks: what is judged, when a step is taken, what came after."""

import itertools
import json
import math
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from stage_rules import LADDER, RULES

from models.stages import Demotion, Standing, verdicts
from models.types import BadInput
from models.types.stages import Stage
from models.types.timeframes import DAY, HOUR
from tasks.session.json_values import finite
from tasks.session.staging.aftermath import HORIZONS, aftermath, ahead_of, shifted
from tasks.session.staging.walk_picture import walk_picture
from tasks.session.staging.walk_showing import aftermath_rows, criterion_rows, life_rows, said_of, walk_json
from tasks.session.staging.walking import JUDGED, Track, walk

BEGIN = 19_000 * DAY
# Fewer days than the product's, so that a hundred days live through all stages.
SHORT = replace(
    RULES,
    exploration=replace(RULES.exploration, least_days=5.0, most_days=8.0, least_trades=3),
    paper=replace(RULES.paper, least_days=10.0, most_days=15.0, least_trades=3),
    micro=replace(RULES.micro, least_days=4.0, most_days=15.0, least_trades=3),
    rung_days=(3.0, 2.0),
)


def track_with(returns: np.ndarray, profits: np.ndarray | None = None, per_day: int = 4) -> Track:
    """Equity that grows by `returns` a bar, bars every six hours, and a trade that ends with each bar."""
    ts = BEGIN + np.arange(returns.size, dtype=np.int64) * (DAY // per_day)
    gains = returns if profits is None else profits
    return Track(ts, 1e4 * np.cumprod(1.0 + returns), ts, gains, 1e4, 365)


def winning(days: int, seed: int = 1) -> np.ndarray:
    """Nine bars of ten win, a little unlike each other."""
    rng = np.random.default_rng(seed)
    return np.where(np.arange(days * 4) % 10 == 9, -0.001, rng.uniform(0.001, 0.002, days * 4))


def test_every_step_is_taken_on_the_first_day_that_its_days_are_full():
    life = walk(track_with(winning(60)), SHORT).life
    # The places of the days: 5 of exploration, 10 of paper, 4 of micro, then 3, 2 and 2 of the rungs.
    assert [(one.day - BEGIN) // DAY for one in life] == [4, 14, 18, 21, 23, 25]
    assert [one.after_it for one in life] == list(LADDER[1:])
    assert [one.evidence.days for one in life] == [5.0, 10.0, 4.0, 3.0, 2.0, 2.0]


def test_a_fall_costs_a_step_and_evidence_begins_anew():
    returns = winning(60)
    returns[30 * 4] = -0.2
    found = walk(track_with(returns), SHORT)
    fall = next(one for one in found.life if one.cause is not None)
    assert (fall.cause, fall.day) == (Demotion.DRAWDOWN, BEGIN + 30 * DAY)
    assert (fall.before, fall.after_it) == (LADDER[-1], LADDER[-2])
    assert fall.evidence.drawdown == pytest.approx(0.2, abs=0.01)
    again = found.life[found.life.index(fall) + 1]
    assert (again.day - fall.day) // DAY == 2
    assert again.after_it == found.highest == LADDER[-1]


def test_a_fall_within_a_day_is_a_fall():
    returns = winning(10)
    returns[33], returns[34] = -0.16, 0.2
    track = track_with(returns)
    assert track.evidence(Stage.PAPER, 0, 9, SHORT).drawdown == pytest.approx(0.16, abs=1e-3)


def test_a_book_that_loses_stays_where_it_is():
    found = walk(track_with(-winning(40)), SHORT)
    assert found.life == ()
    assert found.highest == LADDER[0]
    assert found.spent == {"exploration": 40}
    assert "no day that can be judged passes" in said_of(found)[0]


def test_a_window_as_long_as_its_least_days_is_full():
    exact = replace(SHORT.exploration, least_days=8.0)
    judged = walk(track_with(winning(30)), replace(SHORT, exploration=exact)).judged[0]
    assert judged.possible.tolist() == [day >= 7 for day in range(30)]


def test_a_life_too_short_is_refused():
    with pytest.raises(BadInput, match="3 days, and the shortest stage asks for 4"):
        walk(track_with(winning(3)), SHORT)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), days=st.integers(20, 50), cut=st.integers(10, 49))
def test_no_day_is_judged_by_what_comes_after_it(seed: int, days: int, cut: int):
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.0015, 0.002, days * 4)
    whole = walk(track_with(returns), SHORT)
    kept = min(cut, days)
    part = walk(track_with(returns[: kept * 4]), SHORT)
    for one, other in zip(part.judged, whole.judged, strict=True):
        assert one.passed.tolist() == other.passed[:kept].tolist()
        assert one.possible.tolist() == other.possible[:kept].tolist()
    until = BEGIN + kept * DAY
    assert [(one.day, one.after_it) for one in part.life] == [
        (one.day, one.after_it) for one in whole.life if one.day < until
    ]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), place=st.integers(0, 2), last=st.integers(0, 39))
def test_a_days_window_is_counted_plainly(seed: int, place: int, last: int):
    rng = np.random.default_rng(seed)
    returns, profits = rng.normal(0.001, 0.003, 160), rng.normal(1.0, 2.0, 160)
    standing = JUDGED[place]
    most = int((SHORT.exploration, SHORT.paper, SHORT.micro)[place].most_days)
    found = walk(track_with(returns, profits), SHORT).judged[place]
    first = max(0, last + 1 - most)
    worth = [1e4]
    for change in returns:
        worth.append(worth[-1] * (1.0 + change))
    bars = worth[first * 4 : (last + 1) * 4 + 1]
    daily = [bars[0], *bars[4::4]]
    gains = [b / a - 1.0 for a, b in itertools.pairwise(daily)]
    mean = sum(gains) / len(gains)
    spread = math.sqrt(sum((one - mean) ** 2 for one in gains) / max(len(gains) - 1, 1))
    own = profits[first * 4 : (last + 1) * 4]
    fall = max(1.0 - low / max(bars[: k + 1]) for k, low in enumerate(bars))
    passes = {
        "trades": len(own) >= 3,
        "sharpe": len(gains) > 1 and mean / spread * math.sqrt(365) > 1.5,
        "drawdown": fall < 0.15,
        "win_rate": np.mean(own > 0) > (0.5 if place == 0 else 0.55),
        "profit_factor": own[own > 0].sum() / -own[own < 0].sum() > 1.5 if (own < 0).any() else (own > 0).any(),
    }
    evidence = track_with(returns, profits).evidence(standing.stage, first, last, SHORT)
    plain = (last - first + 1, mean / spread * math.sqrt(365) if spread else math.nan, fall, np.mean(own > 0), own.size)
    told = (evidence.days, evidence.sharpe, evidence.drawdown, evidence.win_rate, evidence.trades)
    assert told == pytest.approx(plain, nan_ok=True)
    assert evidence.profit == pytest.approx(bars[-1] - bars[0])
    assert passes["profit_factor"] == (evidence.profit_factor > 1.5)
    least = (5, 10, 4)[place]
    assert bool(found.possible[last]) == (last - first + 1 >= least)
    if found.possible[last]:
        assert {name: bool(days[last]) for name, days in found.alone.items()} == passes
    assert bool(found.passed[last]) == (bool(found.possible[last]) and all(passes.values())), standing


def test_what_came_after_by_hand():
    days = BEGIN + np.array([0, 1, 3, 4, 5], dtype=np.int64) * DAY
    found = ahead_of(days, np.array([100.0, 110.0, 99.0, 108.9, 98.01, 196.02]), 2, 365)
    assert found.total_return[0] == pytest.approx(-0.1)  # to the last day that is not later
    assert found.total_return[1] == pytest.approx(0.1)
    assert found.total_return[2] == pytest.approx(0.8)
    assert np.isnan(found.total_return[3:]).all()
    assert found.drawdown[2] == pytest.approx(0.1)


def test_groups_by_hand():
    days = BEGIN + np.arange(6, dtype=np.int64) * DAY
    ahead = ahead_of(days, np.array([1.0, 1.0, 2.0, 3.0, 3.0, 6.0, 6.0]), 1, 365)
    passed = np.array([True, True, False, True, False, True])
    possible = np.array([True, True, True, True, True, True])
    groups = {one.name: one for one in aftermath(passed, possible, ahead).groups}
    assert (groups["passed"].days, groups["passed"].spells) == (3, 2)  # the last day has nothing after it
    assert groups["passed"].mean_return == pytest.approx((1.0 + 0.5 + 1.0) / 3)
    assert groups["passed"].median_return == pytest.approx(1.0)
    assert groups["not passed"].mean_return == 0.0
    assert groups["not passed"].share_positive == 0.0
    assert groups["all"].days == 5


def test_days_that_could_not_be_judged_are_in_no_group():
    days = BEGIN + np.arange(6, dtype=np.int64) * DAY
    ahead = ahead_of(days, np.arange(1.0, 8.0), 1, 365)
    found = aftermath(np.zeros(6, dtype=np.bool_), np.arange(6) > 2, ahead)
    assert [one.days for one in found.groups] == [0, 2, 2]
    assert math.isnan(found.difference)
    assert math.isnan(found.chance)


def test_what_tells_the_future_is_seldom_matched_by_chance():
    rng = np.random.default_rng(3)
    returns = rng.normal(0.0, 1.0, 400)
    difference, chance = shifted(returns > 0.5, returns)
    assert difference > 1.0
    assert chance == 0.0
    assert shifted(returns < -0.5, returns)[1] == 1.0


def test_what_tells_nothing_is_matched_as_often_as_any():
    chances = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        passed = np.repeat(rng.random(20) < 0.4, 20)
        if passed.any() and not passed.all():
            chances.append(shifted(passed, np.convolve(rng.normal(0.0, 1.0, 429), np.ones(30), "valid"))[1])
    assert 0.4 < np.mean(chances) < 0.6
    assert np.mean(np.array(chances) < 0.05) < 0.1


def test_it_is_shown_whole():
    returns = winning(160)
    returns[50 * 4] = -0.2
    found = walk(track_with(returns), SHORT)
    fields = json.loads(json.dumps(finite(walk_json(found)), allow_nan=False))
    assert fields["days"] == 160
    assert set(fields["stages"]) == {"exploration", "paper", "micro"}
    assert [one["to"] for one in fields["life"]][:2] == ["paper", "micro"]
    assert fields["taken_as_clean"] == ["crashes", "breaches", "release_hours", "gap_bps"]
    for rows in (aftermath_rows(found), criterion_rows(found), life_rows(found)):
        assert rows
        assert all(list(row) == list(rows[0]) for row in rows)
    assert len(aftermath_rows(found)) == 3 * len(HORIZONS) * 3
    assert walk_picture(found, "a made book").startswith(b"\x89PNG")


def test_what_a_backtest_has_not_is_clean_for_every_stage():
    track = track_with(winning(70))
    for standing in (*JUDGED, Standing(Stage.LIVE, 1)):
        strict = replace(RULES, micro=replace(RULES.micro, release_hours=500.0))
        found = track.evidence(standing.stage, 0, 69, strict)
        failed = {one.name for one in verdicts(standing, found, strict) if not one.passed}
        assert not failed & {"crashes", "breaches", "release_hours", "gap_bps", "stage"}


def test_bars_of_a_day_belong_to_it_until_it_ends():
    track = track_with(np.array([0.1] * 4 + [0.2] * 4))
    assert track.days.tolist() == [BEGIN, BEGIN + DAY]
    assert track.curve == pytest.approx([1e4, 1e4 * 1.1**4, 1e4 * 1.1**4 * 1.2**4])
    assert track.evidence(Stage.PAPER, 1, 1, SHORT).trades == 4
    assert track.ts[3] == BEGIN + 18 * HOUR
