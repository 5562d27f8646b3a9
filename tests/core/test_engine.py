"""The step: one bar in, an order and a reason out, one row each; the size of an entry, and what marks the account."""

import math

import pytest
from plain_figures import BARE, FREE, LOOSE, position

from models.engine.accounts import marked, renewed
from models.engine.sizes import Room, sized, taken
from models.engine.step import decide, limit_price
from models.portfolio import Account
from models.specialists import Levels, Signal
from models.types import Bound, Reason

NAN, R, B = math.nan, Reason, Bound
RICH = Room(10_000.0, 10_000.0, 0.0, 0.0, 0.0, 0.0)
# An entry has to pay 2 * (10 + 5) = 30 basis points; a fifth of equity a position.
COSTLY = FREE._replace(min_notional=5.0, taker_fee=0.001, half_spread=0.0005)
RULES = BARE._replace(entry_multiple=1.0, exit_edge=0.0, size=0.2, stop_loss=0.1, max_bars=9.0)
QUIET = Signal(
    close=100.0, edge=50.0, volatility=0.01, atr=0.02, low=0.95, high=1.03, width=0.9, oscillator=0.2, momentum=0.3,
    sentiment=0.1, atr_ratio=1.1, adx=30.0, stretch=-0.01, regime=1, gate=0,
)  # fmt: skip
SHORT = {"rules": {"shorts": 1.0}, "instrument": {"shorts": 1.0}, "edge": -50.0}


def decided(
    fields, usable=True, pause=0, room=RICH, rules=None, instrument=None, charge=None, share=1.0, own=None, **signal
):
    """The specialist in charge is that of the regime, and a position lives by its rules, unless said otherwise."""
    found = QUIET._replace(**signal)
    in_charge = RULES._replace(**(rules or {}))
    return decide(
        position(**fields),
        usable,
        found,
        found.regime if charge is None else charge,
        int(pause),
        share,
        room,
        LOOSE,
        in_charge if own is None else RULES._replace(**own),
        in_charge,
        COSTLY._replace(**(instrument or {})),
    )


