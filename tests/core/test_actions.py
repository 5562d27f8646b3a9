"""Splits and dividends: what an action is, what it does to bars, and when it is allowed to."""

import math
from dataclasses import replace

import numpy as np
import pytest

from models.actions import (
    ActionKind,
    CorporateAction,
    adjust,
    as_known,
    combined,
    forward_adjusted,
    total_return_factors,
)
from models.actions.factor_rows import FactorRow, actions_of_factors, first_trade
from models.sessions import bar_closes, expected_opens
from models.types import CALENDARS, BadInput, Bars, iso
from models.types import parse_time as at
from models.types.timeframes import DAY, HOUR

NEW_YORK = CALENDARS["XNYS"]
FIGURES = ("open", "high", "low", "close", "volume")
EVER = at("2100-01-01")


def split(day, ratio, known=None, symbol="XYZ"):
    return CorporateAction(symbol, ActionKind.SPLIT, at(day), at(known or day), ratio=ratio)


def dividend(day, cash, known=None, symbol="XYZ"):
    return CorporateAction(symbol, ActionKind.DIVIDEND, at(day), at(known or day), cash=cash)


def daily(first, *closes):
    """Daily bars from the session of `first` on, all prices of a bar but its low the close, 100 shares each."""
    ts = expected_opens(NEW_YORK, "1d", at(first), at(first) + 3 * DAY * len(closes))[: len(closes)]
    close = np.array(closes, np.float64)
    return Bars(ts, close.copy(), close.copy(), close - 1.0, close, np.full(close.size, 100.0))


def known(bars, timeframe="1d"):
    return bar_closes(NEW_YORK, timeframe, bars.ts)


def back(bars, *actions, as_of=EVER):
    return adjust(bars, known(bars), actions, as_of)


# The sample of Yahoo's help page, closes of 2003-02-13 to 2003-02-24: (split, dividend) to two digits.
YAHOO = (46.99, 48.30, 24.96, 24.91, 24.95, 24.53, 24.54)


def test_the_sample_calculation_of_yahoo():
    bars = daily("2003-02-12", *YAHOO)
    found = back(bars, split("2003-02-14", 2.0), dividend("2003-02-20", 0.08))
    assert [iso(int(one))[:10] for one in bars.ts[[2, 5]]] == ["2003-02-14", "2003-02-20"]
    assert np.round(found.close, 2).tolist() == [23.42, 24.07, 24.88, 24.83, 24.87, 24.53, 24.54]
    assert found.volume.tolist() == [200.0, 200.0, 100.0, 100.0, 100.0, 100.0, 100.0]
    assert (found.low < found.close).all()
    ratios = found.low[:-1] / bars.low[:-1]
    for name in ("open", "high", "close"):
        assert np.allclose(getattr(found, name)[:-1] / getattr(bars, name)[:-1], ratios, rtol=1e-15)


