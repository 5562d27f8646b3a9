"""The step: one bar in, an order and a reason out, one row each; the size of an entry, and what marks the account."""

import math

import pytest
from plain_figures import BARE, FREE, LOOSE, position

from models.engine.sizes import Room, Shared, Stance
from models.engine.step import decide, limit_price
from models.specialists import Signal
from models.types import Bound, Reason

NAN, R, B = math.nan, Reason, Bound
RICH = Room(10_000.0, 10_000.0, 0.0, 0.0, 0.0, 0.0)
FREELY = Shared(0.02, 0.02, 0.0, 0.0, math.inf, math.inf)
# An entry has to pay 2 * (10 + 5) = 30 basis points; a fifth of equity a position.
COSTLY = FREE._replace(min_notional=5.0, taker_fee=0.001, half_spread=0.0005)
RULES = BARE._replace(entry_multiple=1.0, exit_edge=0.0, size=0.2, stop_loss=0.1, max_bars=9.0)
QUIET = Signal(
    close=100.0, edge=50.0, volatility=0.01, atr=0.02, low=0.95, high=1.03, width=0.9, oscillator=0.2, momentum=0.3,
    sentiment=0.1, atr_ratio=1.1, adx=30.0, stretch=-0.01, regime=1, gate=0,
)  # fmt: skip
SHORT = {"rules": {"shorts": 1.0}, "instrument": {"shorts": 1.0}, "edge": -50.0}


def decided(
    fields, usable=True, pause=0, room=RICH, rules=None, instrument=None, charge=None, share=1.0, own=None,
    withdraws=0.0, flattens=0.0, sells=0.0, cut=0.0, dynamic=1.0, shared=None, **signal,
):  # fmt: skip
    """The specialist in charge is that of the regime, and a position lives by its rules, unless said otherwise."""
    found = QUIET._replace(**signal)
    in_charge = RULES._replace(**(rules or {}))
    return decide(
        position(**fields),
        usable,
        found,
        found.regime if charge is None else charge,
        Stance(int(pause), withdraws, flattens, sells, cut, dynamic),
        in_charge.share * share * dynamic,
        room,
        FREELY._replace(**(shared or {})),
        LOOSE,
        in_charge if own is None else RULES._replace(**own),
        in_charge,
        COSTLY._replace(**(instrument or {})),
    )


