"""The decision of every slot of a system at the close of a bar: who is in charge, and what the step says."""

import math

from models.engine.handover import gained
from models.engine.marking import EXPOSURE, POSITIONS, SQUARE, UNKNOWN
from models.engine.panel import CUT, SCALE, TAIL_LONG, TAIL_SHORT
from models.engine.parameters import COLUMN, GUIDE, HAVEN, SHARE, instrument_at, rules_at
from models.engine.reading import bar_at, signal_at
from models.engine.sizes import Room, Shared, Stance, ordered_beside, tail_of
from models.engine.state import keep_position, position_at
from models.engine.step import decide
from models.engine.tables import note_order, note_switch
from models.execution import is_usable
from models.kernels import compiled, inlined
from models.meta import Controller, in_charge, note_trade, share_when_crowded
from models.risk import House, Ladder, RiskProfile, pulls_of, traded_once
from models.risk.ladder import FLATTEN, REDUCE
from models.types import FloatArray, IntArray, Reason

TOO_MANY_POSITIONS = int(Reason.REFUSED_POSITIONS)
TOO_MANY_TRADES = int(Reason.REFUSED_TRADES_TODAY)


@compiled
def stance_of(
    pause: int, flat: bool, positions: float, dynamic: float, sells: float, cut: float, ladder: Ladder, house: House
) -> Stance:
    """What the stops do to a symbol whose system is paused for `pause` or not; `flat` without a position.

    `positions` are open or wait in the account; see Stance for `dynamic`, `sells` and `cut`.
    """
    code = pause
    if code == 0 and flat:
        if positions >= house.max_positions:
            code = TOO_MANY_POSITIONS
        elif ladder.trades >= house.max_trades:
            code = TOO_MANY_TRADES
    withdraws = 1.0 if ladder.level >= REDUCE else 0.0
    flattens = 1.0 if ladder.level >= FLATTEN else 0.0
    return Stance(code, withdraws, flattens, sells, cut, dynamic)


@compiled
def var_left(unknown: float, ladder: Ladder, house: House) -> float:
    """Value at risk that no entry may lift all positions above: nothing while that of one of them is `unknown`."""
    if not math.isfinite(house.max_var):
        return house.max_var
    return 0.0 if unknown != 0.0 else house.max_var * max(ladder.equity, 0.0)


@compiled
def part_sold(ladder: Ladder, var: float, house: House) -> float:
    """Part of every position that a stop sells which only reduces: what lifts the value at risk above its cap."""
    part = 0.0
    if ladder.level == REDUCE and var > house.max_var * max(ladder.equity, 0.0):
        part = 1.0 - house.max_var * max(ladder.equity, 0.0) / var
    return part


@inlined
def decide_rows(
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    tails: FloatArray,
    links: FloatArray,
    link: int,
    t: int,
    system: int,
    first: int,
    last: int,
    pause: int,
    sells: float,
    room: Room,
    ladder: Ladder,
    house: House,
    profile: RiskProfile,
    controller: Controller,
    rules: FloatArray,
    instruments: FloatArray,
    slots: IntArray,
    book: FloatArray,
    records: FloatArray,
    loads: FloatArray,
    pulls: FloatArray,
    common: FloatArray,
    day: float,
    orders: FloatArray,
    switches: FloatArray,
    counts: IntArray,
    reasons: IntArray,
) -> Ladder:
    """The decision of every row of a system at the close of row `t`; writes book, orders, switches, reasons and what
    the systems share; returns the account's stops, which count the day's entries.
    """
    for i in range(first, last):
        before = position_at(book, i)
        haven = slots[i, HAVEN] != 0
        signal = signal_at(prices, figures, codes, t, slots[i, COLUMN], slots[i, GUIDE])
        adaptive = 0.0 if haven else controller.adaptive
        charge = in_charge(records, system, signal.regime, adaptive, int(before.charge), int(before.mandate))
        owner = int(before.owner) if before.quantity != 0.0 else charge
        instrument = instrument_at(instruments, i)
        column = slots[i, COLUMN]
        dynamic = 1.0
        if not haven:
            dynamic = max(house.delever_floor, tails[t, column, SCALE] * ladder.scale)
        flat = before.quantity == 0.0
        stance = stance_of(pause, flat, common[POSITIONS], dynamic, sells, tails[t, column, CUT], ladder, house)
        shared = Shared(
            tails[t, column, TAIL_LONG],
            tails[t, column, TAIL_SHORT],
            pulls[column],
            common[SQUARE],
            var_left(common[UNKNOWN], ladder, house),
            house.max_capital - common[EXPOSURE],
        )
        after, reason, bound, caps = decide(
            before,
            is_usable(bar_at(prices, t, slots[i, COLUMN])),
            signal,
            charge,
            stance,
            rules[i, signal.regime, SHARE] * share_when_crowded(room.risky, room.equity, controller) * stance.dynamic,
            room,
            shared,
            profile,
            rules_at(rules, i, max(owner, 0)),
            rules_at(rules, i, max(charge, 0)),
            instrument,
        )
        reasons[t, i] = reason
        keep_position(book, i, after)
        if before.quantity != 0.0 and after.owner != before.owner:
            note_trade(records, system, int(before.owner), gained(before, signal.close), day)
        if after.charge != before.charge:
            counts[2] = note_switch(switches, counts[2], t, i, before, after)
        if after.ordered != before.ordered and after.ordered != 0.0:
            counts[0] = note_order(orders, counts[0], t, i, after, reason, bound, caps)
            if after.ordered * after.quantity >= 0.0:
                room = ordered_beside(room, after, haven, instrument)
                load = abs(after.ordered) * after.last * max(tail_of(shared, after.ordered), 0.0)
                if load > 0.0:
                    loads[column] += load
                    common[SQUARE] = pulls_of(links, link, loads, pulls)
                common[EXPOSURE] += abs(after.ordered) * after.last
                if flat:
                    common[POSITIONS] += 1.0
                    ladder = traded_once(ladder)
    return ladder
