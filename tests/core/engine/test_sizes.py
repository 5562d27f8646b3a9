"""The size of an entry: what binds it, what is taken already, and what marks the account; a row for each."""

import math

import pytest
from plain_figures import BARE, FREE, LOOSE, position

from models.engine.accounts import marked, renewed
from models.engine.sizes import Room, Shared, is_unmeasured, sized, taken
from models.portfolio import Account
from models.specialists import Levels
from models.types import Bound, Reason

R, B = Reason, Bound
RICH = Room(10_000.0, 10_000.0, 0.0, 0.0, 0.0, 0.0)
FREELY = Shared(0.02, 0.02, 0.0, 0.0, math.inf, math.inf)
NO_LEVELS, AT_TENTH = Levels(0.0, 0.0, 0.0), Levels(90.0, 0.0, 0.0)
SPLIT_AT = Levels(90.0, 120.0, 110.0)
# Ten thousand of equity, an edge whose Kelly share is 1 at a deviation of 0.1: what binds, and the units of 100
SIZES = [
    ("the profile", {"max_position": 0.5}, {}, {}, {}, AT_TENTH, 50.0, B.PROFILE_POSITION),
    ("the specialist", {}, {"size": 0.4}, {}, {}, AT_TENTH, 40.0, B.SPECIALIST_SIZE),
    ("Kelly", {"kelly_fraction": 0.3}, {"size": 9.0}, {}, {}, AT_TENTH, 30.0, B.KELLY),
    ("the risk of the position", {"max_position_risk": 0.02}, {}, {}, {}, AT_TENTH, 20.0, B.POSITION_RISK),
    ("without a stop all of it", {"max_position_risk": 0.5}, {}, {}, {}, NO_LEVELS, 50.0, B.POSITION_RISK),
    ("or its margin less what is kept", {"max_position_risk": 0.02}, {}, {"margin": 0.06, "maintenance": 0.01}, {},
     NO_LEVELS, 40.0, B.POSITION_RISK),
    ("which is nearer than the stop", {"max_position_risk": 0.02}, {}, {"margin": 0.06, "maintenance": 0.01}, {},
     AT_TENTH, 40.0, B.POSITION_RISK),
    ("the asset class", {}, {}, {"class_limit": 0.25}, {}, AT_TENTH, 25.0, B.ASSET_CLASS),
    ("the risk of all", {"max_portfolio_risk": 0.02}, {}, {}, {"at_risk": 100.0}, AT_TENTH, 10.0, B.PORTFOLIO_RISK),
    ("leverage", {"max_leverage": 1.5}, {}, {}, {"exposure": 14_000.0}, AT_TENTH, 10.0, B.LEVERAGE),
    ("cash", {}, {}, {}, {"cash": 1_000.0}, AT_TENTH, 10.0, B.CASH),
    ("less what is bound", {}, {}, {}, {"cash": 3_000.0, "locked": -2_000.0}, AT_TENTH, 10.0, B.CASH),
    ("and its costs", {}, {}, {"taker_fee": 0.2, "half_spread": 0.05}, {"cash": 1_000.0}, AT_TENTH, 8.0, B.CASH),
    ("on margin", {}, {}, {"margin": 0.5}, {"cash": 1_000.0}, AT_TENTH, 20.0, B.CASH),
    ("nothing is left", {}, {}, {}, {"cash": -1_000.0}, AT_TENTH, 0.0, B.CASH),
    ("what the specialist exposes", {}, {"max_exposure": 0.4}, {}, {}, AT_TENTH, 40.0, B.SPECIALIST_EXPOSURE),
    ("beside what is at risk already", {}, {"max_exposure": 0.4}, {}, {"risky": 1_000.0}, AT_TENTH, 30.0,
     B.SPECIALIST_EXPOSURE),
    ("a haven is none", {}, {"max_exposure": 0.4}, {}, {"exposure": 1_000.0}, AT_TENTH, 40.0, B.SPECIALIST_EXPOSURE),
    ("the cash that it keeps", {}, {"least_cash": 0.7}, {}, {}, AT_TENTH, 30.0, B.SPECIALIST_CASH),
    ("what all may lose in a day", {}, {}, {}, {"max_var": 80.0}, AT_TENTH, 40.0, B.VAR),
    # sqrt(30^2 + 2 * 30 * 0.5 * 50 + 50^2) = 70: a load of 50 is 25 units of 2
    ("beside what they may lose already", {}, {}, {}, {"max_var": 70.0, "square": 900.0, "pull": 15.0}, AT_TENTH, 25.0,
     B.VAR),
    ("who loses more already buys nothing", {}, {}, {}, {"max_var": 30.0, "square": 900.1, "pull": 15.0}, AT_TENTH, 0.0,
     B.VAR),
    ("the capital of the rung", {}, {}, {}, {"capital": 3_000.0}, AT_TENTH, 30.0, B.CAPITAL),
    ("all of which is taken", {}, {}, {}, {"capital": -1.0}, AT_TENTH, 0.0, B.CAPITAL),
]  # fmt: skip