HELD = {"quantity": 9.0, "stop": 90.0, "age": 3.0}
STOPPED, STALE, NO_BAR, DATA, FROZEN = (
    int(one) for one in (R.REFUSED_STOPPED, R.REFUSED_STALE, R.REFUSED_NO_BAR, R.REFUSED_DATA, R.REFUSED_FROZEN)
)
CLOSED = (R.REFUSED_NO_BAR, R.REFUSED_STALE, R.REFUSED_DATA, R.REFUSED_BAD_PRICE, R.REFUSED_FROZEN)
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
    *[(f"paused: {code.name}", {}, {"pause": code}, code, 0.0) for code in (
        R.REFUSED_WEEKLY_LOSS, R.REFUSED_VAR, R.REFUSED_STRATEGY, R.REFUSED_ENTRIES_DRAWDOWN, R.REFUSED_POSITIONS,
        R.REFUSED_TRADES_TODAY, R.REFUSED_PERSON, R.REFUSED_STRESS)],
    # what came from outside the step as a gate
    *[(f"gated: {code.name}", {}, {"gate": int(code)}, code, 0.0) for code in (
        R.REFUSED_MARKET_CLOSED, R.REFUSED_VOLATILITY, R.REFUSED_COLLAR, R.REFUSED_NOT_ALLOWED)],
    *[(f"gated, held: {code.name}", HELD, {"gate": int(code), "edge": -1.0}, R.EXIT_EDGE, -9.0) for code in (
        R.REFUSED_MARKET_CLOSED, R.REFUSED_VOLATILITY, R.REFUSED_COLLAR, R.REFUSED_NOT_ALLOWED)],
    ("a gate goes before a pause", {}, {"gate": STOPPED, "pause": R.REFUSED_VAR}, R.REFUSED_STOPPED, 0.0),
    # a smallest size: 2000 of 10,000 are wanted
    ("just large enough for the symbol", {}, {"instrument": {"least_size": 0.2}}, R.ENTER_EDGE, 20.0),
    ("too small for the symbol", {}, {"instrument": {"least_size": 0.2001}}, R.REFUSED_SIZE_RANGE, 0.0),
    ("a weight just large enough", {}, {"rules": {"weight": 0.2}, "instrument": {"least_size": 0.2}}, R.ENTER_WEIGHT,
     20.0),
    ("a weight too small", {}, {"rules": {"weight": 0.2}, "instrument": {"least_size": 0.2001}}, R.REFUSED_SIZE_RANGE,
     0.0),
    ("an addition may be small", {"quantity": 19.0}, {"rules": {"weight": 0.2}, "instrument": {"least_size": 0.3}},
     R.ADD_WEIGHT, 1.0),
    # what may be lost in a day: 2 % of the value
    ("the cap on what may be lost leaves half", {}, {"shared": {"max_var": 20.0}}, R.ENTER_EDGE, 10.0),
    ("it leaves nothing", {}, {"shared": {"max_var": 20.0, "square": 400.0, "pull": 20.0}}, R.REFUSED_MIN_NOTIONAL,
     0.0),
    ("what may be lost is not known", {}, {"shared": {"max_var": 20.0, "long": NAN}}, R.REFUSED_WARM_UP, 0.0),
    ("that of the other side is not asked", {}, {"shared": {"max_var": 1e9, "short": NAN}}, R.ENTER_EDGE, 20.0),
    ("nor where nothing caps it", {}, {"shared": {"long": NAN}}, R.ENTER_EDGE, 20.0),
    ("a weight asks for it too", {}, {"rules": {"weight": 0.2}, "shared": {"max_var": 20.0, "long": NAN}},
     R.REFUSED_WARM_UP, 0.0),
    ("the rung of the ladder leaves a quarter", {}, {"shared": {"capital": 500.0}}, R.ENTER_EDGE, 5.0),
    ("this market leaves half", {}, {"dynamic": 0.5}, R.ENTER_EDGE, 10.0),
    ("and nothing", {}, {"dynamic": 0.0}, R.REFUSED_REGIME, 0.0),
    ("half of a weight", {}, {"rules": {"weight": 0.2}, "dynamic": 0.5}, R.ENTER_WEIGHT, 10.0),
    ("what is held by weight shrinks too", {"quantity": 20.0}, {"rules": {"weight": 0.2}, "dynamic": 0.5},
     R.REDUCE_WEIGHT, -10.0),
    # stops: what waits is withdrawn, positions are sold
    ("a waiting entry is withdrawn", {"ordered": 3.0}, {"withdraws": 1.0}, R.HOLD_WITHDRAWN, 0.0),
    ("a short one too", {"ordered": -3.0}, {"withdraws": 1.0}, R.HOLD_WITHDRAWN, 0.0),
    ("an exit that waits goes on", HELD | {"ordered": -9.0}, {"withdraws": 1.0}, R.HOLD_ORDER, -9.0),
    ("a waiting addition is withdrawn", {"quantity": 19.0, "ordered": 1.0},
     {"withdraws": 1.0, "pause": R.REFUSED_VAR, "rules": {"weight": 0.2}}, R.REFUSED_VAR, 0.0),
    ("all is sold", HELD, {"flattens": 1.0, "withdraws": 1.0}, R.EXIT_FLATTEN, -9.0),
    ("a short is bought back", HELD | {"quantity": -9.0, "stop": 110.0}, {"flattens": 1.0}, R.EXIT_FLATTEN, 9.0),
    ("what is held by weight is sold", {"quantity": 19.0}, {"flattens": 1.0, "rules": {"weight": 0.2}}, R.EXIT_FLATTEN,
     -19.0),
    ("with its addition", {"quantity": 19.0, "ordered": 1.0},
     {"flattens": 1.0, "withdraws": 1.0, "rules": {"weight": 0.2}}, R.EXIT_FLATTEN, -19.0),
    ("whoever is in charge", HELD, {"flattens": 1.0, "charge": -1}, R.EXIT_FLATTEN, -9.0),
    ("all of it, where nothing may be at risk", HELD, {"sells": 1.0}, R.REDUCE_RISK, -9.0),
    ("a third of it, in whole lots upwards", HELD, {"sells": 0.3333}, R.REDUCE_RISK, -3.0),
    ("a little more than a third", HELD, {"sells": 0.334}, R.REDUCE_RISK, -3.1),
    ("all, where the rest would be too small", HELD, {"sells": 0.5, "instrument": {"min_notional": 450.01}},
     R.REDUCE_RISK, -9.0),
    ("not, where it would just not be", HELD, {"sells": 0.5, "instrument": {"min_notional": 450.0}}, R.REDUCE_RISK,
     -4.5),
    ("a cut, whatever the rules say", HELD, {"cut": 0.3333}, R.REDUCE_STRESS, -3.0),
    ("a cut of a short", HELD | {"quantity": -9.0, "stop": 110.0}, {"cut": 0.5}, R.REDUCE_STRESS, 4.5),
    ("a cut of what is held by weight", {"quantity": 19.0}, {"cut": 1.0, "rules": {"weight": 0.2}}, R.REDUCE_STRESS,
     -19.0),
    ("more than a cut is sold already", HELD | {"ordered": -5.0}, {"cut": 0.5}, R.HOLD_ORDER, -5.0),
    ("less than a cut is sold already", HELD | {"ordered": -4.0}, {"cut": 0.5}, R.REDUCE_STRESS, -4.5),
    ("a cut instead of an addition", {"quantity": 19.0, "ordered": 1.0}, {"cut": 0.1, "rules": {"weight": 0.2}},
     R.REDUCE_STRESS, -1.9),
    ("a stop that sells everything before a cut", HELD, {"cut": 0.5, "flattens": 1.0}, R.EXIT_FLATTEN, -9.0),
    ("a cut too small for the venue", HELD, {"cut": 0.01, "instrument": {"min_notional": 10.01}},
     R.REFUSED_MIN_NOTIONAL, 0.0),
    ("a cut without a bar", HELD, {"cut": 0.5, "gate": NO_BAR}, R.REFUSED_NO_BAR, 0.0),
    ("a cut of nothing", {}, {"cut": 0.5}, R.ENTER_EDGE, 20.0),
    ("too little to be sold", HELD | {"quantity": 0.1}, {"flattens": 1.0, "instrument": {"min_notional": 10.01}},
     R.REFUSED_MIN_NOTIONAL, 0.0),
    ("no bar to be sold on", HELD, {"flattens": 1.0, "gate": NO_BAR}, R.REFUSED_NO_BAR, 0.0),
    ("nothing to be sold", {}, {"flattens": 1.0, "pause": R.REFUSED_DRAWDOWN}, R.REFUSED_DRAWDOWN, 0.0),
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
    ("frozen", {}, {"gate": FROZEN}, R.REFUSED_FROZEN, 0.0),
    ("frozen, held", HELD, {"gate": FROZEN, "edge": -9.0}, R.REFUSED_FROZEN, 0.0),
    ("frozen, ordered", {"ordered": 5.0}, {"gate": FROZEN}, R.REFUSED_FROZEN, 5.0),
    ("only to be reduced", {}, {"gate": int(R.REFUSED_EXTERNAL)}, R.REFUSED_EXTERNAL, 0.0),
    ("unguarded", {}, {"gate": int(R.REFUSED_UNGUARDED)}, R.REFUSED_UNGUARDED, 0.0),
    ("unguarded, held", HELD, {"gate": int(R.REFUSED_UNGUARDED), "edge": -1.0}, R.EXIT_EDGE, -9.0),
    ("only to be reduced, held", HELD, {"gate": int(R.REFUSED_EXTERNAL), "edge": -1.0}, R.EXIT_EDGE, -9.0),
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
    # another specialist is in charge
    ("it is not its owner's any more", HELD, {"charge": 2}, R.HOLD_POSITION, 0.0),
    ("and that leaves", HELD, {"charge": 2, "own": {"leaves": 1.0}}, R.EXIT_SWITCH, -9.0),
    ("though nobody is in charge", HELD, {"charge": -1, "own": {"leaves": 1.0}}, R.EXIT_SWITCH, -9.0),
    ("it is taken over", HELD, {"charge": 3, "rules": {"takes_over": 1.0, "max_exposure": 0.05},
     "own": {"takes_over": 0.0}, "room": RICH._replace(risky=900.0)}, R.REDUCE_EXPOSURE, -4.0),
    ("nobody is in charge", {}, {"charge": -1}, R.REFUSED_NOBODY, 0.0),
    ("nor of a weight", {}, {"charge": -1, "rules": {"weight": 0.2}}, R.REFUSED_NOBODY, 0.0),
    # what the specialist misses in the market
    ("too quiet", {}, {"rules": {"least_volatility": 1.2}}, R.REFUSED_QUIET, 0.0),
    ("no trend", {}, {"rules": {"least_trend": 31.0}}, R.REFUSED_NO_TREND, 0.0),
    ("no pullback", {}, {"stretch": 0.1, "rules": {"pullback": 1.0}}, R.REFUSED_NO_PULLBACK, 0.0),
    ("no range", {}, {"rules": {"most_width": 0.8}}, R.REFUSED_NO_RANGE, 0.0),
    ("not at the edge of one", {}, {"rules": {"near_edge": 0.01}}, R.REFUSED_INSIDE_RANGE, 0.0),
    # by weight
    ("a weight is not held yet", {}, {"rules": {"weight": 0.2}, "edge": NAN}, R.ENTER_WEIGHT, 20.0),
    ("it is", {"quantity": 19.0}, {"rules": {"weight": 0.2, "band": 0.06}}, R.HOLD_WEIGHT, 0.0),
    ("less of it is", {"quantity": 19.0}, {"rules": {"weight": 0.2}}, R.ADD_WEIGHT, 1.0),
    ("more of it is", {"quantity": 21.0}, {"rules": {"weight": 0.2}}, R.REDUCE_WEIGHT, -1.0),
    ("none is wanted any more", {"quantity": 21.0}, {"rules": {"weight": 0.0}}, R.EXIT_WEIGHT, -21.0),
    ("an addition waits", {"quantity": 19.0, "ordered": 1.0}, {"rules": {"weight": 0.2}}, R.HOLD_ORDER, 1.0),
    ("no deviation, held", HELD, {"volatility": NAN, "rules": {"share": 0.0}, "edge": -1.0}, R.EXIT_EDGE, -9.0),
]  # fmt: skip
# Reasons that a fill gives, or nothing in the step does any more: stops and targets are levels.
NOT_OF_THE_STEP = {R.EXIT_STOP, R.EXIT_TARGET, R.ENTER_ADOPTED}


