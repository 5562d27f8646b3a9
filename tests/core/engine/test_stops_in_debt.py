"""Stops where there is debt, nothing left, or an entry that is withdrawn at the same close."""

import numpy as np
import pytest
from drawn_markets import CAPITAL
from hand_books import OPEN_HANDED, by_regime, closes, folded, said, slot
from hand_panels import FIFTH, FREE, panel_of, run_of

from models.engine import System
from models.engine.panel import BREAKER, FLOW, FORCED
from models.meta import plain_controller
from models.risk import no_house
from models.types import Breaker, Level, Reason
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk

R = Reason
QUIET = (100.0, 100.0, 100.0, 100.0)
ON_MARGIN = FREE._replace(margin=0.1, maintenance=0.05, shorts=1.0, class_limit=9.0)


def indebted(other, columns=1, step=None, house=None, more=()):
    """Swing is sold short twice its equity at 100 and opens at 300: debts of 30,000 beside what `other` does."""
    bars = "TTTTTT"
    panel = closes(bars, [100.0, 100.0, 300.0], *more, **({} if step is None else {"step": step}))
    panel.prices[2, 0, :4] = 300.0
    panel.figures[:, 0, 0] = -50.0, 0.0, 0.0, 0.0, 0.0, 0.0
    rules = FIFTH._replace(size=2.0)
    return panel, lambda: folded(panel, slot(by_regime(rules), venue=ON_MARGIN), others=(other,), house=house)


def test_no_limit_is_no_limit_where_the_account_owes():
    other = System("long", 5_000.0, OPEN_HANDED, plain_controller(), (slot(by_regime(FIFTH), 1),))
    panel, run = indebted(other, more=([100.0],))
    panel.figures[:, 1, 0] = 0.0, 0.0, 0.0, 50.0, 50.0, 50.0
    panel.tails[:, :, :2] = 0.05
    run = run()
    assert run.equity[-1] < 0.0
    assert said(run, 1)[3] == R.ENTER_EDGE
    assert np.isinf(run.orders[-1, 12:]).any()
    assert not np.isnan(run.orders).any()
    assert run.held[-1, 1] == 10.0


def test_debts_that_grow_trip_no_breaker_that_is_off():
    other = System("long", 5_000.0, OPEN_HANDED, plain_controller(), (slot(by_regime(FIFTH), 1),))
    panel, run = indebted(other, more=([100.0, 100.0, 100.0, 100.0, 90.0, 80.0],), step=DAY)
    panel.figures[:, 1, 0] = 50.0, 0.0, 0.0, 0.0, 0.0, 0.0
    assert [one for one in run().ladder_events() if not one.system] == []


@pytest.mark.parametrize("cap", [0.0, 1e-20])
def test_a_reduction_to_nothing_is_no_flatten(cap):
    panel = panel_of([QUIET] * 5)
    panel.tails[:1, 0, :2] = 0.0
    panel.tails[1:, 0, :2] = 0.1
    house = no_house()._replace(max_var=cap, halt_var=0.001)
    run = run_of(panel, FIFTH._replace(max_bars=2.0), house=house)
    assert said(run)[1] == R.REDUCE_RISK
    run = run_of(panel, FIFTH._replace(max_bars=1.0), house=house)
    assert said(run)[1] == R.EXIT_TIME


def test_what_is_withdrawn_is_no_exposure_of_a_handover():
    """20 units are held, 20 wait on a bar without volume: 2,000 of 2,500 are left when those are withdrawn."""
    panel = closes("TTVV", [100.0], [100.0])
    panel.figures[:3, 1, 0] = 0.0, 50.0, 50.0
    panel.prices[2, 1, 4] = 0.0
    panel.events[2, FORCED], panel.events[2, BREAKER] = Level.REDUCE, Breaker.PERSON
    rules = by_regime(FIFTH, V={"takes_over": 1.0, "max_exposure": 0.25})
    run = folded(panel, slot(rules), slot(by_regime(FIFTH), 1))
    assert said(run, 1)[1:3] == [R.ENTER_EDGE, R.HOLD_WITHDRAWN]
    assert said(run)[2] == R.HOLD_POSITION


def test_a_withdrawal_of_everything_after_a_loss_trips_nothing():
    """A tenth of it was lost, a fifth may be."""
    panel = panel_of([QUIET, QUIET, (100.0, 100.0, 50.0, 50.0), *[(50.0,) * 4] * 4], edges=[50.0])
    panel.events[4, FLOW] = -9_000.0
    run = run_of(panel, FIFTH._replace(max_bars=2.0), house=no_house()._replace(max_drawdown=0.2))
    assert run.equity[-1] == 0.0
    assert [one for one in run.ladder_events() if not one.system] == []


def test_an_empty_account_without_limits_has_its_full_share():
    panel = panel_of([QUIET] * 3, edges=[0.0] * 3)
    panel.events[1, FLOW] = -CAPITAL
    run = run_of(panel)
    assert run.state.ladder[9] == 1.0