# actions, factor of each of the five closes 100, 100, 50, 50, 50 of 2024-01-08 to 12, volume factor of the first
CASES = {
    "nothing": ([], [1, 1, 1, 1, 1], 1),
    "2:1": ([split("2024-01-10", 2.0)], [0.5, 0.5, 1, 1, 1], 2),
    "1:20": ([split("2024-01-10", 0.05)], [20, 20, 1, 1, 1], 0.05),
    "2 of 100": ([dividend("2024-01-09", 2.0)], [0.98, 1, 1, 1, 1], 1),
    "2 of 50": ([dividend("2024-01-11", 2.0)], [0.96, 0.96, 0.96, 1, 1], 1),
    "both on one day: the cash is of the old share": (
        [split("2024-01-10", 2.0), dividend("2024-01-10", 2.0)],
        [0.49, 0.49, 1, 1, 1],
        2,
    ),
    "two splits": ([split("2024-01-10", 2.0), split("2024-01-12", 3.0)], [1 / 6, 1 / 6, 1 / 3, 1 / 3, 1], 6),
    "before the first bar": ([split("2024-01-05", 2.0), dividend("2024-01-08", 2.0)], [1, 1, 1, 1, 1], 1),
    "after the last bar": ([split("2024-01-16", 2.0)], [0.5, 0.5, 0.5, 0.5, 0.5], 2),
    "on a day without a bar": ([split("2024-01-06", 5.0), split("2024-01-13", 2.0)], [0.5] * 5, 2),
    "corrected": ([split("2024-01-10", 4.0, "2024-01-02"), split("2024-01-10", 2.0)], [0.5, 0.5, 1, 1, 1], 2),
    "the same from two sources": (
        [split("2024-01-10", 2.0, "2024-01-02"), split("2024-01-10", 2.0)],
        [0.5, 0.5, 1, 1, 1],
        2,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_prices_before_an_action_are_scaled(case):
    actions, factors, shares = CASES[case]
    bars = daily("2024-01-08", 100, 100, 50, 50, 50)
    for ordered in (actions, actions[::-1]):
        found = back(bars, *ordered)
        assert np.allclose(found.close / bars.close, factors, rtol=1e-15)
        assert math.isclose(found.volume[0] / 100.0, shares, rel_tol=1e-15)
        assert (found.ts == bars.ts).all()


@pytest.mark.parametrize("case", CASES)
def test_forward_adjusted_prices_have_the_same_ratios_and_begin_as_traded(case):
    actions, factors, _ = CASES[case]
    bars = daily("2024-01-08", 100, 100, 50, 50, 50)
    for ordered in (actions, actions[::-1]):
        found = forward_adjusted(bars, known(bars), ordered)
        assert [getattr(found, name)[0] for name in FIGURES] == [getattr(bars, name)[0] for name in FIGURES]
        assert np.allclose(found.close / found.close[-1], bars.close * factors / 50 / factors[-1], rtol=1e-15)
        backward = back(bars, *ordered)
        assert np.allclose(found.volume * backward.volume[0] / 100, backward.volume, rtol=1e-15)


def test_without_actions_nothing_changes_to_the_bit():
    bars = daily("2024-01-08", 0.1, 0.2, 0.3)
    for found in (back(bars), forward_adjusted(bars, known(bars), [])):
        assert all((getattr(found, name) == getattr(bars, name)).all() for name in FIGURES)


def test_a_hundred_shares_and_their_dividends():
    # Bought at 100, 10 in cash reinvested at 90, then 3:1.
    bars = daily("2024-01-08", 100, 90, 30, 33)
    price, shares = total_return_factors(bars, known(bars), [dividend("2024-01-09", 10.0), split("2024-01-10", 3.0)])
    assert np.allclose(price * bars.close, [100, 100, 100, 110], rtol=1e-15)
    assert shares.tolist() == [1.0, 1.0, 3.0, 3.0]


# as of, bars seen, factor of the first close: a 2:1 split of the 10th, announced on the 9th at 18:00
MOMENTS = [
    ("2024-01-08T20:59:59Z", 0, None),
    ("2024-01-08T21:00:00Z", 1, 1.0),
    ("2024-01-09T23:59:59Z", 2, 1.0),
    ("2024-01-10T00:00:00Z", 2, 0.5),
    ("2024-01-10T21:00:00Z", 3, 0.5),
]


@pytest.mark.parametrize(("moment", "seen", "factor"), MOMENTS)
def test_adjusted_as_of_a_moment(moment, seen, factor):
    bars = daily("2024-01-08", 100, 100, 50)
    found = back(bars, split("2024-01-10", 2.0, "2024-01-09T18:00:00Z"), as_of=at(moment))
    assert len(found) == seen
    assert not seen or found.close[0] == 100 * factor


def test_what_was_not_announced_is_not_applied():
    bars = daily("2024-01-08", 100, 100, 50, 50, 50)
    late = split("2024-01-10", 2.0, "2024-01-11T21:00:00.000001Z")
    assert back(bars, late, as_of=late.known_at - 1).close.tolist() == [100, 100, 50, 50]
    assert back(bars, late, as_of=late.known_at).close.tolist() == [50, 50, 50, 50]
    # Features saw the jump, see its opposite when it is explained, and right ratios across both.
    assert forward_adjusted(bars, known(bars), [late]).close.tolist() == [100, 100, 50, 50, 100]
    in_time = replace(late, known_at=late.known_at - 1)
    assert forward_adjusted(bars, known(bars), [in_time]).close.tolist() == [100, 100, 50, 100, 100]


def test_a_correction_counts_from_when_it_was_known():
    bars = daily("2024-01-08", 100, 100, 50, 50, 50)
    wrong, right = split("2024-01-10", 4.0, "2024-01-02"), split("2024-01-10", 2.0, "2024-01-11T12:00:00Z")
    for actions in ((wrong, right), (right, wrong)):
        assert back(bars, *actions, as_of=at("2024-01-10T21:00:00Z")).close.tolist() == [25, 25, 50]
        assert back(bars, *actions).close.tolist() == [50, 50, 50, 50, 50]
        assert forward_adjusted(bars, known(bars), actions).close.tolist() == [100, 100, 200, 100, 100]
    cash = dividend("2024-01-10", 50.0, "2024-01-11T12:00:00Z")
    price, _ = total_return_factors(bars, known(bars), [wrong, cash])
    assert price.tolist() == [1, 1, 4, 8, 8]
    never = replace(cash, known_at=at("2024-02-01"))
    assert total_return_factors(bars, known(bars), [never, wrong])[0].tolist() == [1, 1, 4, 4, 4]


def test_hourly_bars_change_at_the_open_of_the_ex_date():
    ts = expected_opens(NEW_YORK, "1h", at("2024-01-09"), at("2024-01-10T23:00:00Z"))
    close = np.where(ts < at("2024-01-10"), 100.0, 50.0)
    bars = Bars(ts, close, close, close, close, close)
    found = adjust(bars, known(bars, "1h"), [split("2024-01-10", 2.0)], EVER)
    assert found.close.tolist() == [50.0] * 14
    assert forward_adjusted(bars, known(bars, "1h"), [split("2024-01-10", 2.0)]).close.tolist() == [100.0] * 14
    before = adjust(bars, known(bars, "1h"), [split("2024-01-10", 2.0)], at("2024-01-09T20:30:00Z"))
    assert before.close.tolist() == [100.0] * 6


def test_versions_and_their_order():
    first, second = split("2024-01-10", 4.0, "2024-01-02"), split("2024-01-10", 2.0, "2024-01-03")
    small, large = dividend("2024-01-10", 1.0), dividend("2024-01-10", 2.0)
    for actions in ([first, second, small, large], [large, small, second, first]):
        assert as_known(actions, at("2024-01-02")) == (first,)
        assert as_known(actions, at("2024-01-03")) == (second,)
        assert as_known(actions, EVER) == (large, second)
    assert as_known([first], at("2024-01-02") - 1) == ()


def test_what_one_source_says_of_one_day_is_put_together():
    regular, special = dividend("2024-01-10", 1.0, "2024-01-02"), dividend("2024-01-10", 9.0, "2024-01-03")
    other = dividend("2024-01-10", 1.0, symbol="ABC")
    found = combined([special, regular, regular, split("2024-01-10", 2.0), other])
    assert found == (other, dividend("2024-01-10", 10.0, "2024-01-03"), split("2024-01-10", 2.0))
    assert combined([split("2024-01-10", 2.0), split("2024-01-10", 3.0)]) == (split("2024-01-10", 6.0),)


REFUSED = [
    ({"symbol": "xyz"}, "is not a symbol"),
    ({"symbol": "../X"}, "is not a symbol"),
    ({"ex_ts": DAY + HOUR}, "time of day"),
    ({"ratio": 0.0}, "positive ratio"),
    ({"ratio": -2.0}, "positive ratio"),
    ({"ratio": math.nan}, "positive ratio"),
    ({"ratio": math.inf}, "positive ratio"),
    ({"ratio": 1.0}, "only a split has a ratio"),
    ({"cash": 1.0}, "a split pays no cash"),
    ({"kind": ActionKind.DIVIDEND}, "a dividend pays some"),
    ({"kind": ActionKind.DIVIDEND, "cash": 1.0}, "only a split has a ratio"),
    ({"kind": ActionKind.DIVIDEND, "cash": -1.0, "ratio": 1.0}, "not negative"),
    ({"kind": ActionKind.DIVIDEND, "cash": math.nan, "ratio": 1.0}, "both finite"),
    ({"kind": ActionKind.DIVIDEND, "cash": math.inf, "ratio": 1.0}, "both finite"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_what_is_no_action(changes, said):
    with pytest.raises(BadInput, match=said):
        replace(split("2024-01-10", 2.0), **changes)


def test_actions_that_do_not_fit_the_bars():
    bars = daily("2024-01-08", 100, 100)
    for call in (back, lambda bars, *actions: total_return_factors(bars, known(bars), actions)):
        with pytest.raises(BadInput, match="ABC, XYZ"):
            call(bars, split("2024-01-09", 2.0), split("2024-01-09", 2.0, symbol="ABC"))
        with pytest.raises(BadInput, match=r"XYZ dividend 100.0 .* is not less than the previous close of 100.0"):
            call(bars, dividend("2024-01-09", 100.0))


def row(day, price, shares, reference=50.0):
    return FactorRow(at(day), price, shares, reference)


FACTORS = [
    ("nothing changed", [row("2024-01-02", 0.9, 0.5), row("2050-12-31", 0.9, 0.5)], []),
    ("a split", [row("2024-01-05", 1.0, 0.01785714), row("2050-12-31", 1.0, 0.125)], [split("2024-01-08", 7.0)]),
    ("a reverse split", [row("2024-01-05", 1.0, 20.0), row("2050-12-31", 1.0, 1.0)], [split("2024-01-08", 0.05)]),
    ("no simple ratio", [row("2024-01-05", 1.0, 0.997), row("2050-12-31", 1.0, 1.0)], [split("2024-01-08", 1 / 0.997)]),
    ("a dividend", [row("2024-01-04", 0.75, 1.0), row("2050-12-31", 1.0, 1.0)], [dividend("2024-01-05", 12.5)]),
    (
        "both, over a holiday, in any order",
        [row("2050-12-31", 1.0, 1.0), row("2024-01-12", 0.75, 0.5)],
        [split("2024-01-16", 2.0), dividend("2024-01-16", 12.5)],
    ),
    ("over a closure", [row("2001-09-10", 1.0, 0.5), row("2050-12-31", 1.0, 1.0)], [split("2001-09-17", 2.0)]),
]


@pytest.mark.parametrize(("case", "rows", "expected"), FACTORS)
def test_factors_become_actions(case, rows, expected):
    found = actions_of_factors("XYZ", rows, NEW_YORK)
    assert [replace(one, known_at=one.ex_ts) for one in found] == expected
    assert [one.known_at for one in found] == [first_trade(NEW_YORK, one.ex_ts) for one in found]


def test_factors_that_no_action_gives():
    with pytest.raises(BadInput, match="have 2024-01-05T00:00:00Z twice"):
        actions_of_factors("XYZ", [row("2024-01-05", 1.0, 0.5), row("2024-01-05", 1.0, 1.0)], NEW_YORK)
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(BadInput, match="not positive"):
            actions_of_factors("XYZ", [row("2024-01-05", 1.0, bad), row("2050-12-31", 1.0, 1.0)], NEW_YORK)
    with pytest.raises(BadInput, match="both finite"):
        actions_of_factors("XYZ", [row("2024-01-05", 0.5, 1.0, math.nan), row("2050-12-31", 1.0, 1.0)], NEW_YORK)
    with pytest.raises(BadInput, match="no session in the month after 2150"):
        actions_of_factors("XYZ", [row("2150-01-05", 1.0, 0.5), row("2250-12-31", 1.0, 1.0)], NEW_YORK)
    with pytest.raises(BadInput, match="not negative"):
        actions_of_factors("XYZ", [row("2024-01-05", 1.0, 1.0), row("2050-12-31", 0.5, 1.0)], NEW_YORK)


def test_it_shows_at_the_first_trade():
    assert iso(first_trade(NEW_YORK, at("2024-01-13"))) == "2024-01-16T14:30:00Z"
    assert iso(first_trade(CALENDARS["24/7"], at("2024-01-13"))) == "2024-01-13T00:00:00Z"