@pytest.mark.risk
@pytest.mark.parametrize(
    ("profile", "rules", "instrument", "room", "levels", "units", "bound"),
    [one[1:] for one in SIZES],
    ids=[one[0] for one in SIZES],
)
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_sized(profile, rules, instrument, room, levels, units, bound, side):
    if side < 0.0 and levels.stop > 0.0:
        levels = Levels(110.0, 0.0, 0.0)
    of_account = {name: room[name] for name in room if name in Shared._fields}
    own = {name: room[name] for name in room if name in Room._fields}
    found = sized(
        side, 100.0, 100.0, 100.0, 0.1, levels, RICH._replace(**own), FREELY._replace(**of_account),
        LOOSE._replace(**({"kelly_fraction": 9.0} | profile)), BARE._replace(**({"size": 5.0} | rules)), 1.0,
        FREE._replace(**({"class_limit": 9.0} | instrument)),
    )  # fmt: skip
    assert (found.quantity, B(found.bound)) == (units, bound)


def test_every_bound_is_named():
    assert {row[-1] for row in SIZES} == set(Bound) - {B.NONE}


@pytest.mark.risk
def test_what_is_not_measured_is_asked_for_only_where_something_caps_it():
    unknown = FREELY._replace(short=math.nan)
    assert [is_unmeasured(unknown, side) for side in (1.0, -1.0)] == [False, False]
    assert [is_unmeasured(unknown._replace(max_var=1.0), side) for side in (1.0, -1.0)] == [False, True]


# Share of the part, smallest order -> part; 20 units of 100 with a stop at 90
PARTS = [
    (0.5, 0.0, 10.0),
    (0.333, 0.0, 6.6),
    (0.5, 900.0, 10.0),
    (0.5, 900.1, 0.0),
    (0.9, 500.0, 0.0),
    (0.004, 0.0, 0.0),
    (1.0, 0.0, 20.0),
    (1.0, 1.0, 0.0),
]


@pytest.mark.parametrize(("share", "smallest", "part"), PARTS)
def test_a_part_and_the_rest_are_orders_that_the_venue_takes(share, smallest, part):
    rules = BARE._replace(size=0.2, partial_share=share)
    found = sized(
        1.0, 100.0, 100.0, 100.0, 0.1, SPLIT_AT, RICH, FREELY, LOOSE, rules, 1.0, FREE._replace(min_notional=smallest)
    )
    assert (found.quantity, found.part) == (20.0, part)


@pytest.mark.risk
@pytest.mark.parametrize(("side", "price", "units"), [(1.0, 80.0, 10.0), (1.0, 100.0, 10.0), (-1.0, 125.0, 8.0)])
def test_what_waits_at_a_limit_is_measured_at_the_close(side, price, units):
    """At the mark of the next close it may not be worth more than the account's room for it."""
    rules, nothing = BARE._replace(size=5.0), Levels(0.0, 0.0, 0.0)
    for shared in (
        FREELY._replace(capital=1000.0),
        FREELY._replace(max_var=100.0, long=0.1, short=0.1, pull=0.0, square=0.0),
    ):
        profile = LOOSE._replace(kelly_fraction=9.0)
        found = sized(
            side, price, 100.0, 100.0, 0.1, nothing, RICH, shared, profile, rules, 1.0, FREE._replace(class_limit=9.0)
        )
        assert found.quantity == units


