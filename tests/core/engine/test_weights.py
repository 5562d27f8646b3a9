"""Positions that are held by their weight, bar by bar, by hand: ten thousand, and shares that stand at 100."""

import pytest
from drawn_markets import CAPITAL
from hand_books import OPEN_HANDED, by_regime, closes, filled, folded, said, slot
from hand_panels import FIFTH, FREE

from models.engine import System
from models.engine.tables import ORDER_CAPS
from models.meta import plain_controller
from models.specialists import OFF, held_rules
from models.types import Bound, Leg, Reason, Regime

pytestmark = pytest.mark.risk

HALF = held_rules(0.5, 0.1)
R = Reason
# Closes, rules, venue, profile -> what is said, orders, units held at the end
CASES = [
    ("it is bought at the next open and held", [100.0] * 4, {}, {}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [50.0], 50.0),
    # at 110 of 10,500 are wanted 5250 and held 5500: within a tenth of 5250
    ("within the band nothing is done", [100.0, 100.0, 110.0, 110.0], {}, {}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [50.0], 50.0),
    # at 140 of 12,000 are wanted 6000 and held 7000: 1000 / 140 = 7.14
    ("beyond it all of the distance is sold", [100.0, 100.0, 140.0, 140.0], {}, {}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.REDUCE_WEIGHT, R.HOLD_WEIGHT], [50.0, -7.1], 42.9),
    # at 60 of 8000 are wanted 4000 and held 3000: 1000 / 60 = 16.66
    ("or bought", [100.0, 100.0, 60.0, 60.0], {}, {}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.ADD_WEIGHT, R.HOLD_WEIGHT], [50.0, 16.6], 66.6),
    ("without a band every lot", [100.0, 100.0, 102.0, 102.0], {"band": 0.0}, {}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.REDUCE_WEIGHT, R.HOLD_WEIGHT], [50.0, -0.4], 49.6),
    ("too small to be bought at all", [100.0] * 2, {}, {"min_notional": 5_010.0}, {}, [R.REFUSED_MIN_NOTIONAL] * 2, [],
     0.0),
    ("too small an addition waits", [100.0, 100.0, 60.0, 60.0], {}, {"min_notional": 1_010.0}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [50.0], 50.0),
    ("too small a reduction too", [100.0, 100.0, 140.0, 140.0], {}, {"min_notional": 1_010.0}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [50.0], 50.0),
    ("no more than a position may be", [100.0] * 3, {}, {}, {"max_position": 0.3},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [30.0], 30.0),
    ("nor its class", [100.0] * 3, {}, {"class_limit": 0.2}, {}, [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [20.0],
     20.0),
    ("nor leverage", [100.0] * 3, {}, {}, {"max_leverage": 0.4}, [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [40.0],
     40.0),
    ("cash is kept", [100.0] * 3, {"least_cash": 0.7}, {}, {}, [R.ENTER_WEIGHT, R.HOLD_WEIGHT, R.HOLD_WEIGHT], [30.0],
     30.0),
    ("of all that there is nothing is kept for costs", [100.0] * 2, {"weight": 1.0}, {"taker_fee": 0.01}, {},
     [R.ENTER_WEIGHT, R.HOLD_WEIGHT], [99.0], 99.0),
    ("a price below the tick", [0.004] * 2, {}, {}, {}, [R.REFUSED_TICK] * 2, [], 0.0),
    ("nothing is wanted", [100.0] * 2, {"weight": 0.0}, {}, {}, [R.HOLD_FLAT] * 2, [], 0.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "rules", "venue", "profile", "reasons", "orders", "held"), [o[1:] for o in CASES], ids=[o[0] for o in CASES]
)
def test_a_weight(at, rules, venue, profile, reasons, orders, held):
    held_by = by_regime(HALF._replace(**rules))
    run = folded(
        closes("T" * len(at), at), slot(held_by, venue=FREE._replace(**venue)), profile=OPEN_HANDED._replace(**profile)
    )
    assert said(run) == reasons
    assert run.orders[:, 2].tolist() == orders
    assert run.held[-1, 0] == held


@pytest.mark.parametrize(("least", "orders"), [(200.0, [50.0, -48.0]), (200.1, [50.0, -50.0])])
def test_a_rest_that_no_order_could_sell_goes_along(least, orders):
    """Two units are to be kept, worth 200."""
    rules, venue = by_regime(HALF, R={"weight": 0.02}), FREE._replace(min_notional=least)
    assert folded(closes("TTR"), slot(rules, venue=venue)).orders[:, 2].tolist() == orders


def test_what_is_wanted_follows_the_regime():
    rules = by_regime(HALF, R={"weight": 0.2}, C={"weight": 0.0})
    run = folded(closes("TTRRCCTT"), slot(rules))
    assert filled(run) == [
        (1, 0, Leg.ENTRY, 50.0, 100.0),
        (3, 0, Leg.EXIT, -30.0, 100.0),
        (5, 0, Leg.EXIT, -20.0, 100.0),
        (7, 0, Leg.ENTRY, 50.0, 100.0),
    ]
    assert said(run)[2::2] == [R.REDUCE_WEIGHT, R.EXIT_WEIGHT, R.ENTER_WEIGHT]


@pytest.mark.parametrize("gate", [R.REFUSED_STOPPED, R.REFUSED_NOT_LISTED])
def test_what_forbids_entries_forbids_no_sale(gate):
    panel = closes("TTTTTT", [100.0, 100.0, 60.0, 60.0, 140.0, 140.0])
    panel.codes[2:, 0, 1] = int(gate)
    run = folded(panel, slot(by_regime(HALF)))
    assert said(run) == [R.ENTER_WEIGHT, R.HOLD_WEIGHT, gate, gate, R.REDUCE_WEIGHT, R.HOLD_WEIGHT]


def test_a_pause_forbids_purchases_alone():
    panel = closes("TTTTR", [100.0, 100.0, 60.0])
    run = folded(panel, slot(by_regime(HALF, R={"weight": 0.1})), profile=OPEN_HANDED._replace(max_drawdown=0.1))
    assert said(run)[2:] == [R.REFUSED_STRATEGY, R.REFUSED_STRATEGY, R.REDUCE_WEIGHT]


def test_what_another_sold_short_is_bought_back_and_no_more():
    panel = closes("RRTT")
    panel.figures[0, 0, 0] = -50.0
    rules = by_regime(FIFTH, T=HALF._asdict())
    run = folded(panel, slot(rules, venue=FREE._replace(shorts=1.0)))
    assert filled(run) == [(1, 0, Leg.ENTRY, -20.0, 100.0), (3, 0, Leg.EXIT, 20.0, 100.0)]
    assert said(run) == [R.ENTER_EDGE, R.HOLD_POSITION, R.EXIT_WEIGHT, R.ENTER_WEIGHT]


def test_a_haven_follows_the_regime_of_its_guide_and_waits_for_its_bar():
    """Bought in the crisis of what it guards, sold after it; where the guide has no bar nothing is decided."""
    panel = closes("TTTTTTT", [100.0], [50.0])
    panel.codes[:, 0, 0] = [1, 3, 3, 3, 3, 1, 1]
    panel.codes[1, 0, 1] = int(R.REFUSED_NO_BAR)
    haven = by_regime(HALF._replace(weight=0.0), C={"weight": 0.4})
    run = folded(panel, slot(by_regime(FIFTH)), slot(haven, 1, 0, True))
    assert said(run, 1) == [
        R.HOLD_FLAT,
        R.REFUSED_NO_BAR,
        R.ENTER_WEIGHT,
        R.HOLD_WEIGHT,
        R.HOLD_WEIGHT,
        R.EXIT_WEIGHT,
        R.HOLD_FLAT,
    ]
    assert [one[1:4] for one in filled(run) if one[1] == 1] == [(1, Leg.ENTRY, 80.0), (1, Leg.EXIT, -80.0)]
    assert [(one.symbol, one.after) for one in run.switched()][-2:] == [("A", Regime.TRENDING), ("B", Regime.TRENDING)]


def test_an_order_is_filled_on_its_own_bar_though_the_guide_has_none():
    panel = closes("CCC", [100.0], [50.0])
    panel.codes[1:, 0, 1] = int(R.REFUSED_NO_BAR)
    panel.prices[1:, 0] = float("nan")
    run = folded(panel, slot(by_regime(FIFTH)), slot(by_regime(HALF), 1, 0, True))
    assert [one[:4] for one in filled(run)] == [(1, 1, Leg.ENTRY, 100.0)]


def test_on_margin_its_own_position_pays_for_an_addition():
    """Three times the equity at a margin of a fifth: cash is 20,000 in debt, and half of the equity is free."""
    venue = FREE._replace(margin=0.2, class_limit=9.0)
    rules = by_regime(held_rules(3.0, 0.0))
    run = folded(
        closes("TTT" + "T", [100.0, 100.0, 110.0]),
        slot(rules, venue=venue),
        profile=OPEN_HANDED._replace(max_position=9.0),
    )
    # At 110 the equity is 13,000: 39,000 are wanted and 33,000 held.
    assert run.state.account(0).cash < 0.0
    assert filled(run) == [(1, 0, Leg.ENTRY, 300.0, 100.0), (3, 0, Leg.ADD, 54.5, 110.0)]


def test_the_margins_end_moves_with_an_addition_at_a_lower_price():
    """Bought at 100 it would be liquidated at 85; with as much at 90 and less the mean is lower, and so is that."""
    venue = FREE._replace(margin=0.2, maintenance=0.05, class_limit=9.0)
    panel = closes("TTTTT", [100.0, 100.0, 90.0])
    run = folded(
        panel, slot(by_regime(held_rules(1.0, 0.01)), venue=venue), profile=OPEN_HANDED._replace(max_position=9.0)
    )
    assert filled(run) == [(1, 0, Leg.ENTRY, 100.0, 100.0)]
    richer = by_regime(held_rules(1.0, 0.01), R={"weight": 2.0})
    panel.codes[2:, 0, 0] = int(Regime.RANGING)
    run = folded(panel, slot(richer, venue=venue), profile=OPEN_HANDED._replace(max_position=9.0))
    # 2 * 9000 are wanted at 90, that is 100 more; 95 * 0.85 = 80.75.
    assert filled(run) == [(1, 0, Leg.ENTRY, 100.0, 100.0), (3, 0, Leg.ADD, 100.0, 90.0)]
    assert (run.state.position(0).entry, run.state.position(0).stop) == (95.0, 80.75)


def test_two_systems_hold_the_same_symbol_each_with_its_own_cash():
    long = System("long", 1_000.0, OPEN_HANDED, plain_controller(), (slot(by_regime(HALF)),))
    run = folded(closes("TTT", [100.0, 100.0, 110.0]), slot(by_regime(FIFTH)), others=(long,))
    assert run.held[-1].tolist() == [20.0, 5.0]
    assert run.equities[-1].tolist() == [CAPITAL + 200.0, 1_050.0]
    assert run.equity[-1] == CAPITAL + 1_250.0
    assert [run.state.account(k).cash for k in (0, 1)] == [8_000.0, 500.0]
    assert [(one.system, one.symbol, one.quantity) for one in run.executions()] == [
        ("swing", "A", 20.0),
        ("long", "A", 5.0),
    ]
    assert [one.system for one in run.intents()] == ["swing", "long"]


def test_what_set_the_size_is_named():
    for rules, venue, profile, bound in (
        ({}, {}, {}, Bound.SPECIALIST_SIZE),
        ({}, {}, {"max_position": 0.3}, Bound.PROFILE_POSITION),
        ({}, {"class_limit": 0.2}, {}, Bound.ASSET_CLASS),
        ({}, {}, {"max_leverage": 0.4}, Bound.LEVERAGE),
        ({"least_cash": 0.7}, {}, {}, Bound.SPECIALIST_CASH),
        ({"weight": 1.0}, {"taker_fee": 0.01}, {}, Bound.CASH),
    ):
        held_by = slot(by_regime(HALF._replace(**rules)), venue=FREE._replace(**venue))
        run = folded(closes("TT"), held_by, profile=OPEN_HANDED._replace(**profile))
        assert [one.bound for one in run.intents()] == [bound]
        assert OFF not in run.orders[:, :ORDER_CAPS]
