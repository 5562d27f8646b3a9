"""The account's stops by hand: what trips, how they climb, how they end, and what a drawdown leaves of a size."""

import math

import pytest

from models.risk import (
    House,
    Ladder,
    climbed,
    fallen,
    first_ladder,
    flowed,
    is_due,
    marked_to,
    moved,
    no_house,
    on_day,
    released,
)
from models.risk.ladder import NEVER, delevered, has_lost, refusal, traded_once, week_of
from models.types import Breaker, Level, Reason

pytestmark = pytest.mark.risk

# Marks that differ, so that each breaker is measured from its own; it is a Tuesday, 2019-04-16.
TUESDAY = 18_002.0
MARKS = first_ladder(10_000.0)._replace(
    equity=9_000.0, peak=10_000.0, crest=9_600.0, day=TUESDAY, day_start=9_200.0, week_start=9_400.0
)
HOUSE = no_house()._replace(
    entries_drawdown=0.05, max_drawdown=0.20, daily_loss=0.05, weekly_loss=0.10, max_var=0.02, halt_var=0.025,
    pause_days=7.0, reduce_days=3.0, flatten_days=30.0,
)  # fmt: skip
NONE, PAUSE, REDUCE, FLATTEN = Level
B = Breaker
OFF = math.inf
LIMITS = ("entries_drawdown", "max_drawdown", "daily_loss", "weekly_loss", "halt_var")


def only(*names: str) -> House:
    """Of HOUSE, only these limits."""
    return HOUSE._replace(**{name: math.inf for name in LIMITS if name not in names})


def told(ladder: Ladder) -> tuple[Level, Breaker]:
    return Level(int(ladder.level)), Breaker(int(ladder.breaker))


# Limit, the equity that trips it, level, breaker, the day on which it ends
FALLS = [
    ("entries_drawdown", 9_600.0 * 0.95, PAUSE, B.ENTRIES_DRAWDOWN, 7.0),
    ("daily_loss", 9_200.0 * 0.95, REDUCE, B.DAILY_LOSS, 3.0),
    ("weekly_loss", 9_400.0 * 0.90, FLATTEN, B.WEEKLY_LOSS, 30.0),
    ("max_drawdown", 8_000.0, FLATTEN, B.DRAWDOWN, 30.0),
]


@pytest.mark.parametrize(("limit", "at", "level", "breaker", "days"), FALLS, ids=[one[0] for one in FALLS])
def test_a_fall_trips_at_its_limit_and_below_and_not_above(limit, at, level, breaker, days):
    house = only(limit)
    assert told(marked_to(MARKS, math.nextafter(at, math.inf), 0.0, house)) == (NONE, B.NONE)
    for equity in (at, math.nextafter(at, 0.0), at - 500.0):
        found = marked_to(MARKS, equity, 0.0, house)
        assert told(found) == (level, breaker)
        assert (found.until, found.trips, found.equity) == (TUESDAY + days, 1.0, equity)


@pytest.mark.parametrize(("var", "level"), [(224.99, NONE), (225.0, NONE), (225.01, REDUCE), (9_000.0, REDUCE)])
def test_what_may_be_lost_trips_above_its_limit_alone(var, level):
    found = marked_to(MARKS, 9_000.0, var, only("halt_var"))
    assert told(found) == (level, B.VAR if level else B.NONE)


# Equity, value at risk -> what wins of all that trip
TOGETHER = [
    ("nothing", 9_121.0, 0.0, NONE, B.NONE),
    ("the pause", 9_120.0, 0.0, PAUSE, B.ENTRIES_DRAWDOWN),
    ("the day goes before the pause", 8_740.0, 0.0, REDUCE, B.DAILY_LOSS),
    ("what is at risk before the day", 8_740.0, 300.0, REDUCE, B.VAR),
    ("the week before what is at risk", 8_460.0, 300.0, FLATTEN, B.WEEKLY_LOSS),
    ("the drawdown before the week", 8_000.0, 300.0, FLATTEN, B.DRAWDOWN),
]