@pytest.mark.parametrize(
    ("fields", "bar", "reason", "order"), [one[1:] for one in TABLE], ids=[one[0] for one in TABLE]
)
def test_decide(fields, bar, reason, order):
    after, found, _, _ = decided(fields, **bar)
    assert (R(found), after.ordered) == (reason, order)
    if order == fields.get("ordered", 0.0) and reason is not R.HOLD_WITHDRAWN:
        regime = bar.get("regime", 1)
        decides = reason not in CLOSED
        appointed = {"charge": float(bar.get("charge", regime)), "mandate": float(regime)} if decides else {}
        assert after == position(**fields)._replace(**appointed)


def test_every_reason_is_reached():
    assert {row[3] for row in TABLE} | NOT_OF_THE_STEP == set(Reason)


def test_an_entry_takes_its_levels_along():
    rules = {"take_profit": 0.06, "partial_at": 0.02, "partial_share": 0.26, "stop_loss": 0.04}
    after, _, bound, caps = decided({"entries": 1.0}, rules=rules, regime=3)
    # A tick of rounding away from the price: 102.000000000000014 is 102.0; a quarter of 20 units and a little.
    assert after == position(
        ordered=20.0,
        stop=96.0,
        target=106.0,
        partial=102.0,
        part=5.2,
        atr=2.0,
        regime=3.0,
        entries=1.0,
        owner=3.0,
        charge=3.0,
        mandate=3.0,
    )
    assert B(bound) is B.SPECIALIST_SIZE
    assert (caps.specialist, caps.position, caps.free) == (2_000.0, 100_000.0, pytest.approx(10_000.0 / 1.0015))
    assert (caps.var, caps.capital, caps.exposure) == (math.inf, math.inf, math.inf)


