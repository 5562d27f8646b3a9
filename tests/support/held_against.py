"""A run of the compiled fold held against the plain engine: decisions to the bit, money within rounding."""

import numpy as np
import pytest
from drawn_markets import Books, Market
from plain_desk import Desk
from plain_engine import SUMS, Branch

from models.engine import Run, run_backtest
from models.engine.tables import ORDER_CAPS
from models.meta import NOBODY
from models.meta.records import AS_OF, COUNT, DAYS, LOOKBACK, RETURNS
from models.risk import CAP_BOUNDS, Ladder
from models.types import Leg, Regime

NEAR = 1e-9


def both(market: Market | Books) -> tuple[Run, Desk]:
    """The same market through both."""
    run = run_backtest(market.panel, market.parameters(), market.start())
    return run, Desk(market.systems, market.house).run(market.panel)


def assert_agree(run: Run, desk: Desk) -> None:
    """Orders, fills, switches, stops, reasons, equities, money, records and what is held at the end."""
    _assert_stops(run, desk)
    assert run.orders[:, :ORDER_CAPS].tolist() == [_order(one) for one in desk.orders]
    caps = np.array([[one.caps.get(bound.name, np.inf) for bound in CAP_BOUNDS] for one in desk.orders])
    expected = [_fill(*one) for one in desk.fills]
    assert run.fills[:, [0, 1, 2, 3, 4, 8, 9]].tolist() == [one[0] for one in expected]
    assert run.switches.tolist() == desk.switches
    money = np.array([one[1] for one in expected]).reshape(-1, 3)
    capital = max(branch.system.capital for branch in desk.branches)
    scale = max(capital, *(branch.money["traded"] for branch in desk.branches))
    np.testing.assert_allclose(run.orders[:, ORDER_CAPS:], caps.reshape(-1, len(CAP_BOUNDS)), 1e-7, NEAR * scale)
    np.testing.assert_allclose(run.fills[:, 5:8], money, rtol=NEAR, atol=NEAR * scale)
    assert run.reasons.tolist() == desk.reasons
    assert run.held.tolist() == desk.held
    equities = np.array(desk.equities).reshape(-1, len(desk.branches))
    np.testing.assert_allclose(run.equities, equities, rtol=NEAR, atol=NEAR * scale)
    for k, branch in enumerate(desk.branches):
        _assert_account(run.state.account(k), branch, scale)
        _assert_records(run.state.records[k], branch)
    for stall in desk.stalls:
        _assert_position(run.state.position(stall.row), stall)


def _assert_stops(run: Run, desk: Desk) -> None:
    """Every trip and release, and the ladder at the end."""
    told = [[one.t, one.system, one.tripped, one.level, one.breaker] for one in desk.events]
    assert run.trips[:, :5].tolist() == told
    found = [(one.value, one.limit) for one in desk.events]
    assert run.trips[:, 5:] == pytest.approx(np.array(found).reshape(-1, 2), rel=1e-6, abs=NEAR)
    ladder, stops = Ladder(*run.state.ladder.tolist()), desk.stops
    exact = (-1.0 if stops.day is None else stops.day, stops.level, stops.breaker, stops.until, stops.entries)
    assert (ladder.day, ladder.level, ladder.breaker, ladder.until, ladder.trades) == exact
    assert ladder.trips == stops.trips
    marks = (stops.equity, stops.peak, stops.crest, stops.morning, stops.monday)
    found = (ladder.equity, ladder.peak, ladder.crest, ladder.day_start, ladder.week_start)
    assert found == pytest.approx(marks, rel=NEAR)
    assert ladder.scale == pytest.approx(stops.share, rel=1e-6)


def _assert_account(account, branch: Branch, scale: float) -> None:
    near = lambda value: pytest.approx(value, rel=NEAR, abs=NEAR * scale)  # noqa: E731
    assert (account.cash, account.equity, account.peak) == (near(branch.cash), near(branch.equity), near(branch.peak))
    assert account.day == (-1.0 if branch.today is None else branch.today)
    assert account.paused_until == (branch.pause_end or 0.0)
    for name in SUMS:
        assert getattr(account, name) == near(branch.money[name]), name


def _assert_records(records, branch: Branch) -> None:
    """The last trades in the order of their writing, and who is on the bench."""
    for one in Regime:
        found, bench = records[one], branch.ensemble.benches[one]
        count = len(bench.trades)
        assert (found[COUNT], bool(found[0])) == (count, bench.benched)
        for k in range(max(0, count - LOOKBACK), count):
            gain, day = bench.trades[k]
            assert found[RETURNS + k % LOOKBACK] == pytest.approx(gain, rel=1e-6, abs=1e-9)
            assert found[DAYS + k % LOOKBACK] == day
        if branch.ensemble.controller.adaptive and found[AS_OF] == branch.today:
            assert found[1] == pytest.approx(bench.performance, rel=1e-6, abs=1e-9)


def _assert_position(found, stall) -> None:
    assert (found.last, found.entries) == (stall.last, stall.opened)
    charge, mandate = (NOBODY if one is None else one for one in (stall.charge, stall.mandate))
    assert (found.charge, found.mandate) == (charge, mandate)
    trade = stall.trade
    if trade is None:
        stays = dict.fromkeys(("last", "regime", "owner", "entries", "charge", "mandate"), 0.0)
        assert not any(found._replace(**stays))
        return
    levels = [level or 0.0 for level in (trade.stop, trade.target, trade.partial)]
    assert [found.stop, found.target, found.partial] == levels
    assert (found.quantity, found.ordered, found.limit) == (trade.held, trade.ordered, trade.limit or 0.0)
    assert (found.best, found.age, found.regime, found.owner) == (trade.best, trade.age, trade.regime, trade.owner)
    assert (found.entry, found.atr) == (pytest.approx(trade.entry, rel=NEAR), pytest.approx(trade.atr, rel=NEAR))
    assert (found.cost, found.spent) == (pytest.approx(trade.cost, rel=NEAR), pytest.approx(trade.spent, rel=NEAR))
    assert found.earned == pytest.approx(trade.earned, rel=NEAR, abs=NEAR * max(trade.spent, 1.0))
    # Without its level a part means nothing.
    if trade.partial:
        assert found.part == trade.part


def _order(one) -> list[float]:
    levels = [one.limit, one.stop, one.target, one.partial]
    return [
        *(one.t, one.row, one.quantity, int(one.reason), int(one.bound), one.regime),
        *(level or 0.0 for level in levels),
        *(one.part, one.owner),
    ]


def _fill(t, row, deal, owner) -> tuple[list[float], list[float]]:
    leg = Leg(deal.leg)
    return [t, row, int(leg), deal.quantity, deal.price, deal.regime, owner], [deal.fee, deal.slip, deal.realised]