@pytest.mark.parametrize(
    ("equity", "var", "level", "breaker"), [one[1:] for one in TOGETHER], ids=[one[0] for one in TOGETHER]
)
def test_of_several_the_highest_level_wins(equity, var, level, breaker):
    assert told(marked_to(MARKS, equity, var, HOUSE)) == (level, breaker)


def test_a_stop_climbs_and_never_descends():
    seen = []
    ladder = MARKS
    for equity in (9_121.0, 9_120.0, 9_600.0, 8_740.0, 9_600.0, 9_120.0, 8_460.0, 9_600.0, 8_000.0):
        ladder = marked_to(ladder, equity, 0.0, HOUSE)
        seen.append((*told(ladder), ladder.trips))
    assert seen == [
        (NONE, B.NONE, 0.0),
        (PAUSE, B.ENTRIES_DRAWDOWN, 1.0),
        (PAUSE, B.ENTRIES_DRAWDOWN, 1.0),
        (REDUCE, B.DAILY_LOSS, 2.0),
        (REDUCE, B.DAILY_LOSS, 2.0),
        (REDUCE, B.DAILY_LOSS, 2.0),
        (FLATTEN, B.WEEKLY_LOSS, 3.0),
        (FLATTEN, B.WEEKLY_LOSS, 3.0),
        # one that is no higher is not another trip
        (FLATTEN, B.WEEKLY_LOSS, 3.0),
    ]


@pytest.mark.parametrize("held", Level)
@pytest.mark.parametrize("forced", Level)
@pytest.mark.parametrize("until", [5.0, TUESDAY + 10.0, NEVER])
def test_a_stop_from_outside_climbs_too_and_shortens_nothing(held, forced, until):
    """One of the level that is held already is taken down as well."""
    ladder = MARKS._replace(level=float(held), breaker=float(B.DAILY_LOSS), until=until)
    found = climbed(ladder, float(forced), float(B.PERSON), HOUSE)
    if forced == NONE or forced < held:
        assert found == ladder
    else:
        assert (*told(found), found.trips) == (forced, B.PERSON, ladder.trips + 1.0)
        assert found.until == max(until, TUESDAY + {PAUSE: 7.0, REDUCE: 3.0, FLATTEN: 30.0}[forced])


# Each fall by a tenth or by nothing, of a mark that is something, nothing, or a debt.
@pytest.mark.parametrize(
    ("equity", "mark", "limit", "lost", "fall"),
    [
        (90.0, 100.0, 0.1, True, 0.1),
        (90.01, 100.0, 0.1, False, 0.0999),
        (100.0, 100.0, 0.0, False, 0.0),
        (99.9, 100.0, 0.0, True, 0.001),
        (0.0, 100.0, 1.0, True, 1.0),
        (0.0, 100.0, OFF, False, 1.0),
        (-50.0, 100.0, 1.0, True, 1.5),
        (-50.0, 100.0, OFF, False, 1.5),
        (0.0, 0.0, 0.1, False, 1.0),
        (-1.0, 0.0, 0.1, True, 1.0),
        (-100.0, -100.0, 0.1, False, 1.0),
        (-101.0, -100.0, 0.1, True, 1.0),
    ],
)
def test_what_is_lost_since_a_mark(equity, mark, limit, lost, fall):
    assert has_lost(equity, mark, limit) == lost
    assert fallen(equity, mark) == pytest.approx(fall)


@pytest.mark.parametrize(
    ("mark", "equity", "amount", "after"),
    [
        (100.0, 80.0, 40.0, 150.0),
        (100.0, 80.0, -40.0, 50.0),
        (100.0, 80.0, -80.0, 0.0),
        (100.0, 80.0, -90.0, 10.0),
        (0.0, 0.0, 40.0, 40.0),
        (100.0, -20.0, 10.0, 110.0),
        (100.0, -20.0, 60.0, 160.0),
        (100.0, -20.0, -10.0, 90.0),
    ],
)
def test_a_mark_goes_along_with_a_flow(mark, equity, amount, after):
    """In proportion where there was something and no debt is left; by the amount else."""
    assert moved(mark, equity, amount) == pytest.approx(after)


