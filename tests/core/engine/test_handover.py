"""What becomes of a position when another specialist is in charge: a row for each case, worked out by hand.

Twenty units are bought at 100 on the second bar, a fifth of ten thousand.
"""

import pytest
from drawn_markets import CAPITAL
from hand_books import by_regime, closes, filled, folded, owners, plain_controller, said, slot
from hand_panels import FIFTH, FREE

from models.specialists import OFF
from models.types import Cause, Leg, Reason, Regime

pytestmark = pytest.mark.risk

E, H, X = Reason.ENTER_EDGE, Reason.HOLD_POSITION, Reason.EXIT_SWITCH
LESS, TIME, FLAT = Reason.REDUCE_EXPOSURE, Reason.EXIT_TIME, Reason.HOLD_FLAT
TAKES = {"takes_over": 1.0}
# Regimes of the bars, what is otherwise in the rules of some -> what is said, units held, stop and target at the end
CASES = [
    ("it lives on by the rules it was opened by", "TTRR", {"T": {"stop_loss": 0.1}, "R": {"stop_loss": 0.01}},
     [E, H, H, H], 20.0, (90.0, 0.0)),
    ("its time is that of its owner", "TTRRR", {"T": {"max_bars": 3.0}, "R": {"max_bars": 1.0}},
     [E, H, H, TIME, FLAT], 0.0, (0.0, 0.0)),
    ("it is given up by a specialist that leaves", "TTRR", {"T": {"leaves": 1.0}}, [E, H, X, FLAT], 0.0, (0.0, 0.0)),
    ("not before another is in charge", "TTTT", {"T": {"leaves": 1.0}}, [E, H, H, H], 20.0, (0.0, 0.0)),
    ("that the next one leaves is no matter", "TTRR", {"R": {"leaves": 1.0}}, [E, H, H, H], 20.0, (0.0, 0.0)),
    ("leaving comes before being taken over", "TTCC", {"T": {"leaves": 1.0}, "C": TAKES}, [E, H, X, FLAT], 0.0,
     (0.0, 0.0)),
    ("it is taken over: the nearer stop", "TTCC", {"T": {"stop_loss": 0.1}, "C": TAKES | {"stop_loss": 0.03}},
     [E, H, H, H], 20.0, (97.0, 0.0)),
    ("its own where that is nearer", "TTCC", {"T": {"stop_loss": 0.02}, "C": TAKES | {"stop_loss": 0.03}},
     [E, H, H, H], 20.0, (98.0, 0.0)),
    ("the nearer target", "TTCC", {"T": {"take_profit": 0.1}, "C": TAKES | {"take_profit": 0.03}}, [E, H, H, H], 20.0,
     (0.0, 103.0)),
    ("its own where there is no other", "TTCC", {"T": {"take_profit": 0.1, "stop_loss": 0.1}, "C": TAKES},
     [E, H, H, H], 20.0, (90.0, 110.0)),
    ("its time begins anew", "TTCCCC", {"T": {"max_bars": 3.0}, "C": TAKES | {"max_bars": 3.0}},
     [E, H, H, H, H, TIME], 20.0, (0.0, 0.0)),
    ("it is taken over once", "TTCCCC", {"C": TAKES | {"max_bars": 2.0}}, [E, H, H, H, TIME, FLAT], 0.0, (0.0, 0.0)),
    ("it is left as the one in charge leaves", "TTCCTT", {"C": TAKES | {"leaves": 1.0}}, [E, H, H, H, X, FLAT], 0.0,
     (0.0, 0.0)),
    # 2000 are held and 500 allowed: three quarters go
    ("it is reduced to the exposure allowed", "TTCCC", {"C": TAKES | {"max_exposure": 0.05}}, [E, H, LESS, H, H], 5.0,
     (0.0, 0.0)),
    ("not where as much is allowed", "TTCC", {"C": TAKES | {"max_exposure": 0.2}}, [E, H, H, H], 20.0, (0.0, 0.0)),
    ("of nothing allowed all goes", "TTCC", {"C": TAKES | {"max_exposure": 0.0}}, [E, H, LESS, FLAT], 0.0, (0.0, 0.0)),
    ("who does not take over reduces nothing", "TTCC", {"C": {"max_exposure": 0.0}}, [E, H, H, H], 20.0, (0.0, 0.0)),
    ("a stop trails by the rules of the new owner", "TTCC", {"T": {"trail": 0.5}, "C": TAKES | {"trail": 0.04}},
     [E, H, H, H], 20.0, (96.0, 0.0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("regimes", "changes", "reasons", "held", "levels"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_a_long_position(regimes, changes, reasons, held, levels):
    run = folded(closes(regimes), slot(by_regime(**changes)))
    position = run.state.position(0)
    assert said(run) == reasons
    assert position.quantity + position.ordered == (held if reasons[-1] is not TIME else 0.0)
    assert (position.stop, position.target) == levels


def test_a_short_position_is_taken_over_alike():
    panel = closes("TTCC")
    panel.figures[0, 0, 0] = -50.0
    levels = {"T": {"stop_loss": 0.1, "take_profit": 0.1}, "C": TAKES | {"stop_loss": 0.03, "take_profit": 0.04}}
    levels["C"] |= {"max_exposure": 0.05}
    run = folded(panel, slot(by_regime(**levels), venue=FREE._replace(shorts=1.0)))
    assert filled(run) == [(1, 0, Leg.ENTRY, -20.0, 100.0), (3, 0, Leg.EXIT, 15.0, 100.0)]
    position = run.state.position(0)
    assert (position.quantity, position.stop, position.target) == (-5.0, 103.0, 96.0)


def test_a_partial_profit_beyond_the_new_target_is_none():
    levels = {"take_profit": 0.1, "partial_at": 0.05, "partial_share": 0.5}
    for nearer, partial in ((0.07, 105.0), (0.05, 0.0), (0.03, 0.0)):
        run = folded(closes("TTCC"), slot(by_regime(T=levels, C=TAKES | {"take_profit": nearer})))
        assert run.state.position(0).partial == partial


def test_what_its_levels_are_measured_by_has_to_be_known():
    panel = closes("TTCC")
    panel.figures[2, 0, 2] = float("nan")
    run = folded(panel, slot(by_regime(T={"stop_loss": 0.1}, C=TAKES | {"stop_atr": 1.0, "stop_loss": 0.01})))
    assert run.state.position(0).stop == 90.0
    assert run.state.position(0).owner == Regime.CRISIS


# Lot, smallest order, exposure allowed -> units sold
ODD_LOTS = [
    ("whole lots", 2.0, 0.0, 0.05, 14.0),
    ("a rest too small to be sold goes along", 0.1, 600.0, 0.05, 20.0),
    ("just large enough it stays", 0.1, 500.0, 0.05, 15.0),
    ("too little to be sold stays", 0.1, 600.0, 0.15, 0.0),
    ("less than a lot stays, all of it", 10.0, 0.0, 0.19, 0.0),
]


@pytest.mark.parametrize(("lot", "least", "allowed", "sold"), [o[1:] for o in ODD_LOTS], ids=[o[0] for o in ODD_LOTS])
def test_orders_that_reduce_are_what_the_venue_takes(lot, least, allowed, sold):
    venue = FREE._replace(lot=lot, min_notional=least)
    run = folded(closes("TTCCC"), slot(by_regime(C=TAKES | {"max_exposure": allowed}), venue=venue))
    assert run.state.position(0).quantity == 20.0 - sold
    assert (Reason.REDUCE_EXPOSURE in said(run)) == (sold > 0.0)


def test_all_symbols_are_reduced_alike_and_havens_stay():
    """4000 in two symbols, 1000 allowed: a quarter of each stays; the 1000 of the haven count for nothing."""
    rules, haven = by_regime(C=TAKES | {"max_exposure": 0.1}), by_regime(FIFTH._replace(weight=0.1))
    panel = closes("TTCC", [100.0], [50.0], [10.0])
    run = folded(panel, slot(rules), slot(rules, 1), slot(haven, 2, 0, True))
    assert run.held[-1].tolist() == [5.0, 10.0, 100.0]
    assert [leg for _, _, leg, _, _ in filled(run)] == [Leg.ENTRY] * 3 + [Leg.EXIT] * 2


def test_an_order_that_waits_is_handed_over_once_it_is_filled():
    panel = closes("TCCC")
    panel.prices[1, 0, 4] = 0.0
    run = folded(panel, slot(by_regime(C=TAKES | {"max_exposure": 0.05, "stop_loss": 0.03})))
    assert said(run) == [E, Reason.HOLD_ORDER, LESS, H]
    assert owners(run) == [Regime.TRENDING, Regime.CRISIS]
    assert [(one.before, one.after) for one in run.switched()] == [
        (None, Regime.TRENDING),
        (Regime.TRENDING, Regime.CRISIS),
    ]


def test_a_position_whose_bar_is_blocked_is_handed_over_at_the_next():
    panel = closes("TTCCC")
    panel.codes[2, 0, 1] = int(Reason.REFUSED_STALE)
    run = folded(panel, slot(by_regime(C=TAKES | {"max_exposure": 0.05})))
    assert said(run) == [E, H, Reason.REFUSED_STALE, LESS, H]
    assert [one.bar for one in run.switched()] == run.panel.ts[[0, 3]].tolist()


def test_too_little_to_be_sold_is_not_given_up():
    venue = FREE._replace(min_notional=1_900.0)
    panel = closes("TTRR", [100.0, 100.0, 90.0])
    run = folded(panel, slot(by_regime(T={"leaves": 1.0}), venue=venue))
    assert said(run)[2:] == [Reason.REFUSED_MIN_NOTIONAL] * 2


CONTROLLER = plain_controller()._replace(adaptive=1.0, underperformance=0.05, recovery=0.02)


def losing(regimes, *changes, **rules):
    """A trade in `T` that loses a tenth: bought at 100 on bar 1, stopped at 90 on bar 2."""
    panel = closes(regimes, [100.0, 100.0, 90.0])
    panel.figures[:, 0, 0] = 50.0
    return folded(panel, slot(by_regime(FIFTH._replace(stop_loss=0.1), **rules)), controller=CONTROLLER)


def test_every_cause_by_hand():
    """Benched at the third decision with its loss on record; back once that is forgotten."""
    forgetful = CONTROLLER._replace(memory_days=1.0)
    panel = closes("T" * 10, [100.0, 100.0, 90.0])
    panel.figures[:3, 0, 0] = 50.0
    panel.ts[6:] += 2 * 86_400_000_000
    run = folded(panel, slot(by_regime(FIFTH._replace(stop_loss=0.1, entry_multiple=0.0))), controller=forgetful)
    found = [(one.bar, one.before, one.after, one.cause) for one in run.switched()]
    ts = run.panel.ts.tolist()
    assert found == [
        (ts[0], None, Regime.TRENDING, Cause.REGIME),
        (ts[4], Regime.TRENDING, Regime.VOLATILE, Cause.UNDERPERFORMED),
        (ts[8], Regime.VOLATILE, Regime.TRENDING, Cause.RECOVERED),
    ]
    assert {(one.system, one.symbol) for one in run.switched()} == {("swing", "A")}


def test_nobody_is_left_in_a_crisis_and_positions_live_on():
    """That of the crisis lost; what a trend's opened before lives on in the next one."""
    panel = closes("CCCCCTTCC", [100.0, 100.0, 90.0])
    panel.figures[:, 0, 0] = [50.0, 0, 0, 0, 0, 50.0, 0, 0, 0]
    for leaves, then in ((0.0, [H, H]), (1.0, [X, Reason.REFUSED_NOBODY])):
        rules = by_regime(FIFTH._replace(stop_loss=0.1), T={"leaves": leaves, "stop_loss": OFF})
        run = folded(panel, slot(rules), controller=CONTROLLER)
        assert said(run)[4:] == [Reason.REFUSED_NOBODY, E, H, *then]
        assert [one.after for one in run.switched()] == [Regime.CRISIS, None, Regime.TRENDING, None]
        assert [one.cause for one in run.switched()][1] is Cause.UNDERPERFORMED


def test_where_nobody_is_in_charge_no_weight_is_bought():
    panel = closes("CCCCCCC", [100.0, 100.0, 90.0])
    rules = by_regime(FIFTH._replace(stop_loss=0.1), V={"weight": 0.5})
    run = folded(panel, slot(rules), controller=CONTROLLER)
    assert said(run)[-2:] == [Reason.REFUSED_NOBODY] * 2
    assert len(run.orders) == 1


def test_a_stand_in_stays_though_another_does_better():
    """Symbol A's trend specialist is benched and the volatile one stands in; B's range then earns: A keeps its own."""
    panel = closes("T" * 12, [100.0, 100.0, 90.0], [100.0] * 6 + [120.0])
    panel.codes[:, 1, 0] = int(Regime.RANGING)
    panel.figures[:, 0, 0], panel.figures[:, 1, 0] = [50.0, *[0.0] * 11], [50.0, *[0.0] * 11]
    rules = by_regime(FIFTH._replace(stop_loss=0.1, take_profit=0.1))
    run = folded(panel, slot(rules), slot(rules, 1), controller=CONTROLLER)
    assert run.state.records[0, Regime.RANGING, 1] > 0.0
    assert run.state.position(0).charge == Regime.VOLATILE
    assert [one.symbol for one in run.switched()] == ["A", "B", "A"]


@pytest.mark.parametrize(("crowded_at", "units"), [(0.19, 10.0), (0.2, 20.0), (OFF, 20.0)])
def test_beside_much_else_an_entry_is_smaller(crowded_at, units):
    """2000 of 10,000 wait to be bought when the second symbol is decided; a haven counts for nothing."""
    crowded = plain_controller()._replace(crowded_at=crowded_at, crowded_share=0.5)
    panel = closes("TT", [100.0], [100.0])
    both = slot(by_regime()), slot(by_regime(), 1)
    assert folded(panel, *both, controller=crowded).orders[:, 2].tolist() == [20.0, units]
    haven = slot(by_regime(FIFTH._replace(weight=0.5)), 0, haven=True)
    assert folded(panel, haven, both[1], controller=crowded).orders[1, 2] == 20.0
    assert CAPITAL == 10_000.0
