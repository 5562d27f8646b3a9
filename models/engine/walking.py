"""One bar of the only symbol of a search, with position and account as values: what the fold does with its arrays."""

import math

from models.engine.accounts import executed_on, marked, received, renewed
from models.engine.deciding import part_sold, stance_of, var_left
from models.engine.panel import DIVIDEND, FROM, SCALE, SPLIT, TAIL_LONG, TAIL_SHORT, TO
from models.engine.reading import bar_at, signal_at
from models.engine.sizes import Room, Shared, taken
from models.engine.step import decide
from models.execution import after_actions, is_usable, observed, settle
from models.kernels import compiled, inlined
from models.portfolio import Account, Position, carry_cost
from models.risk import House, Ladder, RiskProfile, is_due, marked_to, refusal, released, traded_once
from models.risk.ladder import REDUCE
from models.specialists import Rules
from models.types import FloatArray, Instrument, IntArray, Leg

ENTRY = int(Leg.ENTRY)


@inlined
def traded(
    prices: FloatArray,
    actions: FloatArray,
    finer: FloatArray,
    finer_rows: IntArray,
    t: int,
    day: float,
    position: Position,
    account: Account,
    instrument: Instrument,
) -> tuple[Position, Account, bool, bool]:
    """(position, account, whether it was opened, whether the bar is usable) before the decision at bar `t` of `day`."""
    opened, inside = False, False
    if day != account.day:
        position, account = on_new_day(position, account, day, instrument)
    if actions[t, 0, SPLIT] != 1.0 or actions[t, 0, DIVIDEND] != 0.0:
        position, income, in_lieu, realised = after_actions(
            position, actions[t, 0, SPLIT], actions[t, 0, DIVIDEND], instrument
        )
        account = received(account, income, in_lieu, realised)
    bar = bar_at(prices, t, 0)
    usable = is_usable(bar)
    if usable:
        if position.quantity != 0.0 or position.ordered != 0.0:
            position, cash, first, second, third, inside = settle(
                position, account.cash, bar, finer, finer_rows[t, 0, FROM], finer_rows[t, 0, TO], instrument
            )
            for done in (first, second, third):
                account = executed_on(account, cash, done)
            opened = first.leg == ENTRY
        position = observed(position, bar, inside)
    return position, account, opened, usable


@inlined
def decided_on(
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    t: int,
    tails: FloatArray,
    usable: bool,
    position: Position,
    account: Account,
    ladder: Ladder,
    house: House,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, Account, Ladder, int]:
    """(position, account, its stops, Reason code) after the decision at the close of bar `t`."""
    account, pause = marked(account, position.quantity * position.last, profile)
    units, load, unknown = at_risk(position, 1.0, tails[t, 0, TAIL_LONG], tails[t, 0, TAIL_SHORT])
    if is_due(ladder):
        ladder = released(ladder, account.equity)
    ladder = marked_to(ladder, account.equity, math.sqrt(load * load) if load > 0.0 else 0.0, house)
    sells = 0.0
    if ladder.level >= REDUCE:
        units, load, unknown = at_risk(position, 0.0, tails[t, 0, TAIL_LONG], tails[t, 0, TAIL_SHORT])
        sells = part_sold(ladder, math.sqrt(load * load) if load > 0.0 else 0.0, house)
    stopped = refusal(ladder)
    if stopped != 0:
        pause = stopped
    dynamic = max(house.delever_floor, tails[t, 0, SCALE] * ladder.scale)
    positions = 1.0 if units != 0.0 else 0.0
    flat = position.quantity == 0.0
    stance = stance_of(pause, flat, positions, dynamic, sells, 0.0, ladder, house)
    value = units * position.last
    shared = Shared(
        tails[t, 0, TAIL_LONG],
        tails[t, 0, TAIL_SHORT],
        load,
        load * load,
        var_left(unknown, ladder, house),
        house.max_capital - value,
    )
    room = Room(account.equity, account.cash, 0.0, 0.0, 0.0, 0.0)
    if position.quantity != 0.0:
        room = taken(room, position, False, ladder.level < REDUCE, instrument)
    signal = signal_at(prices, figures, codes, t, 0, 0)
    waiting = position.ordered
    position, reason, _, _ = decide(
        position,
        usable,
        signal,
        signal.regime,
        stance,
        rules.share * dynamic,
        room,
        shared,
        profile,
        rules,
        rules,
        instrument,
    )
    if flat and position.ordered != waiting and position.ordered != 0.0:
        ladder = traded_once(ladder)
    return position, account, ladder, reason


@compiled
def at_risk(position: Position, waiting: float, long: float, short: float) -> tuple[float, float, float]:
    """(base units, their value at risk, 1.0 where that is not known) of a position and, times `waiting`, of what waits
    to be bought; `long` and `short` are the value at risk of a unit of value.
    """
    held, ordered = position.quantity, position.ordered * waiting
    if ordered * held < 0.0:
        ordered = 0.0
    units = abs(held) + abs(ordered)
    tail = long if held + ordered > 0.0 else short
    if units == 0.0:
        return 0.0, 0.0, 0.0
    if tail >= 0.0:
        return units, units * position.last * tail, 0.0
    return units, 0.0, 1.0


@compiled
def on_new_day(position: Position, account: Account, day: float, instrument: Instrument) -> tuple[Position, Account]:
    """(position, account) before the first bar of a new UTC day: none was opened yet, and carry is charged."""
    carry = 0.0
    if account.day >= 0.0 and position.quantity != 0.0:
        carry = carry_cost(
            position.quantity, position.last, day - account.day, instrument.long_carry, instrument.short_carry
        )
    position = aged(position, position.last, position.best, position.age, position.stop, 0.0, position.mandate)
    return position, renewed(account, day, carry)


@compiled
def aged(
    position: Position, last: float, best: float, age: float, stop: float, entries: float, regime: float
) -> Position:
    """The position after bars in which nothing was done with it, the last one of `regime`: its specialist is in charge,
    NOBODY before the first decision.
    """
    return Position(
        quantity=position.quantity,
        cost=position.cost,
        entry=position.entry,
        last=last,
        best=best,
        atr=position.atr,
        age=age,
        stop=stop,
        target=position.target,
        partial=position.partial,
        part=position.part,
        ordered=position.ordered,
        limit=position.limit,
        regime=position.regime,
        owner=position.owner,
        entries=entries,
        charge=regime,
        mandate=regime,
        earned=position.earned,
        spent=position.spent,
    )
