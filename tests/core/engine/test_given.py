"""What a venue did with a live book's orders, booked by the same fold that simulates fills."""

import math

import numpy as np
import pytest
from drawn_markets import CAPITAL, GENEROUS
from hand_panels import FIFTH, FREE, panel_of
from single import packed

from models.engine import GivenFill, run_backtest
from models.engine.tables import FILL_FEE, FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_SLIP, FILL_T
from models.types import Leg, Reason, Regime

QUIET = (100.0, 100.0, 100.0, 100.0)
ONCE = [50.0, *[math.nan] * 9]
STOP = FIFTH._replace(stop_loss=0.05)
LIVELY = FIFTH._replace(stop_loss=0.01, take_profit=0.02, trail=0.015, partial_at=0.01, partial_share=0.5)
DEAR = FREE._replace(taker_fee=0.001, maker_fee=0.0005, half_spread=0.0002, lot=0.001)


def run(panel, given=(), rules=STOP, venue=FREE, simulates=False):
    return run_backtest(panel, *packed(GENEROUS, (rules,) * len(Regime), (venue,), CAPITAL), given, simulates=simulates)


def legs(done):
    return [(Leg(int(row[FILL_LEG])), row[FILL_QUANTITY], row[FILL_PRICE]) for row in done.fills]


def fill(t, leg, quantity, price, fee=0.0, slip=0.0):
    return GivenFill(t, 0, leg, quantity, price, fee, slip)


def test_without_the_simulator_nothing_is_filled_and_the_order_waits():
    done = run(panel_of([QUIET, QUIET, (100.0, 100.0, 90.0, 91.0)], ONCE))
    assert legs(done) == []
    assert done.state.position(0).ordered == 20.0


def test_no_level_is_executed_by_a_bar():
    panel = panel_of([QUIET, QUIET, (100.0, 100.0, 90.0, 91.0)], ONCE)
    done = run(panel, [fill(1, Leg.ENTRY, 20.0, 100.0)])
    assert legs(done) == [(Leg.ENTRY, 20.0, 100.0)]
    assert done.state.position(0).stop == 95.0


def test_a_part_opens_the_position_and_the_rest_is_added():
    panel = panel_of([QUIET, QUIET, QUIET], ONCE)
    done = run(panel, [fill(1, Leg.ENTRY, 12.0, 100.0, 0.5), fill(2, Leg.ADD, 8.0, 101.0, 0.25)])
    position = done.state.position(0)
    assert (position.quantity, position.ordered) == (20.0, 0.0)
    assert position.entry == pytest.approx((1200.0 + 808.0) / 20.0)
    assert done.state.account(0).cash == pytest.approx(CAPITAL - 1200.0 - 808.0 - 0.75)
    assert done.state.account(0).fees == 0.75


def test_an_entry_that_is_over_leaves_nothing():
    done = run(panel_of([QUIET, QUIET], ONCE), [fill(1, Leg.EXPIRED, 0.0, 0.0)])
    assert (done.state.position(0).ordered, done.state.position(0).quantity) == (0.0, 0.0)
    assert legs(done) == []


def test_an_entry_whose_fees_left_nothing_has_cost_what_was_paid():
    done = run(panel_of([QUIET, QUIET], ONCE), [fill(1, Leg.EXPIRED, 0.0, 0.0, 0.1)])
    assert (done.state.position(0).ordered, done.state.account(0).cash) == (0.0, CAPITAL - 0.1)
    assert done.state.account(0).fees == 0.1


def test_units_that_left_without_an_order_leave_the_rest_as_it_is():
    panel = panel_of([QUIET, QUIET, QUIET], ONCE)
    done = run(panel, [fill(1, Leg.ENTRY, 20.0, 100.0), fill(2, Leg.EXTERNAL, -5.0, 100.0)])
    position = done.state.position(0)
    assert (position.quantity, position.ordered, position.stop) == (15.0, 0.0, 95.0)


def test_what_a_stop_could_not_sell_is_ordered_at_market():
    panel = panel_of([QUIET, QUIET, QUIET], ONCE)
    done = run(panel, [fill(1, Leg.ENTRY, 20.0, 100.0), fill(2, Leg.STOP, -15.0, 95.0)])
    assert (done.state.position(0).quantity, done.state.position(0).ordered) == (5.0, -5.0)


def test_a_frozen_symbol_keeps_its_waiting_order_whatever_stops():
    panel = panel_of([QUIET, QUIET], ONCE)
    panel.codes[1, 0, 1] = int(Reason.REFUSED_FROZEN)
    panel.events[1, 1] = 2.0
    done = run(panel)
    assert done.state.position(0).ordered == 20.0
    assert done.reasons[1, 0] == int(Reason.REFUSED_FROZEN)


@pytest.mark.parametrize("seed", range(8))
def test_the_simulators_own_fills_given_from_outside_make_the_same_book_to_the_bit(seed):
    rng = np.random.default_rng(seed)
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.006, 400)))
    opens = np.concatenate([[100.0], closes[:-1]])
    spread = np.abs(rng.normal(0.0, 0.004, (2, 400)))
    highs, lows = np.maximum(opens, closes) * (1.0 + spread[0]), np.minimum(opens, closes) * (1.0 - spread[1])
    panel = panel_of(np.column_stack((opens, highs, lows, closes)).tolist(), rng.normal(0.0, 60.0, 400).tolist())
    simulated = run(panel, rules=LIVELY, venue=DEAR, simulates=True)
    given = [
        GivenFill(
            int(row[FILL_T]), int(row[FILL_ROW]), Leg(int(row[FILL_LEG])), row[FILL_QUANTITY], row[FILL_PRICE],
            row[FILL_FEE], row[FILL_SLIP],
        )
        for row in simulated.fills
    ]  # fmt: skip
    live = run(panel, given, LIVELY, DEAR)
    assert len(given) > 40
    assert {one.leg for one in given} >= {Leg.ENTRY, Leg.STOP, Leg.PARTIAL}
    for name in ("orders", "fills", "reasons", "held", "equities"):
        np.testing.assert_array_equal(getattr(live, name), getattr(simulated, name))
    for name in ("accounts", "book", "records", "ladder"):
        np.testing.assert_array_equal(getattr(live.state, name), getattr(simulated.state, name))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (fill(1, Leg.ENTRY, math.nan, 100.0), "finite"),
        (fill(1, Leg.ENTRY, 1.0, 0.0), "above zero"),
        (fill(1, Leg.ENTRY, 0.0, 100.0), "finite fill"),
        (fill(7, Leg.ENTRY, 1.0, 100.0), "not there"),
        (GivenFill(1, 3, Leg.ENTRY, 1.0, 100.0, 0.0, 0.0), "not there"),
    ],
)
def test_an_unsound_fill_is_refused(given, why):
    with pytest.raises(ValueError, match=why):
        run(panel_of([QUIET, QUIET], ONCE), [given])
