"""What it would have earned to follow the edge of one model alone, with one unit of money."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.evidence.redrawn import Figure, mean, redrawn
from models.kernels import compiled
from models.portfolio.returns import sharpe_ratio
from models.types import FloatArray

# Columns of what was done in a bar.
POSITION, GROSS, COST, ENTRIES, MARKET = range(5)


class Costs(NamedTuple):
    """What trading costs, fractions of what is traded or held.

    Attributes:
        side: of every fill: taker fee and half the spread.
        long_carry, short_carry: of every bar that a position is held.
        shorts: 1.0 where the venue lets one sell what one does not have, else 0.0.
    """

    side: float
    long_carry: float
    short_carry: float
    shorts: float


@dataclass(frozen=True, slots=True)
class Money:
    """What following earned with one unit; fractions of it, added up and not compounded.

    Attributes:
        trades: positions that were entered.
        exposure: share of the bars on which one was held.
        trade_gross_bps, trade_net_bps: earned by one, before and after costs, basis points; None without trades.
        gross, net: earned in a year before and after costs.
        gross_sharpe, net_sharpe: annualised, of bars; None without movement.
        bar_net_bps: mean of a bar after costs, basis points; None for too few bars.
        timing_bps: the same beyond what holding its average position all the time would have earned for nothing: what
            being in the market at the right bars was worth, where that rises anyway.
    """

    trades: int
    exposure: float
    trade_gross_bps: float | None
    trade_net_bps: float | None
    gross: float
    net: float
    gross_sharpe: float | None
    net_sharpe: float | None
    bar_net_bps: Figure | None
    timing_bps: Figure | None


@compiled
def followed(edge_bps: FloatArray, opens: FloatArray, horizon: int, costs: Costs) -> FloatArray:
    """What was held, earned before costs, paid and entered in each bar, and the market's return, shape (n_bars, 5).

    `edge_bps` (n_bars,) is what was said at each bar's close, NaN for nothing; it is acted on at the next of `opens`
    (n_bars,). A position of one unit is entered where the edge exceeds the cost of entering and leaving, long where it
    is above zero, short where it is below and the venue has shorts. It is left at the open after a word against it, or
    when the last word that exceeded the cost is `horizon` bars old, and at the last open. A bar's gain is the return
    from its open to the next: it is one unit anew at every bar, which costs nothing, or a trade that is held for years
    would count by what it has grown to.
    """
    bars = opens.size
    out = np.zeros((bars, 5))
    needed = 2e4 * costs.side
    side, age = 0.0, 0
    for t in range(bars):
        said = edge_bps[t - 1] if t > 0 else math.nan
        if side != 0.0:
            age = 0 if side * said > needed else age + 1
            if side * said < 0.0 or age >= horizon or t == bars - 1:
                out[t, COST] += costs.side
                side = 0.0
        if side == 0.0 and t < bars - 1 and (said > needed or (costs.shorts != 0.0 and said < -needed)):
            side, age = math.copysign(1.0, said), 0
            out[t, ENTRIES] = 1.0
            out[t, COST] += costs.side
        if t < bars - 1:
            out[t, MARKET] = opens[t + 1] / opens[t] - 1.0
        if side != 0.0:
            out[t, POSITION] = side
            out[t, GROSS] = side * out[t, MARKET]
            out[t, COST] += costs.long_carry if side > 0.0 else costs.short_carry
    return out


def held(opens: FloatArray, costs: Costs) -> FloatArray:
    """Buying at the first of `opens` (n_bars,) and selling at the last, as of `followed`."""
    out = np.zeros((opens.size, 5))
    out[:-1, POSITION] = 1.0
    out[:-1, GROSS] = out[:-1, MARKET] = opens[1:] / opens[:-1] - 1.0
    out[:-1, COST] = costs.long_carry
    out[[0, -1], COST] += costs.side
    out[0, ENTRIES] = 1.0
    return out


def net_of(done: FloatArray) -> FloatArray:
    """Earned in each bar after costs, shape (n_bars,)."""
    found: FloatArray = done[:, GROSS] - done[:, COST]
    return found


def money_of(done: FloatArray, per_year: float, block: int, seed: int) -> Money:
    """Figures of what was `done` in each bar (n_bars, 5), one bar at least; `per_year` bars, blocks of `block` bars."""
    gross, net = done[:, GROSS], net_of(done)
    trades = int(done[:, ENTRIES].sum())
    counted = np.column_stack([1e4 * net, np.ones(net.size)])
    return Money(
        trades=trades,
        exposure=float((done[:, POSITION] != 0.0).mean()),
        trade_gross_bps=_each(gross, trades),
        trade_net_bps=_each(net, trades),
        gross=float(gross.mean()) * per_year,
        net=float(net.mean()) * per_year,
        gross_sharpe=sharpe_ratio(gross, per_year),
        net_sharpe=sharpe_ratio(net, per_year),
        bar_net_bps=redrawn(counted, mean, block, seed),
        timing_bps=redrawn(_timed(done), _timing, block, seed),
    )


def better_timing(whole: FloatArray, without: FloatArray, block: int, seed: int) -> Figure | None:
    """By how much `timing_bps` of what was done in the `whole` (n_bars, 5) is greater than `without`, bar by bar."""
    return redrawn(np.column_stack([_timed(whole), _timed(without)]), _timing_difference, block, seed)


def _timed(done: FloatArray) -> FloatArray:
    """Columns (n_bars, 4) for `_timing`."""
    return np.column_stack([np.ones(len(done)), net_of(done), done[:, POSITION], done[:, MARKET]])


def _timing(sums: FloatArray) -> FloatArray:
    """Mean net return less mean position times mean market return, basis points: covariance less costs."""
    count, net, position, market = sums.T
    found: FloatArray = 1e4 * (net / count - position / count * market / count)
    return found


def _timing_difference(sums: FloatArray) -> FloatArray:
    return _timing(sums[:, :4]) - _timing(sums[:, 4:])


def _each(earned: FloatArray, trades: int) -> float | None:
    return 1e4 * float(earned.sum()) / trades if trades else None
