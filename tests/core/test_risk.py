"""How much, and when not: a row per limit at, below and above it."""

import math

import pytest

from models.risk import (
    CAP_BOUNDS,
    Caps,
    RiskProfile,
    added_caps,
    drawdown_pause,
    entry_caps,
    held_caps,
    kelly_share,
    no_caps,
    tightest,
)
from models.risk.ladder import NEVER
from models.types import Bound, Reason

pytestmark = pytest.mark.risk

# Ten thousand of equity, a position of all of it, a stop at 10 %; no other limit is near.
PROFILE = RiskProfile(9.0, 9.0, 1.0, 9.0, 0.1, 1.0, 30.0, 1.0)
LOOSE = {
    "equity": 10_000.0,
    "free": 100_000.0,
    "exposure": 0.0,
    "risky": 0.0,
    "open_risk": 0.0,
    "kelly": 9.0,
    "size": 9.0,
    "share": 1.0,
    "max_exposure": math.inf,
    "least_cash": 0.0,
    "class_limit": 9.0,
    "stop_distance": 0.1,
    "bound_by_cash": 1.0,
    "var": math.inf,
    "capital": math.inf,
}
B = Bound
SIZES = [
    ({}, {}, 10_000.0, B.PROFILE_POSITION),
    ({}, {"max_position": 0.25}, 2_500.0, B.PROFILE_POSITION),
    ({"share": 0.5}, {"max_position": 0.25}, 1_250.0, B.PROFILE_POSITION),
    ({"size": 1.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"size": 0.99}, {}, 9_900.0, B.SPECIALIST_SIZE),
    ({"size": 0.99, "share": 0.5}, {}, 4_950.0, B.SPECIALIST_SIZE),
    ({"kelly": 1.01}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"kelly": 1.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"kelly": 0.99}, {}, 9_900.0, B.KELLY),
    ({"kelly": 0.99, "share": 0.2}, {}, 1_980.0, B.KELLY),
    ({"kelly": 0.0}, {}, 0.0, B.KELLY),
    ({}, {"max_position_risk": 0.11}, 10_000.0, B.PROFILE_POSITION),
    ({}, {"max_position_risk": 0.09}, 9_000.0, B.POSITION_RISK),
    ({"share": 0.5}, {"max_position_risk": 0.09}, 4_500.0, B.POSITION_RISK),
    ({"stop_distance": 0.05}, {"max_position_risk": 0.09}, 10_000.0, B.PROFILE_POSITION),
    ({"stop_distance": 0.2}, {"max_position_risk": 0.09}, 4_500.0, B.POSITION_RISK),
    ({"stop_distance": 1e-12}, {"max_position_risk": 0.09}, 10_000.0, B.PROFILE_POSITION),
    ({"class_limit": 1.01}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"class_limit": 0.99}, {}, 9_900.0, B.ASSET_CLASS),
    ({"class_limit": 0.99, "share": 0.5}, {}, 4_950.0, B.ASSET_CLASS),
    ({}, {"max_portfolio_risk": 0.11}, 10_000.0, B.PROFILE_POSITION),
    ({}, {"max_portfolio_risk": 0.09}, 9_000.0, B.PORTFOLIO_RISK),
    ({"open_risk": 400.0}, {"max_portfolio_risk": 0.09}, 5_000.0, B.PORTFOLIO_RISK),
    ({"open_risk": 900.0}, {"max_portfolio_risk": 0.09}, 0.0, B.PORTFOLIO_RISK),
    ({"open_risk": 901.0}, {"max_portfolio_risk": 0.09}, 0.0, B.PORTFOLIO_RISK),
    ({}, {"max_leverage": 1.01}, 10_000.0, B.PROFILE_POSITION),
    ({}, {"max_leverage": 0.99}, 9_900.0, B.LEVERAGE),
    ({"exposure": 9_999.0}, {"max_leverage": 2.0}, 10_000.0, B.PROFILE_POSITION),
    ({"exposure": 10_001.0}, {"max_leverage": 2.0}, 9_999.0, B.LEVERAGE),
    ({"exposure": 20_001.0}, {"max_leverage": 2.0}, 0.0, B.LEVERAGE),
    ({"free": 10_001.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"free": 9_999.0}, {}, 9_999.0, B.CASH),
    ({"free": 10_100.0, "bound_by_cash": 1.02}, {}, 10_100.0 / 1.02, B.CASH),
    ({"free": 900.0, "bound_by_cash": 0.1}, {}, 9_000.0, B.CASH),
    ({"free": -50.0}, {}, 0.0, B.CASH),
    # what is left of a total is not shared again: the share cuts the position, not the room
    ({"share": 0.5}, {"max_leverage": 0.6}, 5_000.0, B.PROFILE_POSITION),
    ({"share": 0.5}, {"max_leverage": 0.4}, 4_000.0, B.LEVERAGE),
    ({"kelly": 0.3, "class_limit": 0.2, "free": 900.0}, {"max_leverage": 0.1}, 900.0, B.CASH),
    ({"kelly": 0.3, "class_limit": 0.2, "free": 1_100.0}, {"max_leverage": 0.1}, 1_000.0, B.LEVERAGE),
    # what specialists allow: positions that are no havens, and the cash that is kept
    ({"max_exposure": 1.01}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"max_exposure": 0.99}, {}, 9_900.0, B.SPECIALIST_EXPOSURE),
    ({"max_exposure": 0.99, "exposure": 4_000.0}, {}, 9_900.0, B.SPECIALIST_EXPOSURE),
    ({"max_exposure": 0.99, "risky": 4_000.0, "exposure": 4_000.0}, {}, 5_900.0, B.SPECIALIST_EXPOSURE),
    ({"max_exposure": 0.3, "risky": 4_000.0, "exposure": 4_000.0}, {}, 0.0, B.SPECIALIST_EXPOSURE),
    ({"max_exposure": 0.0}, {}, 0.0, B.SPECIALIST_EXPOSURE),
    ({"max_exposure": 0.6, "share": 0.5}, {}, 5_000.0, B.PROFILE_POSITION),
    ({"least_cash": 0.4, "free": 10_000.0}, {}, 6_000.0, B.SPECIALIST_CASH),
    ({"least_cash": 0.4, "free": 10_000.0, "bound_by_cash": 0.5}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"least_cash": 0.8, "free": 10_000.0, "bound_by_cash": 0.5}, {}, 4_000.0, B.SPECIALIST_CASH),
    ({"least_cash": 0.8, "free": 7_000.0}, {}, 0.0, B.SPECIALIST_CASH),
    # what the account may lose in a day, and the rung of its capital: nothing of it is shared again
    ({"var": 10_001.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"var": 10_000.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"var": 9_999.0}, {}, 9_999.0, B.VAR),
    ({"var": 4_000.0, "share": 0.5}, {}, 4_000.0, B.VAR),
    ({"var": 0.0}, {}, 0.0, B.VAR),
    ({"capital": 10_001.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"capital": 10_000.0}, {}, 10_000.0, B.PROFILE_POSITION),
    ({"capital": 9_999.0}, {}, 9_999.0, B.CAPITAL),
    ({"capital": 4_000.0, "share": 0.5}, {}, 4_000.0, B.CAPITAL),
    ({"capital": -1.0}, {}, 0.0, B.CAPITAL),
    ({"capital": 5_000.0, "var": 5_000.0}, {}, 5_000.0, B.VAR),
    ({"capital": 4_999.0, "var": 5_000.0}, {}, 4_999.0, B.CAPITAL),
    # an account that owes more than it has opens nothing
    ({"equity": -100.0, "free": -100.0, "max_exposure": 9.0}, {}, 0.0, B.POSITION_RISK),
]