def test_a_crowded_book_has_its_share_of_an_entry():
    assert [decided({}, share=share)[0].ordered for share in (1.0, 0.5, 0.0)] == [20.0, 10.0, 0.0]


def test_an_entry_is_weighed_by_what_agrees_with_it():
    """2 * (10 + 5) = 30 basis points are asked for; 24 raised by three tenths of one are 31.2."""
    assert decided({}, edge=24.0)[1] == R.HOLD_FLAT
    assert decided({}, edge=24.0, rules={"momentum_weight": 1.0})[1] == R.ENTER_EDGE


def test_a_limit_entry_is_measured_from_its_limit():
    after, _, _, _ = decided({}, rules={"limit_offset": 0.02, "take_profit": 0.1})
    # 2000 / 98 = 20.4; 98 * 0.9 and 98 * 1.1
    assert (after.limit, after.ordered, after.stop, after.target) == (98.0, 20.4, 88.2, 107.8)


@pytest.mark.parametrize(
    ("side", "offset", "tick", "price"),
    [(1.0, 0.02, 0.01, 98.0), (-1.0, 0.02, 0.01, 102.0), (1.0, 0.0123, 0.1, 98.7), (-1.0, 0.0123, 0.1, 101.3)],
)
def test_limit_price(side, offset, tick, price):
    assert limit_price(side, 100.0, offset, tick) == price


def test_a_held_position_trails_its_stop():
    after, reason, _, _ = decided(HELD | {"best": 110.0}, rules={"trail": 0.1})
    assert (R(reason), after.stop, after.ordered) == (R.HOLD_POSITION, 99.0, 0.0)
