"""A run of the compiled fold held against the plain engine: decisions to the bit, money within rounding."""

import numpy as np
import pytest
from drawn_markets import CAPITAL, Market
from plain_engine import SUMS, Desk

from models.engine import Run, run_backtest
from models.engine.tables import ORDER_OWNER
from models.types import Leg

NEAR = 1e-9


def both(market: Market) -> tuple[Run, Desk]:
    """The same market through both."""
    run = run_backtest(market.panel, market.parameters(), market.start())
    return run, Desk(market.profile, market.rules, market.instruments, CAPITAL).run(market.panel)


def assert_agree(run: Run, desk: Desk) -> None:
    """Orders, fills, reasons, equities, money and what is held at the end."""
    assert run.orders[:, :ORDER_OWNER].tolist() == [_order(one) for one in desk.orders]
    expected = [_fill(*one) for one in desk.fills]
    assert run.fills[:, [0, 1, 2, 3, 4, 8]].tolist() == [one[0] for one in expected]
    money = np.array([one[1] for one in expected]).reshape(-1, 3)
    scale = max(CAPITAL, desk.money["traded"])
    np.testing.assert_allclose(run.fills[:, 5:8], money, rtol=NEAR, atol=NEAR * scale)
    assert run.reasons.tolist() == desk.reasons
    assert run.held.tolist() == desk.held
    np.testing.assert_allclose(run.equity, desk.equities, rtol=NEAR, atol=NEAR * scale)
    account = run.state.account(0)
    near = lambda value: pytest.approx(value, rel=NEAR, abs=NEAR * scale)  # noqa: E731
    assert (account.cash, account.equity, account.peak) == (near(desk.cash), near(desk.equity), near(desk.peak))
    assert (account.day, account.day_start) == (-1.0 if desk.today is None else desk.today, near(desk.morning))
    assert account.paused_until == (desk.pause_end or 0.0)
    for name in SUMS:
        assert getattr(account, name) == near(desk.money[name]), name
    for i, stall in enumerate(desk.stalls):
        _assert_position(run.state.position(i), stall)


def _assert_position(found, stall) -> None:
    assert (found.last, found.entries) == (stall.last, stall.opened)
    trade = stall.trade
    if trade is None:
        stays = dict.fromkeys(("last", "regime", "owner", "entries", "charge", "mandate"), 0.0)
        assert not any(found._replace(**stays))
        return
    levels = [level or 0.0 for level in (trade.stop, trade.target, trade.partial)]
    assert [found.stop, found.target, found.partial] == levels
    assert (found.quantity, found.ordered, found.limit) == (trade.held, trade.ordered, trade.limit or 0.0)
    assert (found.entry, found.best, found.age, found.regime) == (trade.entry, trade.best, trade.age, trade.regime)
    assert found.atr == pytest.approx(trade.atr, rel=NEAR)
    assert found.cost == pytest.approx(trade.cost, rel=NEAR)
    # Without its level a part means nothing.
    if trade.partial:
        assert found.part == trade.part


def _order(one) -> list[float]:
    levels = [one.limit, one.stop, one.target, one.partial]
    return [
        *(one.t, one.row, one.quantity, int(one.reason), int(one.bound), one.regime),
        *(level or 0.0 for level in levels),
        one.part,
    ]


def _fill(t, i, deal) -> tuple[list[float], list[float]]:
    leg = Leg(deal.leg)
    return [t, i, int(leg), deal.quantity, deal.price, deal.regime], [deal.fee, deal.slip, deal.realised]
