"""What the search for faults found, each by hand: a position that turns, a stop that is forgotten, a day too long."""

import json
from collections import Counter

import numpy as np
import pytest
from hand_panels import FIFTH, FREE, panel_of, run_of

from models.engine.tables import FILL_LEG, FILL_QUANTITY, FILL_T
from models.specialists import OFF
from models.types import Leg
from models.types.timeframes import DAY, HOUR

pytestmark = pytest.mark.risk

QUIET = (100.0, 100.0, 100.0, 100.0)


def legs(run):
    return [(Leg(int(row[FILL_LEG])), row[FILL_QUANTITY]) for row in run.fills]


def test_a_target_finds_nothing_where_the_exit_took_all_that_the_bar_gave():
    """20 units are ordered away and the bar gives 3: they go at the open, and the target sells none of the 17."""
    bars = [QUIET, QUIET, (*QUIET[:1], 106.0, 100.0, 100.0, 3.0), QUIET, QUIET]
    panel = panel_of(bars, edges=[50.0, -1.0, np.nan, np.nan, np.nan])
    found = run_of(panel, FIFTH._replace(exit_edge=0.0, take_profit=0.05))
    assert found.held[:, 0].tolist() == [0.0, 20.0, 17.0, 0.0, 0.0]
    assert legs(found) == [(Leg.ENTRY, 20.0), (Leg.EXIT, -3.0), (Leg.EXIT, -17.0)]


def test_a_partial_profit_is_never_more_than_what_the_exit_left_of_the_volume():
    """16 of 20 go at the open; the partial profit of 10 finds no buyer in a bar of 16."""
    bars = [QUIET, QUIET, (100.0, 102.0, 100.0, 100.0, 16.0), QUIET]
    rules = FIFTH._replace(exit_edge=0.0, partial_at=0.01, partial_share=0.5)
    found = run_of(panel_of(bars, edges=[50.0, -1.0, np.nan, np.nan]), rules)
    assert found.held[:, 0].tolist() == [0.0, 20.0, 4.0, 0.0]
    assert legs(found) == [(Leg.ENTRY, 20.0), (Leg.EXIT, -16.0), (Leg.EXIT, -4.0)]


@pytest.mark.parametrize(("volume", "first"), [(0.15, 0.1), (0.05, 0.0)])
def test_what_a_stop_could_not_close_stays_ordered_be_it_a_part_or_all(volume, first):
    """The bar trades through the stop at 95 and gives a lot or less; the price comes back above it."""
    bars = [QUIET, QUIET, (100.0, 100.0, 94.0, 100.0, volume), QUIET]
    found = run_of(panel_of(bars, edges=[50.0, np.nan, np.nan, np.nan]), FIFTH._replace(stop_loss=0.05))
    assert found.held[:, 0].tolist() == [0.0, 20.0, 20.0 - first, 0.0]


def test_without_a_stop_there_is_no_distance_that_a_target_is_a_multiple_of():
    """As for a short position."""
    (long,) = run_of(panel_of([QUIET]), FIFTH._replace(take_ratio=1.0)).intents()
    (short,) = run_of(panel_of([QUIET], [-50.0]), FIFTH._replace(take_ratio=1.0), FREE._replace(shorts=1.0)).intents()
    assert (long.stop, short.stop, short.target) == (None, None, None)
    assert long.target is None


def test_the_fill_on_the_first_bar_of_a_day_is_one_of_that_day():
    """Ordered at eleven, filled at midnight, stopped there; the next one is the second of that day."""
    crash = (100.0, 100.0, 90.0, 100.0)
    bars = [QUIET, crash, crash, crash, crash]
    rules = FIFTH._replace(stop_loss=0.05, max_entries=1.0)
    panel = panel_of(bars, start=18_000 * DAY + 23 * HOUR)
    found = run_of(panel, rules)
    opened = found.fills[found.fills[:, FILL_LEG] == Leg.ENTRY]
    days = Counter(int(panel.ts[int(row[FILL_T])] // DAY) for row in opened)
    assert max(days.values()) == 1


def test_carry_is_paid_for_the_midnights_that_a_position_was_held_over():
    """Ordered on Friday, filled on Monday morning, held over one midnight: one day's carry, not four."""
    panel = panel_of([QUIET] * 3, start=18_000 * DAY + 23 * HOUR)
    panel.ts[:] = np.array([18_000, 18_003, 18_004]) * DAY + 12 * HOUR
    found = run_of(panel, venue=FREE._replace(long_carry=0.001))
    assert found.state.account(0).carry == pytest.approx(20.0 * 100.0 * 0.001)


def test_best_is_of_the_bars_since_the_entry():
    """The bar was at 110 before it came down to the limit: a stop that trails has not seen that."""
    bars = [QUIET, (105.0, 110.0, 98.0, 99.0), QUIET]
    found = run_of(panel_of(bars, [50.0, np.nan, np.nan]), FIFTH._replace(limit_offset=0.01, trail=0.05))
    assert found.held[-1, 0] > 0.0


def test_a_target_at_the_open_is_passed_only_through_its_ticks():
    """The open touches the target, and the price goes a tick less than `through` beyond it, then to the stop."""
    rules = FIFTH._replace(stop_loss=0.05, take_profit=0.05, partial_at=0.04, partial_share=0.5, max_bars=OFF)
    bars = [QUIET, QUIET, (105.0, 105.0, 94.0, 95.0)]
    found = run_of(panel_of(bars, [50.0, np.nan, np.nan]), rules, FREE._replace(through=1.0))
    assert Leg.TARGET not in [leg for leg, _ in legs(found)]


def test_the_journal_can_write_down_every_state():
    """It refuses NaN; an average true range that nobody asks for may be unknown."""
    panel = panel_of([QUIET, QUIET])
    panel.figures[:, 0, 2] = np.nan
    state = run_of(panel).state
    assert state.position(0).quantity == 20.0
    json.dumps([state.accounts.tolist(), state.book.tolist()], allow_nan=False)
