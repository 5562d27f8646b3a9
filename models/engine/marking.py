"""The marks of a bar's close: each system's equity and pause, the account's stops, and what comes from outside."""

import math

from models.engine.panel import BREAKER, FLOW, FORCED, RELEASE, TAIL_LONG, TAIL_SHORT
from models.engine.parameters import COLUMN
from models.engine.state import LAST, ORDERED, QUANTITY
from models.engine.tables import note_trip
from models.kernels import inlined
from models.portfolio import Account
from models.risk import (
    House,
    Ladder,
    RiskProfile,
    climbed,
    drawdown_pause,
    fallen,
    flowed,
    is_due,
    marked_to,
    moved,
    pulls_of,
    released,
)
from models.risk.ladder import DAILY_LOSS, DRAWDOWN, ENTRIES_DRAWDOWN, VAR, WEEKLY_LOSS
from models.risk.pauses import NO_PAUSE
from models.types import Breaker, FloatArray, IntArray, Level

CASH, EQUITY, PEAK, DAY, PAUSED_UNTIL = (
    Account._fields.index(name) for name in ("cash", "equity", "peak", "day", "paused_until")
)
MAX_DRAWDOWN, PAUSE_DAYS = (RiskProfile._fields.index(name) for name in ("max_drawdown", "pause_days"))
PAUSE = float(Level.PAUSE)
STRATEGY = float(Breaker.STRATEGY)
# What the systems share at a close.
SQUARE, EXPOSURE, POSITIONS, UNKNOWN = range(4)
ACCOUNT = -1


@inlined
def value_of(book: FloatArray, begin: int, end: int) -> float:
    """What the positions of rows `begin` to before `end` are worth at their last closes."""
    value = 0.0
    for i in range(begin, end):
        value += book[i, QUANTITY] * book[i, LAST]
    return value


@inlined
def load_all(
    book: FloatArray,
    slots: IntArray,
    tails: FloatArray,
    links: FloatArray,
    link: int,
    t: int,
    waiting: float,
    loads: FloatArray,
    pulls: FloatArray,
    common: FloatArray,
) -> float:
    """Value at risk at a close of all positions and, times `waiting`, of what waits to be bought.

    Writes `loads` and `pulls` by column of the panel, see models.risk.exposure, and `common`: SQUARE of the value at
    risk, EXPOSURE, POSITIONS, and UNKNOWN, 1.0 where the value at risk of one of them is not known.
    """
    for i in range(loads.size):
        loads[i] = 0.0
    common[EXPOSURE] = 0.0
    common[POSITIONS] = 0.0
    common[UNKNOWN] = 0.0
    for i in range(book.shape[0]):
        held = book[i, QUANTITY]
        ordered = book[i, ORDERED] * waiting
        if held == 0.0 and ordered == 0.0:
            continue
        if ordered * held < 0.0:
            ordered = 0.0
        value = (abs(held) + abs(ordered)) * book[i, LAST]
        tail = tails[t, slots[i, COLUMN], TAIL_LONG if held + ordered > 0.0 else TAIL_SHORT]
        if tail >= 0.0:
            loads[slots[i, COLUMN]] += value * tail
        else:
            common[UNKNOWN] = 1.0
        common[EXPOSURE] += value
        common[POSITIONS] += 1.0
    common[SQUARE] = pulls_of(links, link, loads, pulls)
    return math.sqrt(common[SQUARE]) if common[SQUARE] > 0.0 else 0.0


