"""Stops at the edges: exits beside trims, what has no bar, nothing and debts, what is not known, two at once."""

import numpy as np
import pytest
from drawn_markets import CAPITAL, GENEROUS
from hand_books import OPEN_HANDED, by_regime, closes, folded, said, slot
from hand_panels import FIFTH, FREE, panel_of, run_of

from models.engine import System, first_state, parameters_of, run_backtest
from models.engine.panel import BREAKER, FLOW, FORCED, GATE, RELEASE
from models.meta import plain_controller
from models.risk import no_house
from models.types import Breaker, Level, Reason

pytestmark = pytest.mark.risk

R = Reason
QUIET = (100.0, 100.0, 100.0, 100.0)


@pytest.mark.parametrize("least", [0.0, 1_900.0])
def test_a_trim_stops_no_exit(least):
    """20 units may stay a bar; at the second bar they are due, and what is at risk is a little above its cap."""
    house = no_house()._replace(max_var=0.0199, halt_var=0.0199)
    panel = panel_of([QUIET] * 5)
    panel.tails[1:, 0, :2] = 0.1
    run = run_of(panel, FIFTH._replace(max_bars=1.0), FREE._replace(min_notional=least), house=house)
    assert said(run)[1] == R.EXIT_TIME
    assert run.held[2, 0] == 0.0


def test_a_trim_stops_no_trailing():
    house = no_house()._replace(max_var=0.0209, halt_var=0.0209)
    panel = panel_of([QUIET, (100.0, 110.0, 100.0, 110.0), (110.0, 110.0, 110.0, 110.0)])
    panel.tails[1:, 0, :2] = 0.1
    run = run_of(panel, FIFTH._replace(trail=0.05), FREE._replace(min_notional=1_500.0), house=house)
    assert run.state.position(0).stop == 104.5


@pytest.mark.parametrize("gate", [R.REFUSED_NO_BAR, R.REFUSED_STALE, R.REFUSED_DATA])
def test_what_waits_is_withdrawn_without_a_bar(gate):
    panel = panel_of([QUIET] * 4)
    panel.prices[1, 0] = np.nan
    panel.codes[1, 0, GATE] = int(gate)
    panel.events[1, FORCED], panel.events[1, BREAKER] = Level.FLATTEN, Breaker.PERSON
    assert not run_of(panel).held.any()


@pytest.mark.parametrize("column", [RELEASE, FORCED, BREAKER, FLOW])
def test_nothing_from_outside_is_lost_where_nobody_decides(column):
    panel = panel_of([QUIET] * 3)
    panel.decided[1] = False
    panel.events[1, column] = 1.0
    with pytest.raises(ValueError, match="a row of the panel that is decided"):
        run_of(panel)
    panel.decided[1] = True
    assert run_of(panel).equity[-1] == CAPITAL + (1.0 if column == FLOW else 0.0)


def test_a_persons_stop_beside_another_one_stays():
    """A loss reduces for a day; a person stops at the same level on that day, for ten."""
    house = no_house()._replace(daily_loss=0.03, reduce_days=1.0)
    panel = panel_of([QUIET, (100.0, 100.0, 80.0, 80.0), *[(80.0,) * 4] * 30])
    panel.events[2, FORCED], panel.events[2, BREAKER] = Level.REDUCE, Breaker.PERSON
    run = run_of(panel, house=house)
    assert [one.breaker for one in run.ladder_events() if one.tripped] == [Breaker.DAILY_LOSS, Breaker.PERSON]


def test_the_same_stop_from_outside_is_told_once():
    panel = panel_of([QUIET] * 5)
    panel.events[1:4, FORCED] = Level.PAUSE, Level.PAUSE, Level.REDUCE
    panel.events[1:4, BREAKER] = Breaker.FEED
    run = run_of(panel)
    assert [one.level for one in run.ladder_events()] == [Level.PAUSE, Level.REDUCE]
    assert run.state.ladder[11] == 2.0


