"""How each trading system does, and what its profit is made of."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from data.journal import Carried, Decision
from models.portfolio import Account, Position, Trade
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.trades import profit_factor, profits_of, win_rate


@dataclass(frozen=True, slots=True)
class SystemReview:
    """One system since its book began, quote currency unless said otherwise.

    Attributes:
        trades: closed ones.
        win_rate: share of them with a profit, 0..1; None without one.
        profit_factor: their gains over their losses; None when none lost.
        max_drawdown: deepest fall of capital and profit from their highest value, open positions included, at
            decisions; fraction. Deposits and withdrawals are in neither.
        realised: of what was closed, after fees and slippage.
        unrealised: of what is open, at the last closes, after the fees of its entries.
        carry: paid for funding and borrowing; negative was received.
        income: dividends.
        profit: realised and unrealised and income, less carry.
    """

    name: str
    capital: float
    trades: int
    win_rate: float | None
    profit_factor: float | None
    max_drawdown: float
    realised: float
    unrealised: float
    carry: float
    income: float
    profit: float

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self)


def review_systems(decisions: Sequence[Decision], trades: Sequence[Trade]) -> tuple[SystemReview, ...]:
    """One for each system of the book's last decision; none before its first."""
    if not decisions:
        return ()
    first, last = decisions[0].state_before, decisions[-1].state_after
    states = [first, *(one.state_after for one in decisions)]
    return tuple(_reviewed(name, states, [one for one in trades if one.system == name]) for name in last.accounts)


def _reviewed(name: str, states: Sequence[Carried], trades: Sequence[Trade]) -> SystemReview:
    capital, profits = _account(states[0], name).equity, profits_of(trades)
    curve = np.array([capital + _profit(one, name) - _profit(states[0], name) for one in states])
    account = _account(states[-1], name)
    return SystemReview(
        name=name,
        capital=capital,
        trades=len(trades),
        win_rate=win_rate(profits),
        profit_factor=profit_factor(profits),
        max_drawdown=deepest_drawdown(curve),
        realised=account.realised,
        unrealised=_unrealised(states[-1], name),
        carry=account.carry,
        income=account.income,
        profit=_profit(states[-1], name),
    )


def _profit(state: Carried, name: str) -> float:
    account = _account(state, name)
    return account.realised + account.income - account.carry + _unrealised(state, name)


def _unrealised(state: Carried, name: str) -> float:
    held = [Position(*row) for row in state.positions[name].values()]
    return math.fsum(one.quantity * one.last - one.cost for one in held if one.quantity != 0.0)


def _account(state: Carried, name: str) -> Account:
    return Account(*state.accounts[name])
