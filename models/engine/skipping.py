"""Which bars a genome's rules provably do nothing on.

What is proved here from blocks may let through too much, never too little: a bar at which something might happen is
walked by the step's own functions. Bars are only skipped while no order waits, after a bar at whose close was decided.
"""

import math
from typing import NamedTuple

import numpy as np

from models.engine.blocks import BLOCK, LONG, SHORT
from models.engine.reading import signal_at
from models.engine.weights import has_weight
from models.kernels import compiled, inlined
from models.portfolio import Account, Position
from models.risk import House, Ladder, RiskProfile
from models.specialists import Rules, is_wanted, most_weight
from models.types import FloatArray, Instrument, IntArray, Reason

TRADES = int(Reason.REFUSED_TRADES)
TRADES_TODAY = int(Reason.REFUSED_TRADES_TODAY)
# A level on the grid may lie this much beyond the price it was rounded from: fraction of the price, and ticks.
NEAR_PRICE = 1e-12
NEAR_TICK = 1e-8
# More bars than there can be.
MANY = 2**62
LARGEST = float(np.finfo(np.float64).max)


class Watch(NamedTuple):
    """An open position as its side sees it (prices of a short one negated): what a bar has to reach to matter.

    Attributes:
        row: LONG or SHORT, row of the tables.
        size: base units.
        stop: level that the low must stay above, -inf where there is none.
        near: nearer one of target and partial profit, inf where there is none.
        factor, distance: the stop trails at the higher one of best * factor and best - distance.
        slack: how far a level on the grid may lie beyond the one it was rounded from, in ticks.
        crest: highest equity since the last release of a stop.
        floor: equity at or below this may trip a stop, whatever comes.
        keep: so may equity at or below this share of the crest or of what it has risen to.
        halt: share of equity that may be at risk of one day.
    """

    row: int
    size: float
    stop: float
    near: float
    factor: float
    distance: float
    slack: float
    crest: float
    floor: float
    keep: float
    halt: float


@compiled
def watched(
    position: Position,
    rules: Rules,
    instrument: Instrument,
    account: Account,
    ladder: Ladder,
    profile: RiskProfile,
    house: House,
) -> Watch:
    """What to watch of an open position. No mark of the account is above its crest but the peaks, so that what a day or
    a week may lose is measured from no higher than that.
    """
    side = 1.0 if position.quantity > 0.0 else -1.0
    near = math.inf
    if position.target > 0.0:
        near = side * position.target
    if position.partial > 0.0:
        near = min(near, side * position.partial)
    return Watch(
        row=LONG if side > 0.0 else SHORT,
        size=abs(position.quantity),
        stop=side * position.stop if position.stop > 0.0 else -math.inf,
        near=near,
        factor=1.0 - side * (rules.trail if math.isfinite(rules.trail) else math.inf),
        distance=rules.trail_atr * position.atr if math.isfinite(rules.trail_atr) else math.inf,
        slack=NEAR_TICK * instrument.tick,
        crest=ladder.crest,
        floor=max(
            ladder.peak * (1.0 - min(house.max_drawdown, house.entries_drawdown)),
            account.peak * (1.0 - profile.max_drawdown),
        )
        * (1.0 + NEAR_PRICE),
        keep=1.0
        - min(
            min(house.entries_drawdown, house.max_drawdown),
            min(min(house.daily_loss, house.weekly_loss), profile.max_drawdown),
        )
        + NEAR_PRICE,
        halt=house.halt_var * (1.0 - NEAR_PRICE),
    )


@compiled
def reach(watch: Watch, best: float) -> float:
    """The stop at most, as the side sees it, once the price has been as good as `best`."""
    level = max(best * watch.factor, best - watch.distance)
    if level <= watch.stop:
        return watch.stop
    return level + abs(level) * NEAR_PRICE + watch.slack


@compiled
def can_skip(rules: Rules, profile: RiskProfile, house: House) -> bool:
    """Whether the figures are such that levels only follow the price, and no stop trips without a loss; absurd ones
    (and NaN) are walked bar by bar.
    """
    levels = rules.trail >= 0.0 and rules.trail_atr >= 0.0 and 0.0 < profile.max_drawdown <= 1.0
    stops = house.entries_drawdown > 0.0 and house.max_drawdown > 0.0 and house.halt_var > 0.0
    stops = stops and house.daily_loss > 0.0 and house.weekly_loss > 0.0
    return (
        levels and stops and rules.entry_multiple >= 0.0 and math.isfinite(most_weight(rules)) and not has_weight(rules)
    )


@compiled
def least_edge(rules: Rules, cost_bps: float) -> float:
    """An edge of no more than this is below the threshold of an entry, whatever the readings beside it."""
    least = rules.entry_multiple * cost_bps / most_weight(rules) * (1.0 - NEAR_PRICE)
    return min(least, LARGEST)