# A position or an entry at a last close of 100, margin 0.1, costs 0.002 -> locked, exposure, at risk
TAKEN = [
    ("held", {"quantity": 10.0, "stop": 95.0}, (900.0, 1000.0, 50.0)),
    ("held without a stop", {"quantity": 10.0}, (900.0, 1000.0, 1000.0)),
    ("below its stop", {"quantity": 10.0, "stop": 105.0}, (900.0, 1000.0, 0.0)),
    ("short", {"quantity": -10.0, "stop": 105.0}, (-1100.0, 1000.0, 50.0)),
    ("short, far from its stop", {"quantity": -10.0, "stop": 300.0}, (-1100.0, 1000.0, 1000.0)),
    ("an entry that waits", {"ordered": 10.0, "stop": 95.0}, (-102.0, 1000.0, 50.0)),
    ("a short one", {"ordered": -10.0, "stop": 105.0}, (-102.0, 1000.0, 50.0)),
    ("an addition that waits", {"quantity": 10.0, "ordered": 5.0, "stop": 95.0}, (900.0 - 51.0, 1500.0, 75.0)),
    ("a reduction that waits is still held", {"quantity": 10.0, "ordered": -4.0, "stop": 95.0}, (900.0, 1000.0, 50.0)),
    ("an exit that waits is still held", {"quantity": 10.0, "ordered": -10.0, "stop": 95.0}, (900.0, 1000.0, 50.0)),
]


@pytest.mark.risk
@pytest.mark.parametrize(("fields", "room"), [one[1:] for one in TAKEN], ids=[one[0] for one in TAKEN])
def test_taken(fields, room):
    instrument = FREE._replace(margin=0.1, taker_fee=0.0015, half_spread=0.0005)
    locked, exposure, at_risk = room
    for haven, risky in ((False, exposure), (True, 0.0)):
        found = taken(Room(5000.0, 4000.0, 7.0, 20.0, 11.0, 3.0), position(**fields), haven, True, instrument)
        assert found == pytest.approx((5000.0, 4000.0, 7.0 + locked, 20.0 + exposure, 11.0 + risky, 3.0 + at_risk))


BOOKED = Account(900.0, 1000.0, 1100.0, 7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
PROFILE = LOOSE._replace(max_drawdown=0.2, pause_days=3.0)
# Account, value of the positions -> what changes, pause
MARKS = [
    ("as before", {}, 100.0, {"equity": 1000.0}, 0),
    ("a new peak", {}, 400.0, {"equity": 1300.0, "peak": 1300.0}, 0),
    ("just above the drawdown", {}, -19.99, {"equity": 880.01}, 0),
    ("the drawdown", {}, -20.0, {"equity": 880.0, "paused_until": 10.0}, R.REFUSED_STRATEGY),
    ("in the pause", {"paused_until": 10.0}, 100.0, {"equity": 1000.0}, R.REFUSED_STRATEGY),
    ("in the pause at a new high", {"paused_until": 10.0}, 900.0, {"equity": 1800.0}, R.REFUSED_STRATEGY),
    ("the pause ends while positions are open", {"paused_until": 10.0, "day": 10.0}, -200.0,
     {"equity": 700.0, "paused_until": 0.0, "peak": 700.0}, 0),
]  # fmt: skip


@pytest.mark.risk
@pytest.mark.parametrize(
    ("fields", "value", "then", "pause"), [one[1:] for one in MARKS], ids=[one[0] for one in MARKS]
)
def test_marked(fields, value, then, pause):
    before = BOOKED._replace(**fields)
    after, code = marked(before, value, PROFILE)
    assert after == pytest.approx(before._replace(**then))
    assert code == pause


# Cash, carry -> what changes on a new day; it starts from the last mark
DAYS = [
    ("nothing to pay", 900.0, 0.0, {}),
    ("carry is paid", 900.0, 10.0, {"cash": 890.0, "carry": 14.0}),
    ("or received", 900.0, -30.0, {"cash": 930.0, "carry": -26.0}),
    ("it puts a cash account into debt", 5.0, 10.0, {"cash": -5.0, "carry": 14.0}),
]


@pytest.mark.parametrize(("cash", "carry", "then"), [one[1:] for one in DAYS], ids=[one[0] for one in DAYS])
def test_a_day_begins(cash, carry, then):
    before = BOOKED._replace(cash=cash)
    assert renewed(before, 10.0, carry) == before._replace(**({"day": 10.0} | then))