def test_a_stop_that_only_a_person_ends_is_not_ended_by_days():
    house = no_house()._replace(pause_days=0.0, reduce_days=1.0, daily_loss=0.03)
    panel = panel_of([QUIET, QUIET, (100.0, 100.0, 80.0, 80.0), *[(80.0,) * 4] * 30])
    panel.events[1, FORCED], panel.events[1, BREAKER] = Level.PAUSE, Breaker.PERSON
    assert run_of(panel, house=house).state.ladder[6] >= Level.PAUSE


@pytest.mark.parametrize("flow", [0.0, 5_000.0])
def test_a_system_without_capital_is_no_error(flow):
    """As where a share of the capital is zero, or an account is paid in later."""
    panel = closes("TTT")
    panel.events[1, FLOW] = flow
    nothing = System("long", 0.0, OPEN_HANDED, plain_controller(), (slot(by_regime(FIFTH)),))
    run = folded(panel, slot(by_regime(FIFTH)), others=(nothing,))
    assert np.isfinite(run.trips).all()
    assert run.state.account(1).paused_until == 0.0


def test_an_empty_account_may_be_paid_in():
    panel = panel_of([QUIET] * 3)
    panel.events[1, FLOW] = 5_000.0
    profile = GENEROUS._replace(max_drawdown=9.0)
    systems = (System("swing", 0.0, profile, plain_controller(), (slot(by_regime(FIFTH)),)),)
    run = run_backtest(panel, parameters_of(systems, no_house()), first_state(systems))
    assert run.equity[-1] == 5_000.0


def test_a_withdrawal_of_everything_trips_nothing():
    panel = panel_of([QUIET] * 3, edges=[0.0] * 3)
    panel.events[1, FLOW] = -CAPITAL
    run = run_of(panel, house=no_house()._replace(max_drawdown=0.2))
    assert run.ladder_events() == []


def ruined(**house):
    """Sold short at 100 on a tenth of margin, twice the equity; the next bar opens at 300."""
    venue = FREE._replace(margin=0.1, maintenance=0.05, shorts=1.0, class_limit=9.0)
    panel = panel_of([QUIET, QUIET, (300.0,) * 4, *[(300.0,) * 4] * 4], edges=[-50.0, -50.0])
    rules = FIFTH._replace(size=2.0)
    return run_of(panel, rules, venue, OPEN_HANDED, no_house()._replace(**house))


def test_debts_are_no_value_at_risk():
    run = ruined()
    assert run.equity[-1] < 0.0
    assert Breaker.VAR not in [one.breaker for one in run.ladder_events()]


def test_a_payment_into_debts_forgets_no_loss():
    venue = FREE._replace(margin=0.1, maintenance=0.05, shorts=1.0, class_limit=9.0)
    panel = panel_of([QUIET, QUIET, (300.0,) * 4, *[(300.0,) * 4] * 4], edges=[-50.0, -50.0])
    panel.events[4, FLOW] = 60_000.0
    panel.tails[:, 0, :2] = 0.01
    house = no_house()._replace(max_drawdown=0.5)
    run = run_of(panel, FIFTH._replace(size=2.0), venue, OPEN_HANDED, house)
    assert (run.state.ladder[1:3] > 0.0).all()
    assert (run.state.accounts[:, 2] > 0.0).all()


def test_what_is_not_known_is_not_nothing():
    """A second entry is sized as if the first were not there."""
    panel = closes("TTTT", [100.0], [100.0])
    panel.figures[:, 1, 0] = 0.0, 0.0, 50.0, 50.0
    panel.tails[:, :, :2] = 0.05
    panel.tails[2:, 0, :2] = np.nan
    house = no_house()._replace(max_var=0.015)
    run = folded(panel, slot(by_regime(FIFTH)), slot(by_regime(FIFTH), 1), house=house)
    assert (run.held[-1] * 100.0 * 0.05).sum() <= 0.015 * CAPITAL