@pytest.mark.parametrize("equity", [0.0, -100.0])
def test_without_equity_any_value_at_risk_is_too_much_and_none_is_not(equity):
    ladder = MARKS._replace(equity=equity, peak=equity, crest=equity, day_start=equity, week_start=equity)
    assert told(marked_to(ladder, equity, 0.0, HOUSE)) == (NONE, B.NONE)
    assert told(marked_to(ladder, equity, 0.1, HOUSE)) == (REDUCE, B.VAR)
    assert told(marked_to(ladder, equity, 0.1, HOUSE._replace(halt_var=OFF))) == (NONE, B.NONE)


@pytest.mark.parametrize(("level", "name"), [(PAUSE, "pause_days"), (REDUCE, "reduce_days"), (FLATTEN, "flatten_days")])
def test_it_ends_by_days_or_by_a_person(level, name):
    found = climbed(MARKS, float(level), float(B.PERSON), HOUSE._replace(**{name: 2.5}))
    due = [is_due(found._replace(day=day)) for day in (TUESDAY, TUESDAY + 2.0, TUESDAY + 2.5, TUESDAY + 3.0)]
    assert due == [False, False, True, True]
    found = climbed(MARKS, float(level), float(B.PERSON), HOUSE._replace(**{name: 0.0}))
    assert found.until == NEVER
    assert not is_due(found._replace(day=999_999.0))
    assert not is_due(MARKS._replace(day=999_999.0))


# Level -> marks after a release at 8000: peak, the others
@pytest.mark.parametrize(("level", "peak"), [(PAUSE, 10_000.0), (REDUCE, 10_000.0), (FLATTEN, 8_000.0)])
def test_after_a_release_losses_count_anew_and_the_drawdown_after_a_flatten_alone(level, peak):
    stopped = MARKS._replace(level=float(level), breaker=3.0, until=NEVER, trips=4.0, trades=2.0, scale=0.5)
    found = released(stopped, 8_000.0)
    assert (found.peak, found.crest, found.day_start, found.week_start) == (peak, 8_000.0, 8_000.0, 8_000.0)
    assert (*told(found), found.until, found.trips, found.trades) == (NONE, B.NONE, 0.0, 4.0, 2.0)
    # At the release's own mark nothing trips again but the drawdown that was not released.
    again = marked_to(found, 8_000.0, 0.0, HOUSE)
    assert told(again) == ((NONE, B.NONE) if level is FLATTEN else (FLATTEN, B.DRAWDOWN))
    assert told(marked_to(found, 7_600.01, 0.0, only("daily_loss"))) == (NONE, B.NONE)
    assert told(marked_to(found, 7_600.0, 0.0, only("daily_loss"))) == (REDUCE, B.DAILY_LOSS)


def test_a_week_begins_on_monday():
    """1970-01-05 was a Monday, day 4; 2024-01-01 too, day 19,723."""
    assert [week_of(float(day)) for day in (-1, 0, 3, 4, 10, 11)] == [0, 0, 0, 1, 1, 2]
    assert [week_of(float(day)) for day in (19_722, 19_723, 19_729, 19_730)] == [2817, 2818, 2818, 2819]


@pytest.mark.parametrize(
    ("before", "day", "week"),
    [
        (19_722.0, 19_723.0, 9_000.0),
        (19_723.0, 19_729.0, 9_400.0),
        (19_729.0, 19_730.0, 9_000.0),
        (19_723.0, 19_751.0, 9_000.0),
        (-1.0, 2.0, 9_400.0),
        (-1.0, 19_723.0, 9_000.0),
    ],
)
def test_a_day_begins_with_the_last_mark_and_a_monday_a_week(before, day, week):
    found = on_day(MARKS._replace(day=before, trades=5.0, level=2.0, until=19_724.0), day)
    assert (found.day, found.day_start, found.week_start, found.trades) == (day, 9_000.0, week, 0.0)
    assert (found.level, found.until, found.peak) == (2.0, 19_724.0, 10_000.0)


