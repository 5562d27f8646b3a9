"""What becomes of a position that is held: sold, handed over, or brought to its weight. From the docstrings alone."""

import math

from plain_entries import Question, named, tightest
from plain_grid import above, down
from plain_market import Trade
from plain_stalls import Claims, Order

from models.specialists import Rules
from models.types import Bound, Reason


def sold(question: Question, trade: Trade, reason: Reason, rules: Rules) -> Order:
    """All of it at market, where the venue takes so small an order; else its stop trails on."""
    if abs(trade.held) * question.close < trade.venue.rules.min_notional:
        trail(trade, rules)
        return Order(0, 0, 0.0, Reason.REFUSED_MIN_NOTIONAL, Bound.NONE, trade.regime)
    trade.leaving = True
    return Order(0, 0, -trade.held, reason, Bound.NONE, trade.regime, owner=trade.owner)


def cleared(close: float, trade: Trade) -> Order:
    """All of it at market, also where a part of it is to be sold already."""
    if abs(trade.held) * close < trade.venue.rules.min_notional:
        return Order(0, 0, 0.0, Reason.REFUSED_MIN_NOTIONAL, Bound.NONE, trade.regime)
    trade.leaving, trade.change = True, 0.0
    return Order(0, 0, -trade.held, Reason.EXIT_FLATTEN, Bound.NONE, trade.regime, owner=trade.owner)


def trimmed(question: Question, trade: Trade, part: float) -> Order | None:
    """At least a part of it at market; None where the part is too small for the venue."""
    return _ordered(question, trade, _at_least(trade, part, question.close), Reason.REDUCE_RISK, Bound.NONE, None)


def cut(close: float, trade: Trade, part: float) -> Order | None:
    """At least a part of it at market, also where less of it is to be sold already; None where that is enough."""
    if trade.leaving or (trade.change * trade.held < 0.0 and abs(trade.change) >= part * abs(trade.held)):
        return None
    units = _at_least(trade, part, close)
    if units * close < trade.venue.rules.min_notional:
        return Order(0, 0, 0.0, Reason.REFUSED_MIN_NOTIONAL, Bound.NONE, trade.regime)
    trade.leaving, trade.change = units == abs(trade.held), 0.0
    if not trade.leaving:
        trade.change = -math.copysign(units, trade.held)
    return Order(0, 0, trade.ordered, Reason.REDUCE_STRESS, Bound.NONE, trade.regime, owner=trade.owner)


def _at_least(trade: Trade, part: float, close: float) -> float:
    """Units of a part in whole lots upwards: all where the rest would be too small."""
    size = abs(trade.held)
    units = min(above(size * part, trade.venue.rules.lot), size)
    return size if (size - units) * close < trade.venue.rules.min_notional else units


def trail(trade: Trade, rules: Rules) -> None:
    """The stop follows the best price, and only forward."""
    side = 1.0 if trade.is_long else -1.0
    gaps = [trade.best * rules.trail] if rules.trail < math.inf else []
    if rules.trail_atr < math.inf:
        gaps.append(rules.trail_atr * trade.atr)
    if not gaps:
        return
    level = trade.best - side * min(gaps)
    if level <= 0.0:
        return
    level = down(level, trade.venue.tick) if trade.is_long else above(level, trade.venue.tick)
    if level > 0.0 and (trade.stop is None or side * (level - trade.stop) > 0.0):
        trade.stop = level


def taken_over(question: Question, trade: Trade, risky: float, equity: float) -> Order | None:
    """From here on it is the position of who is in charge: the nearer levels, its time anew; and an order where all
    positions are worth more than that one allows.
    """
    rules, side = question.rules, 1.0 if trade.is_long else -1.0
    question.edge = side
    if question.knows():
        stop, target, _ = question.levels(question.close)
        nearest_of = (max, min) if trade.is_long else (min, max)
        trade.stop, trade.target = (
            pick((one for one in pair if one is not None), default=None)
            for pick, pair in zip(nearest_of, ((trade.stop, stop), (trade.target, target)), strict=True)
        )
        if trade.partial and trade.target and side * (trade.target - trade.partial) <= 0.0:
            trade.partial = None
    assert question.stall.charge is not None
    trade.owner, trade.age = question.stall.charge, 0
    allowed = rules.max_exposure * equity
    if rules.max_exposure == math.inf or risky <= allowed:
        return None
    return _less(question, trade, abs(trade.held) * (1.0 - max(allowed, 0.0) / risky), Reason.REDUCE_EXPOSURE)