@pytest.mark.parametrize(("room", "profile", "notional", "bound"), SIZES)
def test_the_tightest_limit_sets_the_size_and_is_named(room, profile, notional, bound):
    given = LOOSE | room
    found, code = tightest(entry_caps(**given, profile=PROFILE._replace(**profile)), given["least_cash"])
    assert found == pytest.approx(notional, rel=1e-12)
    assert Bound(code) is bound


# Weight, limits of class and profile, share -> value of ten thousand, what set it
HELD = [
    (0.4, 9.0, 9.0, 1.0, 4_000.0, B.SPECIALIST_SIZE),
    (0.4, 0.41, 0.41, 1.0, 4_000.0, B.SPECIALIST_SIZE),
    (0.4, 0.4, 0.4, 1.0, 4_000.0, B.PROFILE_POSITION),
    (0.4, 9.0, 0.3, 1.0, 3_000.0, B.PROFILE_POSITION),
    (0.4, 0.2, 0.3, 1.0, 2_000.0, B.ASSET_CLASS),
    (0.0, 9.0, 9.0, 1.0, 0.0, B.SPECIALIST_SIZE),
    (-0.4, 9.0, 9.0, 1.0, 0.0, B.SPECIALIST_SIZE),
    (0.4, 9.0, 9.0, 0.5, 2_000.0, B.SPECIALIST_SIZE),
    (0.4, 9.0, 0.3, 0.5, 1_500.0, B.PROFILE_POSITION),
    (0.4, 0.2, 0.3, 0.5, 1_000.0, B.ASSET_CLASS),
]