@inlined
def mark_systems(
    t: int,
    house: House,
    profiles: FloatArray,
    firsts: IntArray,
    events: FloatArray,
    accounts: FloatArray,
    book: FloatArray,
    ladder: Ladder,
    var: float,
    pauses: IntArray,
    trips: FloatArray,
    counts: IntArray,
) -> Ladder:
    """The account's stops at the close of row `t`, when its positions' value at risk is `var`; writes the
    accounts, `pauses`, shape (n_systems,), the code of what pauses each system alone, and the trips.

    In this order: deposits and withdrawals, a person's release, the ends of stops that end by themselves, what trips,
    and the stops from outside.
    """
    equity, flow, person = 0.0, events[t, FLOW], events[t, RELEASE] != 0.0
    if flow != 0.0:
        equity = book_flow(flow, firsts, accounts, book)
        ladder = flowed(ladder, equity, flow)
    if person and ladder.level > 0.0:
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 0.0, ladder.level, ladder.breaker, 0.0, 0.0)
        ladder = released(ladder, equity + flow if flow != 0.0 else equity_of(firsts, accounts, book))
    total = 0.0
    for system in range(accounts.shape[0]):
        value = accounts[system, CASH] + value_of(book, firsts[system], firsts[system + 1])
        before, limit = accounts[system, PAUSED_UNTIL], profiles[system, MAX_DRAWDOWN]
        ends = before > 0.0 and (person or accounts[system, DAY] >= before)
        if ends:
            counts[3] = note_trip(trips, counts[3], t, system, 0.0, PAUSE, STRATEGY, 0.0, 0.0)
        if person and before > 0.0:
            before = 0.0
            accounts[system, PEAK] = value
        peak, paused_until, pause = drawdown_pause(
            accounts[system, DAY], value, accounts[system, PEAK], before, limit, profiles[system, PAUSE_DAYS]
        )
        if pause != NO_PAUSE and (ends or before <= 0.0):
            fall = fallen(value, peak)
            counts[3] = note_trip(trips, counts[3], t, system, 1.0, PAUSE, STRATEGY, fall, limit)
        accounts[system, EQUITY] = value
        accounts[system, PEAK] = peak
        accounts[system, PAUSED_UNTIL] = paused_until
        pauses[system] = pause
        total += value
    if is_due(ladder):
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 0.0, ladder.level, ladder.breaker, 0.0, 0.0)
        ladder = released(ladder, total)
    climbs = ladder.trips
    ladder = marked_to(ladder, total, var, house)
    if ladder.trips != climbs:
        value, limit = found_and_allowed(ladder, var, house)
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 1.0, ladder.level, ladder.breaker, value, limit)
    other = events[t, FORCED] > ladder.level or events[t, BREAKER] != ladder.breaker
    if events[t, FORCED] > 0.0 and events[t, FORCED] >= ladder.level and other:
        ladder = climbed(ladder, events[t, FORCED], events[t, BREAKER], house)
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 1.0, ladder.level, ladder.breaker, 0.0, 0.0)
    return ladder


@inlined
def equity_of(firsts: IntArray, accounts: FloatArray, book: FloatArray) -> float:
    """Of the whole account, at the last closes."""
    equity = 0.0
    for system in range(accounts.shape[0]):
        equity += accounts[system, CASH] + value_of(book, firsts[system], firsts[system + 1])
    return equity


@inlined
def book_flow(flow: float, firsts: IntArray, accounts: FloatArray, book: FloatArray) -> float:
    """Equity of the account before a deposit or withdrawal, which is shared out to the systems by what they are worth,
    equally where all are worth nothing; writes the accounts.
    """
    equity, worth = 0.0, 0.0
    for system in range(accounts.shape[0]):
        own = accounts[system, CASH] + value_of(book, firsts[system], firsts[system + 1])
        equity += own
        worth += max(own, 0.0)
    for system in range(accounts.shape[0]):
        own = accounts[system, CASH] + value_of(book, firsts[system], firsts[system + 1])
        part = flow * max(own, 0.0) / worth if worth > 0.0 else flow / accounts.shape[0]
        accounts[system, CASH] += part
        accounts[system, PEAK] = moved(accounts[system, PEAK], own, part)
    return equity


@inlined
def found_and_allowed(ladder: Ladder, var: float, house: House) -> tuple[float, float]:
    """What tripped the breaker in force, and its limit; fractions of equity or of what it fell from."""
    value, limit = 0.0, 0.0
    if ladder.breaker == DRAWDOWN:
        value, limit = fallen(ladder.equity, ladder.peak), house.max_drawdown
    elif ladder.breaker == WEEKLY_LOSS:
        value, limit = fallen(ladder.equity, ladder.week_start), house.weekly_loss
    elif ladder.breaker == VAR:
        value, limit = var / ladder.equity if ladder.equity > 0.0 else 1.0, house.halt_var
    elif ladder.breaker == DAILY_LOSS:
        value, limit = fallen(ladder.equity, ladder.day_start), house.daily_loss
    elif ladder.breaker == ENTRIES_DRAWDOWN:
        value, limit = fallen(ladder.equity, ladder.crest), house.entries_drawdown
    return value, limit
