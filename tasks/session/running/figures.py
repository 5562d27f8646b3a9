"""The figures of a campaign; one that rests on too few observations does not exist, and says why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.journal import BookedFill, Carried, Decision
from models.portfolio import Account, Position
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import bar_returns, sharpe_ratio
from models.portfolio.slippage import slippage_by
from models.portfolio.trades import profit_factor, profits_of, win_rate
from models.types import FloatArray, IntArray
from models.types.timeframes import DAY
from tasks.session.review.trades import TradeReview

# Fewer say nothing: assumptions.
LEAST_RETURNS, LEAST_TRADES, LEAST_LATENCIES = 20, 10, 100


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, or why there is none."""

    value: float | None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What the campaign's capital and its profit were worth at each decision; deposits and withdrawals are in neither.

    Attributes:
        ts: when it was decided, UTC microseconds, shape (n,).
        equity: quote currency, shape (n,), the value that the first decision found in front of it: shape (n + 1,).
    """

    ts: IntArray
    equity: FloatArray


def curve_of(decisions: Sequence[Decision]) -> Curve:
    """From what the first decision (one at least) found on: what it settled came before the campaign."""
    first = decisions[0].state_after
    begin = math.fsum(Account(*row).equity for row in first.accounts.values())
    profits = [_profit(first), *(_profit(one.state_after) for one in decisions)]
    ts = np.array([one.decided_at for one in decisions], np.int64)
    return Curve(ts, begin + np.array(profits) - profits[0])


def daily(curve: Curve) -> FloatArray:
    """Equity at the beginning and at the end of every UTC day with a decision, shape (n_days + 1,)."""
    days = curve.ts // DAY
    ends = np.flatnonzero(np.append(days[1:] != days[:-1], True))
    return np.concatenate([curve.equity[:1], curve.equity[1:][ends]])


def sharpe_of(curve: Curve, days_per_year: int) -> Figure:
    """Of daily returns, annualised."""
    returns = bar_returns(daily(curve))
    if returns.size < LEAST_RETURNS:
        return Figure(None, f"{returns.size} daily returns, wanted {LEAST_RETURNS}")
    found = sharpe_ratio(returns, float(days_per_year))
    return Figure(found, "" if found is not None else "the equity never moved")


def drawdown_of(curve: Curve) -> Figure:
    """Deepest fall from a high at decisions, fraction."""
    return Figure(deepest_drawdown(np.maximum(curve.equity, 0.0)))


def win_rate_of(trades: Sequence[TradeReview]) -> Figure:
    """Closed trades with a profit after costs, fraction."""
    if len(trades) < LEAST_TRADES:
        return _too_few(len(trades))
    return Figure(win_rate(profits_of([one.trade for one in trades])))


def profit_factor_of(trades: Sequence[TradeReview]) -> Figure:
    """Profits by losses of closed trades."""
    if len(trades) < LEAST_TRADES:
        return _too_few(len(trades))
    found = profit_factor(profits_of([one.trade for one in trades]))
    return Figure(found, "" if found is not None else "no trade lost")


def slippage_of(fills: Sequence[BookedFill], target_bps: float) -> Figure:
    """Of all fills over their value, basis points."""
    rows = slippage_by([one.fill for one in fills], lambda _: "all", target_bps)
    return Figure(rows[0].mean_bps) if rows else Figure(None, "no fill")


def costs_of(fills: Sequence[BookedFill], decisions: Sequence[Decision]) -> dict[str, float]:
    """Fees, slippage and carry (funding, borrowing) that were paid, quote currency."""
    slips = [one.fill.slip for one in fills if math.isfinite(one.fill.slip)]
    carried = _carry(decisions[-1].state_after) - _carry(decisions[0].state_after)
    return {
        "fees": math.fsum(one.fill.fee for one in fills),
        "slippage": math.fsum(slips),
        "carry": carried,
    }


def latency_of(seconds: Sequence[float], share: float) -> Figure:
    """The quantile of seconds from a bar's close to its decision."""
    least = LEAST_LATENCIES if share > 0.5 else 1
    if len(seconds) < least:
        return Figure(None, f"{len(seconds)} decisions, wanted {least}")
    return Figure(float(np.quantile(np.array(seconds), share)))


def _too_few(trades: int) -> Figure:
    return Figure(None, f"{trades} closed trades, wanted {LEAST_TRADES}")


def _profit(state: Carried) -> float:
    parts = [Account(*row) for row in state.accounts.values()]
    held = [Position(*row) for rows in state.positions.values() for row in rows.values()]
    unrealised = [one.quantity * one.last - one.cost for one in held if one.quantity != 0.0]
    return math.fsum([*(one.realised + one.income - one.carry for one in parts), *unrealised])


def _carry(state: Carried) -> float:
    return math.fsum(Account(*row).carry for row in state.accounts.values())
