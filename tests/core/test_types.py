"""Times, series, codes that are stored, and the hash that two runs are compared by."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from markets import random_bars

from models.types import (
    CALENDARS,
    TIMEFRAMES,
    BadInput,
    Bound,
    Breaker,
    Cause,
    Damaged,
    Intent,
    KeelError,
    Leg,
    Level,
    Reason,
    Refused,
    Regime,
    Series,
    Unavailable,
    bar_micros,
    bars_per_day,
    bars_per_week,
    bars_per_year,
    from_micros,
    intents_sha256,
    iso,
    parse_time,
    to_micros,
)

INTENT = Intent(
    1_600_000_000_000_000, "AAA", 0.5, 100.25, Reason.ENTER_EDGE, Bound.KELLY, 31.5, Regime.TRENDING, 99.5, 95.0
)


def test_the_hash_is_of_these_bytes():
    assert intents_sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    line = b"2020-09-13T12:26:40Z|||AAA|0.5|100.25|31.5|TRENDING|99.5|95.0|None|None|0.0|ENTER_EDGE|KELLY\n"
    assert intents_sha256(iter([INTENT])) == hashlib.sha256(line).hexdigest()
    assert len({intents_sha256(one) for one in ([], [INTENT], [INTENT, INTENT])}) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"bar": INTENT.bar + 1_000_000},
        {"symbol": "AAB"},
        {"quantity": np.nextafter(0.5, 1.0).item()},
        {"quantity": -0.5},
        {"price": np.nextafter(100.25, 0.0).item()},
        {"edge_bps": np.nextafter(31.5, 99.0).item()},
        {"reason": Reason.EXIT_EDGE},
        {"bound": Bound.CASH},
        {"regime": Regime.RANGING},
        {"limit": None},
        {"stop": np.nextafter(95.0, 0.0).item()},
        {"target": 110.0},
        {"partial": 105.0},
        {"part": 0.25},
        {"system": "long"},
        {"specialist": "crisis"},
    ],
    ids=str,
)
def test_one_bit_is_another_hash(change):
    assert intents_sha256([replace(INTENT, **change)]) != intents_sha256([INTENT])


def test_the_order_counts():
    other = replace(INTENT, symbol="BBB")
    assert intents_sha256([INTENT, other]) != intents_sha256([other, INTENT])


def test_stored_codes_never_change():
    assert [(one.name, int(one)) for one in Regime] == [("VOLATILE", 0), ("TRENDING", 1), ("RANGING", 2), ("CRISIS", 3)]
    assert [(one.name, int(one)) for one in Cause] == [("REGIME", 1), ("UNDERPERFORMED", 2), ("RECOVERED", 3)]
    assert [int(one) for one in Bound] == list(range(13))
    assert [(one.name, int(one)) for one in Bound][11:] == [("VAR", 11), ("CAPITAL", 12)]
    assert [(one.name, int(one)) for one in Level] == [("NONE", 0), ("PAUSE", 1), ("REDUCE", 2), ("FLATTEN", 3)]
    breakers = [
        "NONE",
        "ENTRIES_DRAWDOWN",
        "DAILY_LOSS",
        "WEEKLY_LOSS",
        "DRAWDOWN",
        "VAR",
        "STRATEGY",
        "PERSON",
        "FEED",
    ]
    assert [(one.name, int(one)) for one in Breaker] == [
        (name, code) for code, name in enumerate([*breakers, "EXECUTION", "STRESS", "EMERGENCY"])
    ]
    reasons = [0, 1, 2, 3, 4, 10, 11, 12, 13, *range(20, 31), *range(40, 48), *range(50, 80)]
    assert [int(one) for one in Reason] == reasons
    legs = ["NONE", "ENTRY", "EXIT", "STOP", "TARGET", "PARTIAL", "LIQUIDATION", "EXPIRED", "ADD", "EXTERNAL"]
    assert [(one.name, int(one)) for one in Leg] == [(name, code) for code, name in enumerate(legs)]


def test_every_reason_has_a_sentence_and_refusals_are_named_so():
    assert all(one.text for one in (*Reason, *Level, *Breaker))
    assert all(one.is_refusal is one.name.startswith("REFUSED") for one in Reason)


def test_times_there_and_back():
    moment = datetime(2024, 2, 29, 13, 30, 5, 123_456, tzinfo=UTC)
    assert from_micros(to_micros(moment)) == moment
    assert to_micros(datetime(1969, 12, 31, tzinfo=UTC)) == -86_400_000_000
    assert iso(parse_time("2024-02-29T14:30:00+01:00")) == "2024-02-29T13:30:00Z"
    assert parse_time("2024-02-29") == parse_time("2024-02-29T00:00:00Z")


def test_a_time_without_a_zone_and_no_time_at_all_are_bad_input():
    with pytest.raises(BadInput, match="has no time zone"):
        to_micros(datetime(2024, 2, 29))
    with pytest.raises(BadInput, match="is no time"):
        parse_time("yesterday")


@pytest.mark.parametrize(
    ("venue", "symbol", "timeframe", "good"),
    [
        ("binance", "BTC/USDT", "1h", True),
        ("sample", "SP500", "1d", True),
        ("sample", "^VIX", "1d", True),
        ("Binance", "BTC/USDT", "1h", False),
        ("binance", "btc/usdt", "1h", False),
        ("binance", "../../X", "1h", False),
        ("binance", "BTC/../X", "1h", False),
        ("binance", "", "1h", False),
        ("", "BTC", "1h", False),
        ("binance", "BTC/USDT", "2h", False),
    ],
)
def test_series(venue, symbol, timeframe, good):
    if good:
        assert str(Series(venue, symbol, timeframe)) == f"{venue} {symbol} {timeframe}"
    else:
        with pytest.raises(BadInput):
            Series(venue, symbol, timeframe)


@pytest.mark.parametrize(
    ("calendar", "timeframe", "day", "week", "year"),
    [
        ("24/7", "1m", 1440, 10_080, 525_600),
        ("24/7", "4h", 6, 42, 2190),
        ("24/7", "1d", 1, 7, 365),
        ("XNYS", "30m", 13, 65, 3276),
        ("XNYS", "1d", 1, 5, 252),
    ],
)
def test_calendars(calendar, timeframe, day, week, year):
    one = CALENDARS[calendar]
    found = bars_per_day(one, timeframe), bars_per_week(one, timeframe), bars_per_year(one, timeframe)
    assert found == (day, week, year)


def test_timeframes():
    assert {name: bar_micros(name) // 60_000_000 for name in TIMEFRAMES} == {
        "1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440,
    }  # fmt: skip


def test_until_takes_the_bar_itself_along():
    bars = random_bars(1, 10)
    for last, expected in ((bars.ts[4], 5), (bars.ts[4] - 1, 4), (bars.ts[0] - 1, 0), (bars.ts[-1] + 1, 10)):
        assert len(bars.until(int(last))) == expected


def test_exit_codes_of_errors():
    assert [one.exit_code for one in (KeelError, BadInput, Refused, Unavailable, Damaged)] == [1, 2, 3, 1, 1]
