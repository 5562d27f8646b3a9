"""Sessions: which bars there are, when each is known, and from when to when a symbol is traded."""

import time
from datetime import date

import exchange_calendars
import numpy as np
import pandas as pd
import pytest

from models.sessions import bar_closes, expected_opens, in_session, listed_span, session_dates, session_spans
from models.sessions.table import exchange_sessions
from models.types import CALENDARS, TIMEFRAMES, BadInput, bar_micros, bars_per_day, bars_per_week, bars_per_year, iso
from models.types import parse_time as at
from models.types.timeframes import DAY, HOUR, MINUTE

ALWAYS, NEW_YORK = CALENDARS["24/7"], CALENDARS["XNYS"]
FIRST, LAST = at("2004-01-01"), at("2023-12-31T23:59:59Z")


@pytest.fixture(scope="module")
def nyse():
    return exchange_calendars.get_calendar("XNYS", start=pd.Timestamp("2000-01-03"), end=pd.Timestamp("2026-12-31"))


# calendar, timeframe, open, the moment it is known
KNOWN = [
    ("24/7", "1m", "2024-03-10T06:59:00Z", "2024-03-10T07:00:00Z"),
    ("24/7", "4h", "2024-03-10T04:00:00Z", "2024-03-10T08:00:00Z"),
    ("24/7", "1d", "2023-11-24", "2023-11-25"),
    ("XNYS", "1d", "2024-03-08", "2024-03-08T21:00:00Z"),  # winter time in New York
    ("XNYS", "1d", "2024-03-11", "2024-03-11T20:00:00Z"),  # the first session in summer time
    ("XNYS", "1d", "2024-11-01", "2024-11-01T20:00:00Z"),
    ("XNYS", "1d", "2024-11-04", "2024-11-04T21:00:00Z"),
    ("XNYS", "1d", "2023-11-24", "2023-11-24T18:00:00Z"),  # the day after Thanksgiving
    ("XNYS", "1d", "2024-12-24", "2024-12-24T18:00:00Z"),
    ("XNYS", "1d", "2024-07-03", "2024-07-03T17:00:00Z"),
    ("XNYS", "1h", "2024-01-08T14:30:00Z", "2024-01-08T15:30:00Z"),
    ("XNYS", "1h", "2024-01-08T20:30:00Z", "2024-01-08T21:00:00Z"),  # 15:30 to 16:00 in New York
    ("XNYS", "1h", "2024-07-08T19:30:00Z", "2024-07-08T20:00:00Z"),
    ("XNYS", "1h", "2023-11-24T17:30:00Z", "2023-11-24T18:00:00Z"),
    ("XNYS", "4h", "2024-01-08T18:30:00Z", "2024-01-08T21:00:00Z"),
    ("XNYS", "4h", "2023-11-24T14:30:00Z", "2023-11-24T18:00:00Z"),
    ("XNYS", "1m", "2024-01-08T20:59:00Z", "2024-01-08T21:00:00Z"),
    # No session: one step after the stamp.
    ("XNYS", "1d", "2001-09-12", "2001-09-13"),
    ("XNYS", "1d", "2024-01-06", "2024-01-07"),
    ("XNYS", "1d", "2024-01-08T05:00:00Z", "2024-01-09T05:00:00Z"),  # a daily bar with midnight in New York
    ("XNYS", "1d", "2024-01-08T14:30:00Z", "2024-01-09T14:30:00Z"),
    ("XNYS", "1h", "2024-01-08T14:00:00Z", "2024-01-08T15:00:00Z"),  # before the open
    ("XNYS", "1h", "2024-01-08T21:00:00Z", "2024-01-08T22:00:00Z"),  # the session's close is after it
    ("XNYS", "1h", "2023-11-24T19:30:00Z", "2023-11-24T20:30:00Z"),  # the afternoon of a half day
    ("XNYS", "1h", "2024-01-06T16:00:00Z", "2024-01-06T17:00:00Z"),
    ("XNYS", "1h", "1899-12-29T16:00:00Z", "1899-12-29T17:00:00Z"),
    ("XNYS", "1d", "1899-12-29", "1899-12-30"),
    ("XNYS", "1h", "2200-01-03T16:00:00Z", "2200-01-03T17:00:00Z"),
    ("XNYS", "1d", "2200-01-03", "2200-01-04"),
]


@pytest.mark.parametrize(("calendar", "timeframe", "opened", "known"), KNOWN)
def test_a_bar_is_known_when_it_closed(calendar, timeframe, opened, known):
    found = bar_closes(CALENDARS[calendar], timeframe, np.array([at(opened)]))
    assert iso(int(found[0])) == iso(at(known))
    assert found.dtype == np.int64