def weighed(
    question: Question, equity: float, cash: float, gate: Reason, pause: Reason | None, claims: Claims
) -> Order:
    """A value that is held whatever the edge."""
    trade, rules, venue = question.stall.trade, question.rules, question.stall.venue.rules
    limits = [
        (question.profile.max_position * equity * question.dynamic, Bound.PROFILE_POSITION),
        (rules.weight * equity * question.dynamic, Bound.SPECIALIST_SIZE),
        (venue.class_limit * equity * question.dynamic, Bound.ASSET_CLASS),
    ]
    value, bound = tightest(limits)
    held = trade.held * question.close if trade else 0.0
    if value <= 0.0 or held < 0.0:
        if trade is None:
            return question.refusal(Reason.HOLD_FLAT)
        return _ordered(question, trade, abs(trade.held), Reason.EXIT_WEIGHT, bound, Reason.REFUSED_MIN_NOTIONAL)
    if trade is not None and abs(value - held) <= rules.band * value:
        return question.refusal(Reason.HOLD_WEIGHT)
    if trade is not None and held > value:
        return _less(question, trade, (held - value) / question.close, Reason.REDUCE_WEIGHT, bound)
    for reason, stands in (
        (gate, gate != 0),
        (pause, pause is not None),
        (Reason.REFUSED_TICK, question.close < venue.tick),
    ):
        if stands:
            return question.refusal(reason)
    # It is bought, whatever the edge says.
    question.edge = 1.0
    if question.is_unmeasured():
        return question.refusal(Reason.REFUSED_WARM_UP)
    return _more(question, trade, [(one - held, name) for one, name in limits], equity, cash, claims)


def _more(
    question: Question,
    trade: Trade | None,
    wanted: list[tuple[float, Bound]],
    equity: float,
    cash: float,
    claims: Claims,
) -> Order:
    """What leverage, free equity and the account leave of it."""
    stall, rules, venue = question.stall, question.rules, question.stall.venue.rules
    kept, binds = rules.least_cash * equity, venue.margin + venue.taker_fee + venue.half_spread
    limits = [
        *wanted,
        (question.profile.max_leverage * equity - claims.exposure, Bound.LEVERAGE),
        ((cash + claims.locked - kept) / binds, Bound.SPECIALIST_CASH if kept > 0.0 else Bound.CASH),
        *question.of_account(question.close),
    ]
    value, bound = tightest(limits)
    units = down(value / question.close, venue.lot)
    if units <= 0.0 or units * question.close < venue.min_notional:
        return question.refusal(Reason.HOLD_WEIGHT if trade else Reason.REFUSED_MIN_NOTIONAL, bound)
    if trade is None and units * question.close < venue.least_size * equity:
        return question.refusal(Reason.REFUSED_SIZE_RANGE, bound)
    caps = named(limits)
    assert stall.charge is not None
    if trade is None:
        stall.trade = Trade(stall.venue, question.regime, units, None, None, None, None, 0.0, 0.0, owner=stall.charge)
        claims.add(stall)
        return Order(0, 0, units, Reason.ENTER_WEIGHT, bound, question.regime, owner=stall.charge, caps=caps)
    trade.change = units
    claims.wait(stall)
    return Order(0, 0, units, Reason.ADD_WEIGHT, bound, trade.regime, owner=trade.owner, caps=caps)


def _less(question: Question, trade: Trade, units: float, reason: Reason, bound: Bound = Bound.NONE) -> Order | None:
    """So many units in whole lots; all of them where the rest would be too small an order."""
    units = down(units, trade.venue.rules.lot)
    if (abs(trade.held) - units) * question.close < trade.venue.rules.min_notional:
        units = abs(trade.held)
    held_on = None if reason is Reason.REDUCE_EXPOSURE else Reason.HOLD_WEIGHT
    return _ordered(question, trade, units, reason, bound, held_on)


def _ordered(
    question: Question, trade: Trade, units: float, reason: Reason, bound: Bound, otherwise: Reason | None
) -> Order | None:
    if units <= 0.0 or units * question.close < trade.venue.rules.min_notional:
        return None if otherwise is None else question.refusal(otherwise)
    if units == abs(trade.held):
        trade.leaving = True
    else:
        trade.change = -math.copysign(units, trade.held)
    return Order(0, 0, trade.ordered, reason, bound, trade.regime, owner=trade.owner)
