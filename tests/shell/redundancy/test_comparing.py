"""Closes held against each other, and the vote."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_feeds import BTC, START, FakeFeed, truth

from models.types import CALENDARS, parse_time
from models.types.timeframes import HOUR
from tasks.session.feeds import Tolerance, Verdict, compare
from tasks.session.feeds.comparing import SAMPLE, CrossCheck, PairCheck
from tasks.session.feeds.judging import UNDECIDED, Ruling, rule_on
from tasks.session.feeds.lateness import bars_due, in_order

STRICT, LENIENT = Tolerance(100.0, strict=True), Tolerance(100.0, strict=False)


def test_the_newest_common_bars_are_compared() -> None:
    one, other = truth(40), truth(60).rows(slice(5, 60))
    other.close[:20] *= 2.0  # too old to count
    check = compare(("one", one), ("other", other), STRICT)
    assert (check.common, check.first, check.last) == (SAMPLE, START + 30 * HOUR, START + 39 * HOUR)
    assert (check.median_bps, check.worst_bps, check.verdict) == (0.0, 0.0, Verdict.AGREE)


def test_the_difference_is_in_basis_points_of_the_middle() -> None:
    one, other = truth(3), truth(3)
    one.close[:] = 100.0
    other.close[:] = [100.0, 101.0, 103.0]
    check = compare(("one", one), ("other", other), STRICT)
    assert check.median_bps == pytest.approx(1e4 * 1.0 / 100.5)
    assert check.worst_bps == pytest.approx(1e4 * 3.0 / 101.5)
    assert compare(("other", other), ("one", one), STRICT).worst_bps == check.worst_bps


@pytest.mark.parametrize(
    ("changed", "strict", "lenient"),
    [(0, "agree", "agree"), (1, "apart", "agree"), (4, "apart", "agree"), (6, "apart", "apart")],
)
def test_strict_counts_every_bar_and_lenient_the_median(changed: int, strict: str, lenient: str) -> None:
    one, other = truth(10), truth(10)
    other.close[:changed] *= 1.02
    assert compare(("one", one), ("other", other), STRICT).verdict == strict
    assert compare(("one", one), ("other", other), LENIENT).verdict == lenient


def test_the_tolerance_itself_is_allowed() -> None:
    one, other = truth(1), truth(1)
    one.close[:], other.close[:] = 99.5, 100.5
    bps = compare(("one", one), ("other", other), STRICT).worst_bps
    assert bps == pytest.approx(100.0)
    assert compare(("one", one), ("other", other), Tolerance(bps, True)).verdict is Verdict.AGREE
    assert compare(("one", one), ("other", other), Tolerance(np.nextafter(bps, 0), True)).verdict is Verdict.APART


@pytest.mark.parametrize("close", [np.nan, np.inf, 0.0, -5.0, 5e-324, 1.7e308])
def test_a_close_that_is_no_price_is_apart(close: float) -> None:
    one, other = truth(3), truth(3)
    other.close[1] = close
    check = compare(("one", one), ("other", other), STRICT)
    assert check.verdict is Verdict.APART
    json.dumps(check.as_json(), allow_nan=False)


def test_bars_of_other_times_have_nothing_in_common() -> None:
    one = truth(3)
    check = compare(("one", one), ("other", replace(one, ts=one.ts + HOUR * 50)), STRICT)
    assert (check.common, check.verdict) == (0, Verdict.NOTHING_IN_COMMON)
    assert check.as_json()["median_bps"] is None


def test_the_report_has_every_pair(fakes: list[FakeFeed], together: object) -> None:
    fakes[1].mood = "wrong"
    told = together(*fakes).cross_check(START + 95 * HOUR).as_json()  # type: ignore[operator]
    assert told["tolerance_bps"] == 100.0
    assert [(pair["feeds"], pair["verdict"], pair["common"]) for pair in told["pairs"]] == [
        (["one", "two"], "apart", 6),
        (["one", "three"], "agree", 6),
        (["two", "three"], "apart", 6),
    ]
    assert told["pairs"][0]["worst_bps"] == pytest.approx(295.57, abs=0.01)
    assert told["pairs"][0]["first"] == "2020-01-04T23:00:00Z"
    fakes[2].mood = "down"
    told = together(*fakes).cross_check(START).as_json()  # type: ignore[operator]
    assert (len(told["pairs"]), told["unanswered"]) == (1, ["three did not give its bars"])


def _check(*agreeing: str) -> CrossCheck:
    """Pairs by two letters each; those not named are apart."""
    pairs = [PairCheck(pair[0], pair[1], 1, 0, 0, 0.0, 0.0, Verdict.AGREE) for pair in agreeing]
    return CrossCheck(100.0, tuple(pairs))


@pytest.mark.parametrize(
    ("voters", "own", "agreeing", "ruling"),
    [
        ("ab", "ab", ["ab"], Ruling(("a", "b"), ())),
        ("ab", "ab", [], UNDECIDED),
        ("abc", "abc", ["bc"], Ruling(("b", "c"), ("a",))),
        ("abc", "abc", ["ab", "bc"], Ruling(("a", "b", "c"), ())),
        ("abc", "abc", [], UNDECIDED),
        ("abcd", "abcd", ["ab", "cd"], UNDECIDED),
        ("abcd", "abcd", ["bc", "cd", "bd"], Ruling(("b", "c", "d"), ("a",))),
        ("abc", "a", ["bc"], UNDECIDED),
        ("abc", "ab", ["bc"], Ruling(("b", "c"), ("a",))),
    ],
)
def test_the_majority_decides(voters: str, own: str, agreeing: list[str], ruling: Ruling) -> None:
    assert rule_on(tuple(voters), frozenset(own), _check(*agreeing)) == ruling


@pytest.mark.parametrize(
    ("calendar", "timeframe", "cursor", "now", "due"),
    [
        ("24/7", "1h", "2024-03-01T10:00Z", "2024-03-01T10:59Z", 0),
        ("24/7", "1h", "2024-03-01T10:00Z", "2024-03-01T11:00Z", 1),
        ("24/7", "1h", "2024-03-01T10:00Z", "2024-03-01T14:59Z", 4),
        ("24/7", "1h", "2024-03-02T10:00Z", "2024-03-01T14:59Z", 0),
        # Friday's last hour (20:30 to 21:00 UTC) is there: nothing is due before Monday 15:30.
        ("XNYS", "1h", "2024-03-01T21:30Z", "2024-03-04T15:29Z", 0),
        ("XNYS", "1h", "2024-03-01T21:30Z", "2024-03-04T15:30Z", 1),
        ("XNYS", "1d", "2024-03-02T00:00Z", "2024-03-04T20:59Z", 0),
        ("XNYS", "1d", "2024-03-02T00:00Z", "2024-03-04T21:00Z", 1),
        ("XNYS", "1d", "2024-02-28T00:00Z", "2024-03-04T21:00Z", 4),
    ],
)
def test_bars_that_are_due(calendar: str, timeframe: str, cursor: str, now: str, due: int) -> None:
    found = bars_due(CALENDARS[calendar], timeframe, parse_time(cursor), parse_time(now), limit=5)
    assert found == due


@pytest.mark.parametrize("timeframe", ["1m", "1h", "1d"])
@pytest.mark.parametrize("calendar", ["24/7", "XNYS"])
def test_years_without_a_bar_are_more_than_any_limit(calendar: str, timeframe: str) -> None:
    now, limit = parse_time("2024-03-04T12:00Z"), 100
    assert bars_due(CALENDARS[calendar], timeframe, parse_time("2010-01-01"), now, limit) > limit


def test_order_of_time() -> None:
    assert in_order(truth(0))
    assert in_order(truth(5))
    assert not in_order(truth(5).rows(np.array([0, 1, 1])))
    assert BTC.timeframe == "1h"