def test_bars_in_any_order_are_told_apart():
    rows = [(opened, known) for calendar, timeframe, opened, known in KNOWN if (calendar, timeframe) == ("XNYS", "1h")]
    opens, known = (np.array([at(one) for one in column]) for column in zip(*reversed(rows), strict=True))
    assert (bar_closes(NEW_YORK, "1h", opens) == known).all()
    assert bar_closes(NEW_YORK, "1h", opens[:0]).size == 0


def test_a_later_publication_comes_on_top():
    opens = np.array([at("2024-12-24"), at("2024-12-25"), at("2024-12-26")])
    vix = bar_closes(NEW_YORK, "1d", opens, 15 * MINUTE)
    assert [iso(int(one)) for one in vix] == ["2024-12-24T18:15:00Z", "2024-12-26T00:15:00Z", "2024-12-26T21:15:00Z"]
    assert int(bar_closes(ALWAYS, "1h", opens, 1)[0]) == int(opens[0]) + HOUR + 1


def test_twenty_years_of_daily_bars_are_known_at_their_closes(nyse):
    days = expected_opens(NEW_YORK, "1d", FIRST, LAST)
    closes = (
        nyse.closes["2004-01-01":"2023-12-31"].dt.tz_convert(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    )
    assert days.size == 5033
    assert (bar_closes(NEW_YORK, "1d", days) == closes).all()
    after_midnight = closes - days
    assert set((after_midnight // HOUR).tolist()) == {17, 18, 20, 21}


@pytest.mark.parametrize("timeframe", [one for one in TIMEFRAMES if one != "1d"])
def test_twenty_years_of_expected_bars_are_those_of_the_calendar(timeframe, nyse):
    step = bar_micros(timeframe)
    theirs = nyse.trading_index("2004-01-01", "2023-12-31", f"{step // MINUTE}min", intervals=False, closed="left")
    opens = expected_opens(NEW_YORK, timeframe, FIRST, LAST)
    assert (opens == theirs.tz_convert(None).to_numpy(dtype="datetime64[us]").astype(np.int64)).all()
    known = bar_closes(NEW_YORK, timeframe, opens)
    assert ((known > opens) & (known <= opens + step)).all()
    assert (known[:-1] <= opens[1:]).all()
    per_day = np.unique(opens // DAY, return_counts=True)[1]
    assert per_day.max() == bars_per_day(NEW_YORK, timeframe)
    assert np.bincount(per_day).argmax() == bars_per_day(NEW_YORK, timeframe)


def test_expected_bars_end_where_they_are_asked_to():
    first, last = at("2024-01-08T15:30:00Z"), at("2024-01-08T17:30:00Z")
    hours = [iso(int(one))[11:16] for one in expected_opens(NEW_YORK, "1h", first, last)]
    assert hours == ["15:30", "16:30", "17:30"]
    assert expected_opens(NEW_YORK, "1h", first + 1, last - 1).tolist() == [first + HOUR]
    half_day = expected_opens(NEW_YORK, "1h", at("2023-11-24"), at("2023-11-25"))
    assert [iso(int(one))[11:16] for one in half_day] == ["14:30", "15:30", "16:30", "17:30"]
    assert [iso(int(one))[:10] for one in expected_opens(NEW_YORK, "1d", at("2024-01-05"), at("2024-01-08"))] == [
        "2024-01-05",
        "2024-01-08",
    ]
    for timeframe in ("1h", "1d"):
        assert expected_opens(NEW_YORK, timeframe, at("2024-01-06"), at("2024-01-07")).size == 0
        assert expected_opens(NEW_YORK, timeframe, last, first - DAY).size == 0
        assert expected_opens(NEW_YORK, timeframe, at("2200-01-01"), at("2200-02-01")).size == 0


def test_nobody_can_change_the_sessions_of_the_others():
    table = exchange_sessions("XNYS")
    assert not any(column.flags.writeable for column in (table.dates, table.opens, table.closes))
    assert exchange_sessions("XNYS") is table
    span = at("2024-01-08"), at("2024-01-09")
    for column in (
        *session_spans(NEW_YORK, *span),
        session_dates(NEW_YORK, *span),
        expected_opens(NEW_YORK, "1d", *span),
    ):
        column += 1
    assert expected_opens(NEW_YORK, "1d", *span).tolist() == list(span)
    assert iso(int(session_spans(NEW_YORK, *span)[0][0])) == "2024-01-08T14:30:00Z"


# calendar, from, to, sessions as open and close
SPANS = [
    ("XNYS", "2023-11-22", "2023-11-25", ["11-22T14:30 11-22T21:00", "11-24T14:30 11-24T18:00"]),
    ("XNYS", "2001-09-10", "2001-09-18", ["09-10T13:30 09-10T20:00", "09-17T13:30 09-17T20:00"]),
    ("XNYS", "2024-01-08T20:59:59Z", "2024-01-09T14:29:59Z", ["01-08T14:30 01-08T21:00"]),
    ("XNYS", "2024-01-08T21:00:00Z", "2024-01-09T14:29:59Z", []),
    ("XNYS", "2024-01-08T21:00:00Z", "2024-01-09T14:30:00Z", ["01-09T14:30 01-09T21:00"]),
    ("XNYS", "2024-01-08T16:00:00Z", "2024-01-08T16:00:00Z", ["01-08T14:30 01-08T21:00"]),
    ("XNYS", "2024-01-09T16:00:00Z", "2024-01-08T16:00:00Z", []),
    ("24/7", "2024-02-28T23:00:00Z", "2024-02-29", ["02-28T00:00 02-29T00:00", "02-29T00:00 03-01T00:00"]),
    ("24/7", "2024-02-29", "2024-02-29T23:59:59Z", ["02-29T00:00 03-01T00:00"]),
    ("24/7", "2024-03-01", "2024-02-29", []),
]


@pytest.mark.parametrize(("calendar", "first", "last", "sessions"), SPANS)
def test_session_spans(calendar, first, last, sessions):
    one = CALENDARS[calendar]
    opens, closes = session_spans(one, at(first), at(last))
    assert [f"{iso(int(a))[5:16]} {iso(int(b))[5:16]}" for a, b in zip(opens, closes, strict=True)] == sessions
    assert [iso(int(day))[5:] for day in session_dates(one, at(first), at(last))] == [
        f"{said[:5]}T00:00:00Z" for said in sessions
    ]


OPEN = [
    ("2024-01-08T14:29:59Z", False),
    ("2024-01-08T14:30:00Z", True),
    ("2024-01-08T20:59:59Z", True),
    ("2024-01-08T21:00:00Z", False),
    ("2023-11-24T17:59:59Z", True),
    ("2023-11-24T18:00:00Z", False),
    ("2024-03-11T13:30:00Z", True),
    ("2024-03-08T13:30:00Z", False),
    ("2001-09-11T16:00:00Z", False),
    ("1850-01-02T16:00:00Z", False),
    ("2024-01-07T16:00:00Z", False),
]


@pytest.mark.parametrize(("moment", "open_then"), OPEN)
def test_in_session(moment, open_then):
    assert in_session(NEW_YORK, at(moment)) is open_then
    assert in_session(ALWAYS, at(moment)) is True


@pytest.mark.parametrize(
    ("timeframe", "day", "week", "year"),
    [("1h", 7, 35, 1764), ("4h", 2, 10, 504), ("1m", 390, 1950, 98_280), ("1d", 1, 5, 252)],
)
def test_a_short_last_bar_is_a_bar(timeframe, day, week, year):
    found = (per(NEW_YORK, timeframe) for per in (bars_per_day, bars_per_week, bars_per_year))
    assert tuple(found) == (day, week, year)
    assert expected_opens(NEW_YORK, timeframe, at("2024-01-08"), at("2024-01-08T23:00:00Z")).size == day


def test_a_million_bars_take_some_milliseconds():
    opens = expected_opens(NEW_YORK, "1m", FIRST, LAST)[:1_000_000]
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        bar_closes(NEW_YORK, "1m", opens)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.15, took  # 0.02 s on an idle core


# listed, delisted, the moment, whether a bar may open then
LISTED = [
    (None, None, "1900-01-01", True),
    (None, None, "2200-01-01", True),
    (date(2020, 1, 6), None, "2020-01-05T23:59:59Z", False),
    (date(2020, 1, 6), None, "2020-01-06", True),
    (date(2020, 1, 6), None, "2100-01-01", True),
    (None, date(2020, 1, 6), "2020-01-06", True),
    (None, date(2020, 1, 6), "2020-01-06T20:59:00Z", True),
    (None, date(2020, 1, 6), "2020-01-07", False),
    (date(2020, 1, 6), date(2020, 1, 6), "2020-01-06T14:30:00Z", True),
    (date(1960, 1, 4), None, "1960-01-04", True),
    (date(1960, 1, 4), None, "1960-01-03", False),
]


@pytest.mark.parametrize(("listed", "delisted", "moment", "traded"), LISTED)
def test_bars_open_while_a_symbol_is_listed(listed, delisted, moment, traded):
    first, last = listed_span(listed, delisted)
    assert (first <= at(moment) <= last) is traded


def test_expected_bars_are_clipped_to_the_listing():
    first, last = listed_span(date(2024, 1, 8), date(2024, 1, 9))
    hours = expected_opens(NEW_YORK, "1h", max(first, at("2023-01-01")), min(last, at("2025-01-01")))
    assert (hours.size, iso(int(hours[0])), iso(int(hours[-1]))) == (14, "2024-01-08T14:30:00Z", "2024-01-09T20:30:00Z")
    with pytest.raises(BadInput, match="delisted on 2024-01-05, before it was listed on 2024-01-08"):
        listed_span(date(2024, 1, 8), date(2024, 1, 5))