@pytest.mark.parametrize("amount", [5_000.0, -4_500.0, 1e6, -8_999.0])
def test_a_flow_moves_every_mark_in_proportion(amount):
    found = flowed(MARKS, 9_000.0, amount)
    for name in ("peak", "crest", "day_start", "week_start"):
        assert found.equity / getattr(found, name) == pytest.approx(9_000.0 / getattr(MARKS, name), rel=1e-12)
    assert found.equity == 9_000.0 + amount
    moved = ("equity", "peak", "crest", "day_start", "week_start")
    assert found._replace(**{name: getattr(MARKS, name) for name in moved}) == MARKS


# Drawdown, share before -> share; from 5 % on along a line down to 0.4 at 20 %: 0.04 for each percent
SHARES = [
    ("none", 0.0, 1.0, 1.0),
    ("at the beginning of the line", 0.05, 1.0, 1.0),
    ("a little down it", 0.06, 1.0, 0.96),
    ("half of it", 0.125, 1.0, 0.7),
    ("at its end", 0.20, 1.0, 0.4),
    ("below it", 0.50, 1.0, 0.4),
    ("it falls at once", 0.125, 0.71, 0.7),
    ("it stays within the band", 0.125, 0.62, 0.62),
    ("just within", 0.125, 0.601, 0.601),
    ("just beyond", 0.125, 0.599, 0.7),
    ("to all of it whatever the band", 0.0499, 0.95, 1.0),
]


@pytest.mark.parametrize(("fall", "before", "share"), [one[1:] for one in SHARES], ids=[one[0] for one in SHARES])
def test_a_drawdown_makes_entries_smaller(fall, before, share):
    house = HOUSE._replace(delever_floor=0.4, delever_band=0.1)
    assert delevered(before, 10_000.0 * (1.0 - fall), 10_000.0, house) == pytest.approx(share, abs=1e-9)


def test_without_a_line_the_share_steps_down():
    steep = HOUSE._replace(max_drawdown=0.05, delever_floor=0.4)
    assert [delevered(1.0, equity, 10_000.0, steep) for equity in (9_500.01, 9_499.0)] == [1.0, 0.4]
    endless = HOUSE._replace(max_drawdown=math.inf, delever_floor=0.4)
    assert delevered(1.0, 1_000.0, 10_000.0, endless) == 1.0
    assert delevered(1.0, 1_000.0, 10_000.0, no_house()) == 1.0


REFUSALS = {
    B.ENTRIES_DRAWDOWN: Reason.REFUSED_ENTRIES_DRAWDOWN,
    B.DAILY_LOSS: Reason.REFUSED_DAILY_LOSS,
    B.WEEKLY_LOSS: Reason.REFUSED_WEEKLY_LOSS,
    B.DRAWDOWN: Reason.REFUSED_DRAWDOWN,
    B.VAR: Reason.REFUSED_VAR,
    B.PERSON: Reason.REFUSED_PERSON,
    B.STRESS: Reason.REFUSED_STRESS,
    B.FEED: Reason.REFUSED_STOPPED,
    B.EXECUTION: Reason.REFUSED_STOPPED,
}


@pytest.mark.parametrize("breaker", REFUSALS)
@pytest.mark.parametrize("level", [PAUSE, REDUCE, FLATTEN])
def test_a_refusal_says_what_stops_it(breaker, level):
    assert refusal(MARKS._replace(level=float(level), breaker=float(breaker))) == REFUSALS[breaker]
    assert refusal(MARKS) == 0


def test_entries_of_a_day_are_counted():
    assert traded_once(traded_once(MARKS)) == MARKS._replace(trades=2.0)


def test_nothing_binds_where_nothing_is_set():
    for equity in (10_000.0, 1.0, 0.0):
        assert told(marked_to(MARKS, equity, 1e9, no_house())) == (NONE, B.NONE)
