"""Raw rows in, flaws out; gaps; and the bars that a market should have had."""

import math

import numpy as np
import pytest

from models.quality import Flaw, Gap, count_flaws, find_gaps, flaws_of
from models.sessions import expected_opens
from models.types import CALENDARS, Bars, iso, parse_time
from models.types.timeframes import DAY, HOUR

ALWAYS, NEW_YORK = CALENDARS["24/7"], CALENDARS["XNYS"]
NOW = 100 * HOUR
GOOD = (5 * HOUR, 10.0, 12.0, 9.0, 11.0, 3.0)


def raw(*rows):
    ts, *columns = zip(*rows, strict=True)
    return Bars(np.array(ts, np.int64), *(np.array(one, np.float64) for one in columns))


def flaws(*rows, now=NOW):
    return [Flaw(int(code)) for code in flaws_of(raw(*rows), HOUR, now)]


def at(hour, close=11.0, volume=3.0):
    return (int(hour * HOUR), 10.0, 12.0, 9.0, close, volume)


ONE_ROW = [
    (GOOD, Flaw.NONE),
    ((5 * HOUR, 10.0, 10.0, 10.0, 10.0, 0.0), Flaw.NONE),
    ((-HOUR, 10.0, 12.0, 9.0, 11.0, 3.0), Flaw.NO_TIME),
    ((np.iinfo(np.int64).min, math.nan, 12.0, 9.0, 11.0, 3.0), Flaw.NO_TIME),
    ((5 * HOUR, math.nan, 12.0, 9.0, 11.0, 3.0), Flaw.NOT_FINITE),
    ((5 * HOUR, 10.0, math.inf, 9.0, 11.0, 3.0), Flaw.NOT_FINITE),
    ((5 * HOUR, 10.0, 12.0, -math.inf, 11.0, 3.0), Flaw.NOT_FINITE),
    ((5 * HOUR, 10.0, 12.0, 9.0, math.nan, 3.0), Flaw.NOT_FINITE),
    ((5 * HOUR, 10.0, 12.0, 9.0, 11.0, math.nan), Flaw.NOT_FINITE),
    ((5 * HOUR, 10.0, 12.0, 0.0, 11.0, 3.0), Flaw.NOT_POSITIVE),
    ((5 * HOUR, -10.0, 12.0, 9.0, 11.0, 3.0), Flaw.NOT_POSITIVE),
    ((5 * HOUR, 10.0, 12.0, 9.0, 11.0, -0.1), Flaw.NEGATIVE_VOLUME),
    ((5 * HOUR, 10.0, 9.0, 12.0, 11.0, 3.0), Flaw.HIGH_BELOW_LOW),
    ((5 * HOUR, 12.1, 12.0, 9.0, 11.0, 3.0), Flaw.OUTSIDE_RANGE),
    ((5 * HOUR, 8.9, 12.0, 9.0, 11.0, 3.0), Flaw.OUTSIDE_RANGE),
    ((5 * HOUR, 10.0, 12.0, 9.0, 12.1, 3.0), Flaw.OUTSIDE_RANGE),
    ((5 * HOUR, 10.0, 12.0, 9.0, 8.9, 3.0), Flaw.OUTSIDE_RANGE),
    ((5 * HOUR + 1, 10.0, 12.0, 9.0, 11.0, 3.0), Flaw.OFF_GRID),
    ((99 * HOUR, 10.0, 12.0, 9.0, 11.0, 3.0), Flaw.NONE),
    ((100 * HOUR, 10.0, 12.0, 9.0, 11.0, 3.0), Flaw.UNFINISHED),
]


@pytest.mark.parametrize(("row", "flaw"), ONE_ROW)
def test_one_row(row, flaw):
    assert flaws(row) == [flaw]


FRIDAY, MONDAY = "2024-03-08", "2024-03-11"  # New York went to summer time between them
SESSION_ROWS = [
    (f"{FRIDAY}T14:30:00", Flaw.NONE),
    (f"{FRIDAY}T15:00:00", Flaw.OFF_GRID),
    (f"{FRIDAY}T20:30:00", Flaw.NONE),
    (f"{FRIDAY}T21:30:00", Flaw.OFF_GRID),
    ("2024-03-09T14:30:00", Flaw.OFF_GRID),
    (f"{MONDAY}T13:30:00", Flaw.NONE),
    (f"{MONDAY}T14:30:00", Flaw.NONE),
    (f"{MONDAY}T19:00:00", Flaw.UNFINISHED),
]


def test_bars_of_a_session_open_with_it_and_not_on_the_full_hour():
    now = parse_time(f"{MONDAY}T19:30:00")
    opens = expected_opens(NEW_YORK, "1h", parse_time(FRIDAY), now)
    rows = raw(*((parse_time(time), 10.0, 12.0, 9.0, 11.0, 3.0) for time, _ in SESSION_ROWS))
    assert [Flaw(int(code)) for code in flaws_of(rows, HOUR, now, opens)] == [flaw for _, flaw in SESSION_ROWS]


def test_a_session_without_a_bar_has_no_grid():
    rows = raw((parse_time("2024-03-09T14:30:00"), 10.0, 12.0, 9.0, 11.0, 3.0))
    assert flaws_of(rows, HOUR, parse_time(MONDAY), np.zeros(0, np.int64)).tolist() == [Flaw.OFF_GRID]


def test_a_bar_is_unfinished_until_the_microsecond_it_closes():
    assert flaws(at(5), now=6 * HOUR - 1) == [Flaw.UNFINISHED]
    assert flaws(at(5), now=6 * HOUR) == [Flaw.NONE]


