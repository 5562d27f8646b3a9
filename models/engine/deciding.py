"""The decision of every slot of a system at the close of a bar: who is in charge, and what the step says."""

from models.engine.handover import gained
from models.engine.parameters import COLUMN, GUIDE, HAVEN, SHARE, instrument_at, rules_at
from models.engine.reading import bar_at, signal_at
from models.engine.sizes import Room, ordered_beside
from models.engine.state import keep_position, position_at
from models.engine.step import decide
from models.engine.tables import note_order, note_switch
from models.execution import is_usable
from models.kernels import inlined
from models.meta import Controller, in_charge, note_trade, share_when_crowded
from models.risk import RiskProfile
from models.types import FloatArray, IntArray


@inlined
def decide_rows(
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    t: int,
    system: int,
    first: int,
    last: int,
    pause: int,
    room: Room,
    profile: RiskProfile,
    controller: Controller,
    rules: FloatArray,
    instruments: FloatArray,
    slots: IntArray,
    book: FloatArray,
    records: FloatArray,
    day: float,
    orders: FloatArray,
    switches: FloatArray,
    counts: IntArray,
    reasons: IntArray,
) -> None:
    """The decision of every row of a system at the close of row `t`; writes book, orders, switches and reasons."""
    for i in range(first, last):
        before = position_at(book, i)
        haven = slots[i, HAVEN] != 0
        signal = signal_at(prices, figures, codes, t, slots[i, COLUMN], slots[i, GUIDE])
        adaptive = 0.0 if haven else controller.adaptive
        charge = in_charge(records, system, signal.regime, adaptive, int(before.charge), int(before.mandate))
        owner = int(before.owner) if before.quantity != 0.0 else charge
        instrument = instrument_at(instruments, i)
        after, reason, bound = decide(
            before,
            is_usable(bar_at(prices, t, slots[i, COLUMN])),
            signal,
            charge,
            pause,
            rules[i, signal.regime, SHARE] * share_when_crowded(room.risky, room.equity, controller),
            room,
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
        if after.ordered != before.ordered:
            counts[0] = note_order(orders, counts[0], t, i, after, reason, bound)
            if after.ordered * after.quantity >= 0.0:
                room = ordered_beside(room, after, haven, instrument)
