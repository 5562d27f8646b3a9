"""Where the profit came from: trades grouped by one of their keys."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from models.portfolio.trades import Trade, profit_factor, profits_of, win_rate
from models.types import BadInput

KEYS = ("symbol", "system", "specialist", "regime", "model", "leg")


@dataclass(frozen=True, slots=True)
class Attribution:
    """What the trades of one value of a key made, account currency.

    Attributes:
        name: the value, such as a symbol.
        trades: how many, one at least.
        profit: their sum after costs.
        costs: their fees and slippage.
        win_rate: share of them with a profit, 0..1.
        profit_factor: their gains over their losses; None when none lost.
        average_profit: mean profit of one.
        share: their profit over that of all trades; None unless all together made a profit.
    """

    name: str
    trades: int
    profit: float
    costs: float
    win_rate: float | None
    profit_factor: float | None
    average_profit: float
    share: float | None


def by_key(trades: Iterable[Trade], key: str) -> tuple[Attribution, ...]:
    """One row for each value of `key` (one of KEYS), most profitable first; their profits sum to the whole.

    Raises:
        BadInput: no such key, or a profit is not finite.
    """
    if key not in KEYS:
        raise BadInput(f"trades cannot be grouped by {key!r}; use one of {', '.join(KEYS)}")
    groups: defaultdict[str, list[Trade]] = defaultdict(list)
    for trade in trades:
        groups[getattr(trade, key)].append(trade)
    profits = {name: float(profits_of(group).sum()) for name, group in groups.items()}
    whole = sum(profits.values())
    ranked = sorted(groups, key=lambda name: (-profits[name], name))
    return tuple(_row(name, groups[name], whole) for name in ranked)


def _row(name: str, trades: list[Trade], whole: float) -> Attribution:
    profits = profits_of(trades)
    profit = float(profits.sum())
    return Attribution(
        name=name,
        trades=len(trades),
        profit=profit,
        costs=sum(trade.costs for trade in trades),
        win_rate=win_rate(profits),
        profit_factor=profit_factor(profits),
        average_profit=profit / len(trades),
        share=profit / whole if whole > 0.0 else None,
    )