N, U, D, C, F = Flaw.NONE, Flaw.UNSORTED, Flaw.DUPLICATE, Flaw.CONFLICT, Flaw.NOT_FINITE
MANY_ROWS = [
    ("ascending", [at(1), at(2), at(4)], [N, N, N]),
    ("one row late", [at(1), at(3), at(2), at(4)], [N, N, U, N]),
    ("everything after a row of the future is late", [at(9), at(1), at(2)], [N, U, U]),
    ("late twice is still late", [at(1), at(3), at(2), at(2)], [N, N, U, U]),
    ("the same again", [at(1), at(2), at(2), at(2), at(3)], [N, N, D, D, N]),
    ("another close", [at(1), at(2), at(2, close=11.5), at(3)], [N, C, C, N]),
    ("another volume", [at(2), at(2, volume=4.0)], [C, C]),
    ("same, then other", [at(2), at(2), at(2, close=11.5)], [C, D, C]),
    ("other, then same", [at(2), at(2, close=11.5), at(2)], [C, C, D]),
    ("the first one is broken, so the second one is no repeat", [at(2, close=math.nan), at(2), at(3)], [F, N, N]),
    ("a broken row of the future does not make others late", [at(50, close=math.nan), at(1), at(2)], [F, N, N]),
]


@pytest.mark.parametrize(("rows", "expected"), [one[1:] for one in MANY_ROWS], ids=[one[0] for one in MANY_ROWS])
def test_many_rows(rows, expected):
    assert flaws(*rows) == expected


def test_no_conflicting_time_keeps_a_sound_row():
    rows = [at(1), at(2), at(2, close=11.5), at(2), at(3), at(3, volume=9.0)]
    sound = [row[0] for row, flaw in zip(rows, flaws(*rows), strict=True) if flaw is N]
    assert sound == [HOUR]


def test_count_flaws_names_the_most_frequent_first():
    counted = count_flaws(np.array([0, 10, 2, 10, 0, 10, 2, 7], np.int64))
    assert list(counted.items()) == [("duplicate", 3), ("not_finite", 2), ("off_grid", 1)]
    assert count_flaws(np.zeros(3, np.int64)) == {}


def test_every_flaw_has_a_sentence():
    assert all(flaw.text for flaw in Flaw)


GAPS = [
    ([1, 2, 3], [1, 2, 3], []),
    ([2, 3], [1, 2, 3], [Gap(1, 1, 1)]),
    ([1, 2], [1, 2, 3, 4], [Gap(3, 4, 2)]),
    ([1, 5, 9], [1, 3, 5, 7, 8, 9], [Gap(3, 3, 1), Gap(7, 8, 2)]),
    ([], [1, 2], [Gap(1, 2, 2)]),
    ([1, 2, 3], [2], []),
    ([1], [], []),
]


@pytest.mark.parametrize(("ts", "expected", "gaps"), GAPS)
def test_find_gaps(ts, expected, gaps):
    assert find_gaps(np.array(ts, np.int64), np.array(expected, np.int64)) == gaps


def test_round_the_clock_expects_every_bar():
    opens = expected_opens(ALWAYS, "1h", parse_time("2024-02-28T22:00:00"), parse_time("2024-03-01T01:00:00"))
    assert len(opens) == 28
    assert (np.diff(opens) == HOUR).all()
    assert (iso(opens[0]), iso(opens[-1])) == ("2024-02-28T22:00:00Z", "2024-03-01T01:00:00Z")


def days(first, last):
    return [iso(one)[:10] for one in expected_opens(NEW_YORK, "1d", parse_time(first), parse_time(last))]


SESSIONS = [
    ("2018-12-03", "2018-12-07", ["2018-12-03", "2018-12-04", "2018-12-06", "2018-12-07"]),  # mourning
    ("2001-09-10", "2001-09-18", ["2001-09-10", "2001-09-17", "2001-09-18"]),
    ("2012-10-26", "2012-10-31", ["2012-10-26", "2012-10-31"]),  # a hurricane
    ("2023-12-22", "2023-12-27", ["2023-12-22", "2023-12-26", "2023-12-27"]),
    ("2022-06-17", "2022-06-21", ["2022-06-17", "2022-06-21"]),  # a holiday since 2022
    ("2020-06-18", "2020-06-22", ["2020-06-18", "2020-06-19", "2020-06-22"]),
    ("2024-01-06", "2024-01-07", []),
]


@pytest.mark.parametrize(("first", "last", "sessions"), SESSIONS)
def test_new_york_expects_its_sessions(first, last, sessions):
    assert days(first, last) == sessions


def test_daily_sessions_are_stamped_at_midnight_utc():
    opens = expected_opens(NEW_YORK, "1d", parse_time("2015-01-01"), parse_time("2015-12-31"))
    assert len(opens) == 252
    assert (opens % DAY == 0).all()


def test_intraday_sessions_follow_daylight_saving_and_early_closes():
    def times(day):
        first = parse_time(day)
        return [iso(one)[11:16] for one in expected_opens(NEW_YORK, "30m", first, first + DAY - 1)]

    assert (times("2024-03-08")[0], times("2024-03-11")[0]) == ("14:30", "13:30")
    assert (times("2024-03-08")[-1], len(times("2024-03-08"))) == ("20:30", 13)
    assert (times("2024-11-29")[-1], len(times("2024-11-29"))) == ("17:30", 7)


def test_expected_opens_keep_to_both_ends():
    first, last = parse_time("2024-03-07T20:00:00"), parse_time("2024-03-08T14:30:00")
    found = [iso(one)[5:16] for one in expected_opens(NEW_YORK, "30m", first, last)]
    assert found == ["03-07T20:00", "03-07T20:30", "03-08T14:30"]