@pytest.mark.parametrize(("weight", "of_class", "of_profile", "share", "value", "bound"), HELD)
def test_a_weight_is_held_within_the_limits_of_a_position(weight, of_class, of_profile, share, value, bound):
    found, code = tightest(held_caps(10_000.0, weight, of_class, of_profile, share), 0.0)
    assert (found, Bound(code)) == (pytest.approx(value), bound)


# Free, exposure, least cash, leverage, bound by cash, VaR, capital -> what of 4000 is bought beside 1000, what set it
INF = math.inf
ADDED = [
    (9_000.0, 0.0, 0.0, 9.0, 1.0, INF, INF, 3_000.0, B.SPECIALIST_SIZE),
    (3_000.0, 0.0, 0.0, 9.0, 1.0, INF, INF, 3_000.0, B.SPECIALIST_SIZE),
    (2_999.0, 0.0, 0.0, 9.0, 1.0, INF, INF, 2_999.0, B.CASH),
    (2_000.0, 0.0, 0.0, 9.0, 0.5, INF, INF, 3_000.0, B.SPECIALIST_SIZE),
    (3_500.0, 0.0, 0.1, 9.0, 1.0, INF, INF, 2_500.0, B.SPECIALIST_CASH),
    (500.0, 0.0, 0.1, 9.0, 1.0, INF, INF, 0.0, B.SPECIALIST_CASH),
    (9_000.0, 7_500.0, 0.0, 1.0, 1.0, INF, INF, 2_500.0, B.LEVERAGE),
    (9_000.0, 10_500.0, 0.0, 1.0, 1.0, INF, INF, 0.0, B.LEVERAGE),
    (2_400.0, 7_500.0, 0.0, 1.0, 1.0, INF, INF, 2_400.0, B.CASH),
    (9_000.0, 0.0, 0.0, 9.0, 1.0, 3_001.0, 3_001.0, 3_000.0, B.SPECIALIST_SIZE),
    (9_000.0, 0.0, 0.0, 9.0, 1.0, 2_999.0, INF, 2_999.0, B.VAR),
    (9_000.0, 0.0, 0.0, 9.0, 1.0, 2_999.0, 2_998.0, 2_998.0, B.CAPITAL),
]


@pytest.mark.parametrize(("free", "exposure", "kept", "leverage", "binds", "var", "capital", "value", "bound"), ADDED)
def test_what_is_added_is_paid_for_and_within_the_limits_of_all(
    free, exposure, kept, leverage, binds, var, capital, value, bound
):
    wanted = held_caps(10_000.0, 0.4, 9.0, 9.0, 1.0)
    caps = added_caps(wanted, 1_000.0, 10_000.0, free, exposure, kept, leverage, binds, var, capital)
    found, code = tightest(caps, kept)
    assert (found, Bound(code)) == (pytest.approx(value), bound)


def test_every_limit_binds_somewhere():
    assert {row[3] for row in SIZES} == set(Bound) - {Bound.NONE}