@inlined
def next_wanted(
    entry: FloatArray,
    block_entry: FloatArray,
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    row: int,
    begin: int,
    least: float,
    cost_bps: float,
    rules: Rules,
) -> int:
    """First bar from `begin` on that is odd, or whose edge is above `least` and on which an entry is wanted, or the
    number of bars.
    """
    t = begin
    while t < entry.shape[1]:
        block = t // BLOCK
        stop = min(entry.shape[1], (block + 1) * BLOCK)
        if block_entry[row, block] <= least:
            t = stop
        while t < stop:
            if entry[row, t] > least:
                if entry[row, t] == math.inf:
                    break
                if is_wanted(signal_at(prices, figures, codes, t, 0, 0), cost_bps, rules):
                    break
            t += 1
        if t < stop:
            break
    return t


@inlined
def flat_until(
    entry: FloatArray,
    block_entry: FloatArray,
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    days: FloatArray,
    day_end: IntArray,
    next_odd: IntArray,
    begin: int,
    row: int,
    least: float,
    cost_bps: float,
    rules: Rules,
    reason: int,
    account: Account,
    ladder: Ladder,
) -> int:
    """First bar from `begin` on that has to be walked without a position, or the number of bars. `reason` is that of
    the bar before.
    """
    if account.paused_until > 0.0 or ladder.level > 0.0:
        ends = math.inf
        if account.paused_until > 0.0:
            ends = account.paused_until
        if ladder.level > 0.0:
            ends = min(ends, ladder.until)
        until = begin
        while until < next_odd[begin] and days[until] < ends:
            until = day_end[until]
        until = min(until, next_odd[begin])
    elif reason in (TRADES, TRADES_TODAY):
        until = min(day_end[begin - 1], next_odd[begin])
    else:
        until = next_wanted(entry, block_entry, prices, figures, codes, row, begin, least, cost_bps, rules)
    return until


@inlined
def held_until(
    low: FloatArray,
    high: FloatArray,
    close: FloatArray,
    edge: FloatArray,
    hazard: FloatArray,
    block_low: FloatArray,
    block_high: FloatArray,
    block_worst: FloatArray,
    block_crest: FloatArray,
    block_edge: FloatArray,
    block_hazard: FloatArray,
    begin: int,
    end: int,
    best: float,
    exit_edge: float,
    cash: float,
    watch: Watch,
) -> tuple[int, float, float]:
    """(first bar from `begin` on that has to be walked, at most `end`; the best price as the side sees it, or `best`
    where that is higher, and the highest equity, of the bars before it) with a position.
    """
    row = watch.row
    level = reach(watch, best)
    high_equity = -math.inf
    t = begin
    while t < end:
        block = t // BLOCK
        stop = min(end, (block + 1) * BLOCK)
        ahead = max(best, block_high[row, block])
        top = max(high_equity, cash + watch.size * block_crest[row, block])
        worst = cash + watch.size * block_worst[row, block]
        stops = worst <= max(watch.floor, max(watch.crest, top) * watch.keep)
        stops = stops or watch.size * block_hazard[row, block] > watch.halt * worst
        quiet = block_low[row, block] > reach(watch, ahead) and block_high[row, block] < watch.near
        if quiet and not stops and not block_edge[row, block] < exit_edge and t + BLOCK == stop:
            best = ahead
            level = reach(watch, best)
            high_equity = top
            t = stop
            continue
        while t < stop:
            if low[row, t] <= level or high[row, t] >= watch.near or edge[row, t] < exit_edge:
                break
            equity = cash + watch.size * close[row, t]
            if stops:
                if equity <= max(watch.floor, max(max(watch.crest, high_equity), equity) * watch.keep):
                    break
                if watch.size * hazard[row, t] > watch.halt * equity:
                    break
            high_equity = max(high_equity, equity)
            if high[row, t] > best:
                best = high[row, t]
                level = reach(watch, best)
            t += 1
        if t < stop:
            break
    return t, best, high_equity


@compiled
def held_at_most(begin: int, bars: int, day_end: int, position: Position, rules: Rules, instrument: Instrument) -> int:
    """First bar from `begin` on at which a position is left for its age or charged for its day, at most `bars`;
    `day_end` is the first bar of the next day.
    """
    end = bars
    left = rules.max_bars - position.age
    if left < bars:
        end = min(end, begin - 1 + int(max(left, 1.0)))
    rate = instrument.long_carry if position.quantity > 0.0 else instrument.short_carry
    return end if rate == 0.0 else min(end, day_end)


@compiled
def handed_over_at(begin: int, next_change: int, regime: int, position: Position, rules: Rules) -> int:
    """First bar from `begin` on at which a position may be handed over, or a large number; `regime` is that of
    `begin`, `next_change` the first bar of another one than the bar before it.
    """
    if rules.leaves == 0.0 and rules.takes_over == 0.0:
        return MANY
    return next_change if position.owner == regime else begin
