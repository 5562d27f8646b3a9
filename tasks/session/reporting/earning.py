"""What a span brought: money, the figures of a session's report, and by whom."""

import math
from collections import Counter
from collections.abc import Sequence

from data.journal import Carried, Decision
from models.portfolio import Account, by_key
from tasks.session.overview.deciding import in_charge_of
from tasks.session.overview.money import profit_of
from tasks.session.reporting.report import Charged, Money
from tasks.session.reporting.window import Window
from tasks.session.review.systems import review_systems
from tasks.session.running.figures import (
    Curve,
    Figure,
    curve_of,
    drawdown_of,
    profit_factor_of,
    sharpe_of,
    slippage_of,
    win_rate_of,
)

NOTHING = "nothing was decided"


def money_of(window: Window) -> Money | None:
    """None where nothing was decided."""
    if not window.decisions:
        return None
    first, last = _begin(window), window.decisions[-1].state_after
    profit = profit_of(last) - profit_of(first)
    begin, end = _equity(first), _equity(last)
    earlier = {one.name: one.profit for one in review_systems(window.stretch[:1], ())} if window.before else {}
    systems = {one.name: one.profit - earlier.get(one.name, 0.0) for one in review_systems(window.decisions[-1:], ())}
    return Money(begin, end, profit, end - begin - profit, systems)


def span_curve(window: Window) -> Curve | None:
    """Equity at each decision of the span, from what stood before it; without deposits."""
    if not window.decisions:
        return None
    curve = curve_of(window.stretch)
    # The decision before has its value in front, and no point of its own.
    return curve if window.before is None else Curve(curve.ts[1:], curve.equity[1:])


def figures_of(window: Window, curve: Curve | None, days_per_year: int, target_bps: float) -> dict[str, Figure]:
    """By the rules of a session's report: one that rests on too little is None, and says why."""
    trades = window.trades
    return {
        "win_rate": win_rate_of(trades),
        "profit_factor": profit_factor_of(trades),
        "sharpe": Figure(None, NOTHING) if curve is None else sharpe_of(curve, days_per_year),
        "max_drawdown": Figure(None, NOTHING) if curve is None else drawdown_of(curve),
        "slippage_bps": slippage_of(window.fills, target_bps),
    }


def specialists_of(window: Window) -> tuple[Charged, ...]:
    """By system and specialist: whoever closed a trade or was in charge."""
    charged = _charged(window.decisions)
    systems = dict.fromkeys([*(one.trade.system for one in window.trades), *(system for system, _ in charged)])
    return tuple(one for system in systems for one in _specialists(window, system, charged))


def _specialists(window: Window, system: str, charged: dict[tuple[str, str], float]) -> list[Charged]:
    closed = {
        row.name: row
        for row in by_key([one.trade for one in window.trades if one.trade.system == system], "specialist")
    }
    names = dict.fromkeys([*closed, *(name for owner, name in charged if owner == system)])
    found = []
    for name in names:
        row = closed.get(name)
        share = charged.get((system, name), 0.0)
        if row is None:
            found.append(Charged(system, name, 0, None, 0.0, 0.0, share))
        else:
            found.append(Charged(system, name, row.trades, row.win_rate, row.profit, row.costs, share))
    return found


def _charged(decisions: Sequence[Decision]) -> dict[tuple[str, str], float]:
    every = [one for decision in decisions for one in in_charge_of(decision)]
    rows = Counter(one.system for one in every)
    counts = Counter((one.system, one.specialist) for one in every if one.specialist is not None)
    return {(system, name): count / rows[system] for (system, name), count in counts.items()}


def _begin(window: Window) -> Carried:
    return window.decisions[0].state_before if window.before is None else window.before.state_after


def _equity(state: Carried) -> float:
    return math.fsum(Account(*row).equity for row in state.accounts.values())