HELD = {"quantity": 9.0, "stop": 90.0, "age": 3.0}
STOPPED, STALE, NO_BAR, DATA = (
    int(one) for one in (R.REFUSED_STOPPED, R.REFUSED_STALE, R.REFUSED_NO_BAR, R.REFUSED_DATA)
)
# What is held, the bar -> reason, order
TABLE = [
    # entries
    ("it pays", {}, {}, R.ENTER_EDGE, 20.0),
    ("it does not", {}, {"edge": 30.0}, R.HOLD_FLAT, 0.0),
    ("a short entry", {}, SHORT, R.ENTER_EDGE, -20.0),
    ("nothing to borrow", {}, SHORT | {"instrument": {}}, R.REFUSED_SHORTS, 0.0),
    ("no prediction", {}, {"edge": NAN}, R.REFUSED_NO_PREDICTION, 0.0),
    ("no deviation", {}, {"volatility": NAN}, R.REFUSED_WARM_UP, 0.0),
    ("no range that the stop is set by", {}, {"atr": NAN, "rules": {"stop_atr": 2.0}}, R.REFUSED_WARM_UP, 0.0),
    ("no edges of one", {}, {"low": NAN, "rules": {"range_target": 0.9}}, R.REFUSED_WARM_UP, 0.0),
    ("not in this regime", {}, {"rules": {"share": 0.0}}, R.REFUSED_REGIME, 0.0),
    ("enough for today", {"entries": 2.0}, {"rules": {"max_entries": 2.0}}, R.REFUSED_TRADES, 0.0),
    ("stopped", {}, {"gate": STOPPED}, R.REFUSED_STOPPED, 0.0),
    ("not listed", {}, {"gate": int(R.REFUSED_NOT_LISTED)}, R.REFUSED_NOT_LISTED, 0.0),
    ("paused", {}, {"pause": R.REFUSED_DRAWDOWN}, R.REFUSED_DRAWDOWN, 0.0),
    ("paused for the day", {}, {"pause": R.REFUSED_DAILY_LOSS}, R.REFUSED_DAILY_LOSS, 0.0),
    ("a stop at the price", {}, {"rules": {"stop_loss": 0.0}}, R.REFUSED_LEVELS, 0.0),
    ("a target in the past", {}, {"high": 0.99, "rules": {"range_target": 1.0}}, R.REFUSED_LEVELS, 0.0),
    ("a limit below the smallest price", {}, {"close": 0.01, "rules": {"limit_offset": 0.5}}, R.REFUSED_LEVELS, 0.0),
    ("a price below the tick", {}, {"close": 0.009}, R.REFUSED_TICK, 0.0),
    ("too small", {}, {"instrument": {"min_notional": 1800.01}}, R.REFUSED_MIN_NOTIONAL, 0.0),
    ("just large enough, at its stop too", {}, {"instrument": {"min_notional": 1800.0}}, R.ENTER_EDGE, 20.0),
    ("less than a lot", {}, {"instrument": {"lot": 21.0, "min_notional": 0.0}}, R.REFUSED_MIN_NOTIONAL, 0.0),
    ("whole lots", {}, {"instrument": {"lot": 3.0}}, R.ENTER_EDGE, 18.0),
    ("no cash", {}, {"room": RICH._replace(cash=0.0)}, R.REFUSED_MIN_NOTIONAL, 0.0),
    # nothing can be done at all, whatever is held
    ("no bar", {}, {"gate": NO_BAR, "usable": False}, R.REFUSED_NO_BAR, 0.0),
    ("no bar, held", HELD, {"gate": NO_BAR, "edge": -9.0}, R.REFUSED_NO_BAR, 0.0),
    ("stale", {}, {"gate": STALE}, R.REFUSED_STALE, 0.0),
    ("stale, held", HELD, {"gate": STALE, "edge": -9.0}, R.REFUSED_STALE, 0.0),
    ("blocked", {}, {"gate": DATA}, R.REFUSED_DATA, 0.0),
    ("blocked, held", HELD, {"gate": DATA, "edge": -9.0}, R.REFUSED_DATA, 0.0),
    ("blocked, ordered", {"ordered": 5.0}, {"gate": DATA}, R.REFUSED_DATA, 5.0),
    ("a bad price", {}, {"usable": False}, R.REFUSED_BAD_PRICE, 0.0),
    ("a bad price, held", HELD, {"usable": False, "edge": -9.0}, R.REFUSED_BAD_PRICE, 0.0),
    ("a bad price, ordered", {"ordered": 5.0}, {"usable": False}, R.REFUSED_BAD_PRICE, 5.0),
    # an order is on its way
    ("an entry waits", {"ordered": 3.0}, {}, R.HOLD_ORDER, 3.0),
    ("an exit waits", HELD | {"ordered": -9.0}, {"edge": -9.0}, R.HOLD_ORDER, -9.0),
    # exits
    ("nothing asks for it", HELD, {}, R.HOLD_POSITION, 0.0),
    ("the edge is at its limit", HELD, {"edge": 0.0}, R.HOLD_POSITION, 0.0),
    ("the edge is not known", HELD, {"edge": NAN}, R.HOLD_POSITION, 0.0),
    ("the edge turned", HELD, {"edge": -0.1}, R.EXIT_EDGE, -9.0),
    ("in time", HELD | {"age": 9.0}, {}, R.EXIT_TIME, -9.0),
    ("short, the edge turned", HELD | {"quantity": -9.0, "stop": 110.0}, {"edge": 0.1}, R.EXIT_EDGE, 9.0),
    ("too little is left to sell", HELD | {"quantity": 0.1}, {"edge": -9.0, "close": 49.9},
     R.REFUSED_MIN_NOTIONAL, 0.0),
    ("just enough is", HELD | {"quantity": 0.1}, {"edge": -9.0, "close": 50.0}, R.EXIT_EDGE, -0.1),
    # what forbids entries forbids no exit
    ("stopped, held", HELD, {"gate": STOPPED, "edge": -1.0}, R.EXIT_EDGE, -9.0),
    ("paused, held", HELD, {"pause": R.REFUSED_DRAWDOWN, "edge": -1.0}, R.EXIT_EDGE, -9.0),
    ("about to be delisted, held", HELD, {"gate": int(R.REFUSED_NOT_LISTED), "edge": -1.0}, R.EXIT_EDGE, -9.0),
    ("no deviation, held", HELD, {"volatility": NAN, "rules": {"share": 0.0}, "edge": -1.0}, R.EXIT_EDGE, -9.0),
]  # fmt: skip
# Reasons that a fill gives, or nothing in the step does any more: stops and targets are levels.
NOT_OF_THE_STEP = {R.EXIT_STOP, R.EXIT_TARGET}


@pytest.mark.parametrize(
    ("fields", "bar", "reason", "order"), [one[1:] for one in TABLE], ids=[one[0] for one in TABLE]
)
def test_decide(fields, bar, reason, order):
    after, found, _ = decided(fields, **bar)
    assert (R(found), after.ordered) == (reason, order)
    if order == fields.get("ordered", 0.0):
        regime = bar.get("regime", 1)
        decides = reason not in (R.REFUSED_NO_BAR, R.REFUSED_STALE, R.REFUSED_DATA, R.REFUSED_BAD_PRICE)
        appointed = {"charge": float(bar.get("charge", regime)), "mandate": float(regime)} if decides else {}
        assert after == position(**fields)._replace(**appointed)


