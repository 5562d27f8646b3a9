"""Where stop, target and partial profit of an entry are, and how a stop trails."""

import math
from typing import NamedTuple

from models.kernels import ceil_to_step, compiled, floor_to_step
from models.portfolio import Position
from models.specialists.rules import Rules


class Levels(NamedTuple):
    """Prices on the tick grid, zero where there is none."""

    stop: float
    target: float
    partial: float


@compiled
def are_known(atr: float, low: float, high: float, rules: Rules) -> bool:
    """Whether what the rules measure their levels by is known (not NaN)."""
    by_range = math.isfinite(rules.stop_atr) or math.isfinite(rules.trail_atr)
    if by_range and not atr > 0.0:
        return False
    by_edges = math.isfinite(rules.range_stop) or math.isfinite(rules.range_target)
    return not (by_edges and (math.isnan(low) or math.isnan(high)))


@compiled
def entry_levels(side: float, price: float, atr: float, low: float, high: float, rules: Rules, tick: float) -> Levels:
    """Levels of a position of `side` (1.0 long, -1.0 short) that is entered around `price`.

    `atr`, `low` and `high` are the average true range and the edges of the recent range in quote currency. Levels are
    rounded away from the price: a stop further down, a target further up.
    """
    stop = 0.0 if side > 0.0 else math.inf
    if math.isfinite(rules.stop_loss):
        stop = _nearer(side, stop, price * (1.0 - side * rules.stop_loss))
    if math.isfinite(rules.stop_atr):
        stop = _nearer(side, stop, price - side * rules.stop_atr * atr)
    if math.isfinite(rules.range_stop):
        edge = low if side > 0.0 else high
        stop = _nearer(side, stop, edge * (1.0 - side * rules.range_stop))
    target = math.inf if side > 0.0 else 0.0
    if math.isfinite(rules.take_profit):
        target = _nearer(-side, target, price * (1.0 + side * rules.take_profit))
    if math.isfinite(rules.take_ratio) and 0.0 < stop < math.inf:
        target = _nearer(-side, target, price + rules.take_ratio * (price - stop))
    if math.isfinite(rules.range_target):
        inside = low + rules.range_target * (high - low) if side > 0.0 else high - rules.range_target * (high - low)
        target = _nearer(-side, target, inside)
    partial = price * (1.0 + side * rules.partial_at) if math.isfinite(rules.partial_at) else 0.0
    stop = _on_grid(stop, side, tick)
    target = _on_grid(target, -side, tick)
    partial = _on_grid(partial, -side, tick)
    if target > 0.0 and side * (target - partial) <= 0.0:
        partial = 0.0
    return Levels(stop, target, partial)


@compiled
def nearer_levels(side: float, one: Levels, other: Levels) -> Levels:
    """The nearer stop and the nearer target of two sets of levels around one price, and the first one's partial profit
    as long as it comes before the target; zero is none.
    """
    stop = _first(side, one.stop, other.stop)
    target = _first(-side, one.target, other.target)
    partial = one.partial
    if target > 0.0 and side * (target - partial) <= 0.0:
        partial = 0.0
    return Levels(stop, target, partial)


@compiled
def leave_room(side: float, price: float, levels: Levels) -> bool:
    """Whether stop and target lie on their sides of the price."""
    if levels.stop > 0.0 and side * (price - levels.stop) <= 0.0:
        return False
    return levels.target == 0.0 or side * (levels.target - price) > 0.0


@compiled
def trailed_stop(position: Position, rules: Rules, tick: float) -> float:
    """The stop of an open position after a bar: it follows the best price and never goes back."""
    if not (math.isfinite(rules.trail) or math.isfinite(rules.trail_atr)):
        return position.stop
    side = 1.0 if position.quantity > 0.0 else -1.0
    level = 0.0 if side > 0.0 else math.inf
    if math.isfinite(rules.trail):
        level = _nearer(side, level, position.best * (1.0 - side * rules.trail))
    if math.isfinite(rules.trail_atr):
        level = _nearer(side, level, position.best - side * rules.trail_atr * position.atr)
    if position.stop > 0.0 and side * (level - position.stop) <= 0.0:
        return position.stop
    level = _on_grid(level, side, tick)
    return level if position.stop == 0.0 else _nearer(side, position.stop, level)


@compiled
def _nearer(side: float, one: float, other: float) -> float:
    """Of two levels below the price (side 1.0) the higher one, of two above it (-1.0) the lower one."""
    return max(one, other) if side > 0.0 else min(one, other)


@compiled
def _first(side: float, one: float, other: float) -> float:
    """The nearer of two levels of which zero is none."""
    if one == 0.0:
        return other
    return one if other == 0.0 else _nearer(side, one, other)


@compiled
def _on_grid(level: float, side: float, tick: float) -> float:
    """The level rounded down (side 1.0) or up (-1.0); zero where it is no price."""
    if not math.isfinite(level) or level <= 0.0:
        return 0.0
    return floor_to_step(level, tick) if side > 0.0 else ceil_to_step(level, tick)
