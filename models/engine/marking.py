"""The marks of a bar's close: each system's equity and pause, the account's stops, and what comes from outside."""

from models.engine.accounts import marked, with_marks
from models.engine.panel import BREAKER, FLOW, FORCED, RELEASE, TAIL_LONG, TAIL_SHORT
from models.engine.parameters import COLUMN, profile_at
from models.engine.state import LAST, ORDERED, QUANTITY, account_at, keep_account
from models.engine.tables import note_trip
from models.kernels import inlined
from models.risk import House, Ladder, climbed, flowed, is_due, marked_to, pulls_of, released
from models.risk.ladder import DAILY_LOSS, DRAWDOWN, ENTRIES_DRAWDOWN, VAR, WEEKLY_LOSS
from models.risk.pauses import NO_PAUSE
from models.types import Breaker, FloatArray, IntArray, Level

PAUSE = float(Level.PAUSE)
STRATEGY = float(Breaker.STRATEGY)
# What the systems share at a close.
SQUARE, EXPOSURE, POSITIONS = range(3)
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
    loads: FloatArray,
    pulls: FloatArray,
    common: FloatArray,
) -> None:
    """What is at risk and taken at a close by all positions and waiting entries; writes `loads` and
    `pulls` by column of the panel, see models.risk.exposure, and `common`, columns SQUARE, EXPOSURE and POSITIONS.
    """
    for i in range(loads.size):
        loads[i] = 0.0
    common[EXPOSURE] = 0.0
    common[POSITIONS] = 0.0
    for i in range(book.shape[0]):
        units = abs(book[i, QUANTITY])
        side = book[i, QUANTITY]
        if book[i, ORDERED] * book[i, QUANTITY] >= 0.0:
            units += abs(book[i, ORDERED])
            side += book[i, ORDERED]
        if units != 0.0:
            value = units * book[i, LAST]
            tail = tails[t, slots[i, COLUMN], TAIL_LONG if side > 0.0 else TAIL_SHORT]
            if tail > 0.0:
                loads[slots[i, COLUMN]] += value * tail
            common[EXPOSURE] += value
            common[POSITIONS] += 1.0
    common[SQUARE] = pulls_of(links, link, loads, pulls)


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
    if flow != 0.0 or person:
        for system in range(accounts.shape[0]):
            equity += account_at(accounts, system).cash + value_of(book, firsts[system], firsts[system + 1])
    if flow != 0.0:
        ladder = flowed(ladder, equity, flow)
    if person and ladder.level > 0.0:
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 0.0, ladder.level, ladder.breaker, 0.0, 0.0)
        ladder = released(ladder, equity + flow)
    total = 0.0
    for system in range(accounts.shape[0]):
        account, profile = account_at(accounts, system), profile_at(profiles, system)
        value = value_of(book, firsts[system], firsts[system + 1])
        if flow != 0.0:
            part = (account.cash + value) / equity * flow
            peak = account.peak * (1.0 + flow / equity)
            account = with_marks(account, account.cash + part, account.equity, peak, account.paused_until)
        before = account.paused_until
        if person and before > 0.0:
            account = with_marks(account, account.cash, account.equity, account.cash + value, 0.0)
        account, pause = marked(account, value, profile)
        ends = before > 0.0 and (person or account.day >= before)
        if ends:
            counts[3] = note_trip(trips, counts[3], t, system, 0.0, PAUSE, STRATEGY, 0.0, 0.0)
        if pause != NO_PAUSE and (ends or before <= 0.0):
            fall = 1.0 - account.equity / account.peak
            counts[3] = note_trip(trips, counts[3], t, system, 1.0, PAUSE, STRATEGY, fall, profile.max_drawdown)
        pauses[system] = pause
        total += account.equity
        keep_account(accounts, system, account)
    if is_due(ladder):
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 0.0, ladder.level, ladder.breaker, 0.0, 0.0)
        ladder = released(ladder, total)
    climbs = ladder.trips
    ladder = marked_to(ladder, total, var, house)
    if ladder.trips != climbs:
        value, limit = found_and_allowed(ladder, var, house)
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 1.0, ladder.level, ladder.breaker, value, limit)
    if events[t, FORCED] > ladder.level:
        ladder = climbed(ladder, events[t, FORCED], events[t, BREAKER], house)
        counts[3] = note_trip(trips, counts[3], t, ACCOUNT, 1.0, ladder.level, ladder.breaker, 0.0, 0.0)
    return ladder


@inlined
def found_and_allowed(ladder: Ladder, var: float, house: House) -> tuple[float, float]:
    """What tripped the breaker in force, and its limit; fractions of equity or of what it fell from."""
    value, limit = 0.0, 0.0
    if ladder.breaker == DRAWDOWN:
        value, limit = 1.0 - ladder.equity / ladder.peak, house.max_drawdown
    elif ladder.breaker == WEEKLY_LOSS:
        value, limit = 1.0 - ladder.equity / ladder.week_start, house.weekly_loss
    elif ladder.breaker == VAR:
        value, limit = var / ladder.equity, house.halt_var
    elif ladder.breaker == DAILY_LOSS:
        value, limit = 1.0 - ladder.equity / ladder.day_start, house.daily_loss
    elif ladder.breaker == ENTRIES_DRAWDOWN:
        value, limit = 1.0 - ladder.equity / ladder.crest, house.entries_drawdown
    return value, limit