@pytest.mark.parametrize("name", Caps._fields)
def test_each_cap_has_its_bound_and_the_first_of_equal_ones_wins(name):
    """At 1000 alone, one cent below another one, and at the same as another one."""
    k = Caps._fields.index(name)
    alone = no_caps()._replace(**{name: 1_000.0})
    assert tightest(alone, 0.0) == (1_000.0, CAP_BOUNDS[k])
    for other in Caps._fields:
        if other != name:
            first = min(k, Caps._fields.index(other))
            both = alone._replace(**{other: 1_000.0})
            # specialist and what follows are looked at in the order of the fields
            assert Bound(tightest(both, 0.0)[1]) is CAP_BOUNDS[first]
            assert tightest(both._replace(**{name: 999.99}), 0.0) == (999.99, CAP_BOUNDS[k])
            assert tightest(both._replace(**{name: 1_000.01}), 0.0)[0] == 1_000.0


def test_cash_that_a_specialist_keeps_is_named():
    caps = no_caps()._replace(free=5.0)
    assert [Bound(tightest(caps, kept)[1]) for kept in (0.0, 0.1)] == [Bound.CASH, Bound.SPECIALIST_CASH]


KELLY = [
    (100.0, 0.1, 1.0, 1.0),  # one percent of expected return on ten of deviation: all of it
    (100.0, 0.1, 0.25, 0.25),
    (50.0, 0.1, 1.0, 0.5),
    (100.0, 0.2, 1.0, 0.25),
]


@pytest.mark.parametrize(("edge", "deviation", "fraction", "share"), KELLY)
def test_kelly_is_mean_over_variance(edge, deviation, fraction, share):
    assert kelly_share(edge, deviation, fraction) == pytest.approx(share, rel=1e-12)


OPEN, PAUSED = 0, int(Reason.REFUSED_STRATEGY)

# day, equity, peak, paused until -> peak, paused until, code; drawdown 10 %, pause 30 days
PAUSES = [
    ("a new peak", (7.0, 1010.0, 1000.0, 0.0), (1010.0, 0.0, OPEN)),
    ("a fall within limits", (7.0, 955.0, 1000.0, 0.0), (1000.0, 0.0, OPEN)),
    ("just above its limit", (7.0, 900.01, 1000.0, 0.0), (1000.0, 0.0, OPEN)),
    ("at its limit", (7.0, 900.0, 1000.0, 0.0), (1000.0, 37.0, PAUSED)),
    ("below it", (7.0, 800.0, 1000.0, 0.0), (1000.0, 37.0, PAUSED)),
    ("in the pause, whatever equity does", (36.0, 1500.0, 1000.0, 37.0), (1000.0, 37.0, PAUSED)),
    ("in the pause a further fall prolongs nothing", (36.0, 500.0, 1000.0, 37.0), (1000.0, 37.0, PAUSED)),
    ("the pause ends, the peak starts anew", (37.0, 850.0, 1000.0, 37.0), (850.0, 0.0, OPEN)),
    ("long after", (99.0, 850.0, 1000.0, 37.0), (850.0, 0.0, OPEN)),
]


@pytest.mark.parametrize(("given", "then"), [one[1:] for one in PAUSES], ids=[one[0] for one in PAUSES])
def test_drawdown_pause(given, then):
    assert drawdown_pause(*given, max_drawdown=0.10, pause_days=30.0) == then


def test_after_a_pause_the_next_fall_counts_from_the_new_peak():
    peak, until, _ = drawdown_pause(37.0, 850.0, 1000.0, 37.0, 0.10, 30.0)
    assert drawdown_pause(38.0, 765.01, peak, until, 0.10, 30.0) == (850.0, 0.0, OPEN)
    assert drawdown_pause(38.0, 765.0, peak, until, 0.10, 30.0) == (850.0, 68.0, PAUSED)


def test_without_days_only_a_person_ends_it():
    peak, until, _ = drawdown_pause(7.0, 850.0, 1000.0, 0.0, 0.10, 0.0)
    assert until == NEVER
    assert drawdown_pause(300_000.0, 9_000.0, peak, until, 0.10, 0.0) == (1000.0, NEVER, PAUSED)