def test_every_reason_is_reached():
    assert {row[3] for row in TABLE} | NOT_OF_THE_STEP == set(Reason)


def test_an_entry_takes_its_levels_along():
    rules = {"take_profit": 0.06, "partial_at": 0.02, "partial_share": 0.26, "stop_loss": 0.04}
    after, _, bound = decided({"entries": 1.0}, rules=rules, regime=3)
    # A tick of rounding away from the price: 102.000000000000014 is 102.0; a quarter of 20 units and a little.
    assert after == position(
        ordered=20.0, stop=96.0, target=106.0, partial=102.0, part=5.2, atr=2.0, regime=3.0, entries=1.0,
        owner=3.0, charge=3.0, mandate=3.0,
    )
    assert B(bound) is B.SPECIALIST_SIZE


def test_a_limit_entry_is_measured_from_its_limit():
    after, _, _ = decided({}, rules={"limit_offset": 0.02, "take_profit": 0.1})
    # 2000 / 98 = 20.4; 98 * 0.9 and 98 * 1.1
    assert (after.limit, after.ordered, after.stop, after.target) == (98.0, 20.4, 88.2, 107.8)


@pytest.mark.parametrize(
    ("side", "offset", "tick", "price"),
    [(1.0, 0.02, 0.01, 98.0), (-1.0, 0.02, 0.01, 102.0), (1.0, 0.0123, 0.1, 98.7), (-1.0, 0.0123, 0.1, 101.3)],
)
def test_limit_price(side, offset, tick, price):
    assert limit_price(side, 100.0, offset, tick) == price


def test_a_held_position_trails_its_stop():
    after, reason, _ = decided(HELD | {"best": 110.0}, rules={"trail": 0.1})
    assert (R(reason), after.stop, after.ordered) == (R.HOLD_POSITION, 99.0, 0.0)


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
    found = sized(
        side, 100.0, 100.0, 0.1, levels, RICH._replace(**room), LOOSE._replace(**({"kelly_fraction": 9.0} | profile)),
        BARE._replace(**({"size": 5.0} | rules)), 1.0, FREE._replace(**({"class_limit": 9.0} | instrument)),
    )  # fmt: skip
    assert (found.quantity, B(found.bound)) == (units, bound)


def test_every_bound_is_named():
    assert {row[-1] for row in SIZES} == set(Bound) - {B.NONE}


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
    found = sized(1.0, 100.0, 100.0, 0.1, SPLIT_AT, RICH, LOOSE, rules, 1.0, FREE._replace(min_notional=smallest))
    assert (found.quantity, found.part) == (20.0, part)


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
        found = taken(Room(5000.0, 4000.0, 7.0, 20.0, 11.0, 3.0), position(**fields), haven, instrument)
        assert found == pytest.approx((5000.0, 4000.0, 7.0 + locked, 20.0 + exposure, 11.0 + risky, 3.0 + at_risk))


BOOKED = Account(900.0, 1000.0, 1100.0, 7.0, 1050.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
PROFILE = LOOSE._replace(max_drawdown=0.2, daily_loss=0.1, pause_days=3.0)
# Account, value of the positions -> what changes, pause
MARKS = [
    ("as before", {}, 100.0, {"equity": 1000.0}, 0),
    ("a new peak", {}, 400.0, {"equity": 1300.0, "peak": 1300.0}, 0),
    ("the day's loss", {}, 45.0, {"equity": 945.0}, R.REFUSED_DAILY_LOSS),
    ("just not", {}, 45.01, {"equity": 945.01}, 0),
    ("the drawdown", {}, -20.0, {"equity": 880.0, "paused_until": 10.0}, R.REFUSED_DRAWDOWN),
    ("in the pause", {"paused_until": 10.0}, 100.0, {"equity": 1000.0}, R.REFUSED_DRAWDOWN),
    ("the pause ends while positions are open", {"paused_until": 10.0, "day": 10.0, "day_start": 700.0}, -200.0,
     {"equity": 700.0, "paused_until": 0.0, "peak": 700.0}, 0),
    ("it ends on a day that begins with a loss", {"paused_until": 10.0, "day": 10.0, "day_start": 800.0}, -200.0,
     {"equity": 700.0, "paused_until": 0.0, "peak": 700.0}, R.REFUSED_DAILY_LOSS),
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
    assert renewed(before, 10.0, carry) == before._replace(**({"day": 10.0, "day_start": 1000.0} | then))