@pytest.mark.parametrize(("cap", "held"), [(0.5, 0.0), (np.inf, 20.0)])
def test_a_waiting_entry_whose_tail_is_not_known_leaves_no_room_either(cap, held):
    """It waits in a bar without volume; where nothing caps what may be lost, nobody asks."""
    panel = closes("TTTT", [100.0], [100.0])
    panel.figures[:, 1, 0] = 0.0, 50.0, 0.0, 0.0
    panel.prices[1, 0, 4] = 0.0
    panel.tails[:, :, :2] = 0.01
    panel.tails[1, 0, :2] = np.nan
    run = folded(panel, slot(by_regime(FIFTH)), slot(by_regime(FIFTH), 1), house=no_house()._replace(max_var=cap))
    assert said(run)[1] == R.HOLD_ORDER
    assert run.held[-1].tolist() == [20.0, held]
    assert run.ladder_events() == []


def test_a_trim_leaves_out_what_is_withdrawn():
    """20 units wait on a bar without volume, 20 are held; without those that are withdrawn it is at its cap."""
    panel = closes("TTT", [100.0], [100.0])
    panel.figures[:2, 1, 0] = 0.0, 50.0
    panel.prices[2, 1, 4] = 0.0
    panel.tails[:2, :, :2], panel.tails[2, :, :2] = 0.01, 0.1
    house = no_house()._replace(max_var=0.02, halt_var=0.025)
    run = folded(panel, slot(by_regime(FIFTH)), slot(by_regime(FIFTH), 1), house=house)
    assert said(run, 1)[2] == R.HOLD_WITHDRAWN
    assert said(run)[2] == R.HOLD_POSITION


def test_a_waiting_trim_becomes_an_exit_under_a_flatten():
    panel = panel_of([QUIET, QUIET, [*QUIET, 0.0], QUIET, QUIET])
    panel.tails[1, 0, :2] = 0.1
    panel.events[2, FORCED], panel.events[2, BREAKER] = Level.FLATTEN, Breaker.PERSON
    run = run_of(panel, house=no_house()._replace(max_var=0.01, halt_var=0.015))
    assert said(run)[1] == R.REDUCE_RISK
    assert run.held[3, 0] == 0.0


def test_a_waiting_trim_stays_where_all_of_it_is_too_small_to_be_sold():
    """Half of 20 units waits; at 40 all of them are worth less than the smallest order."""
    panel = panel_of([QUIET, QUIET, (100.0, 100.0, 40.0, 40.0, 0.0), *[(40.0,) * 4] * 2])
    panel.tails[1, 0, :2] = 0.1
    panel.events[2, FORCED], panel.events[2, BREAKER] = Level.FLATTEN, Breaker.PERSON
    house = no_house()._replace(max_var=0.01, halt_var=0.015)
    run = run_of(panel, venue=FREE._replace(min_notional=900.0), house=house)
    assert said(run)[1:3] == [R.REDUCE_RISK, R.REFUSED_MIN_NOTIONAL]
    assert run.held[1:4, 0].tolist() == [20.0, 20.0, 10.0]


def test_a_deposit_goes_to_no_system_that_owes():
    """Swing is sold short twice its equity at 100 and opens at 300; long still has its 50,000."""
    panel = closes("TTTTT", [100.0, 100.0, 300.0])
    panel.prices[2, 0, :4] = 300.0
    panel.figures[0, 0, 0] = -50.0
    panel.events[4, FLOW] = 1_000.0
    venue = FREE._replace(margin=0.1, maintenance=0.05, shorts=1.0, class_limit=9.0)
    other = System("long", 50_000.0, OPEN_HANDED, plain_controller(), (slot(by_regime(FIFTH._replace(share=0.0))),))
    run = folded(panel, slot(by_regime(FIFTH._replace(size=2.0)), venue=venue), others=(other,))
    assert run.equities[3, 0] < 0.0
    assert (run.equities[4] - run.equities[3]).tolist() == [0.0, 1_000.0]
