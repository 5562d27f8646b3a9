"""The step folded over bars: settle what earlier closes ordered, observe the bar, decide at its close.

A backtest folds over its whole window, a paper or live cycle over the bars since its last decision.
"""

import numpy as np

from models.engine.accounts import begin_day, executed_on, received, room_of
from models.engine.deciding import decide_rows, part_sold
from models.engine.given import (
    GIVEN_FEE,
    GIVEN_LEG,
    GIVEN_PRICE,
    GIVEN_QUANTITY,
    GIVEN_ROW,
    GIVEN_SLIP,
    GIVEN_T,
)
from models.engine.marking import EQUITY, load_all, mark_systems
from models.engine.panel import DIVIDEND, FROM, SPLIT, TO, Panel
from models.engine.parameters import COLUMN, HAVEN, controller_at, instrument_at, profile_at
from models.engine.reading import bar_at
from models.engine.sizes import locked_elsewhere
from models.engine.state import (
    LAST,
    ORDERED,
    QUANTITY,
    account_at,
    keep_account,
    keep_ladder,
    keep_position,
    ladder_at,
    position_at,
)
from models.engine.tables import MOST_FILLS, MOST_PAUSES, MOST_TRIPS, note_fill
from models.execution import (
    Execution,
    after_actions,
    booked,
    is_resting,
    is_usable,
    levelled,
    observed,
    opened,
    rested,
)
from models.kernels import compiled, inlined
from models.meta import note_trade, vote
from models.portfolio import Account
from models.risk import House, on_day, refusal
from models.risk.ladder import REDUCE
from models.types import BoolArray, FloatArray, IntArray
from models.types.timeframes import DAY as DAY_MICROS


@compiled
def fold(
    panel: Panel,
    begin: int,
    given: FloatArray,
    simulates: bool,
    house: House,
    profiles: FloatArray,
    controllers: FloatArray,
    firsts: IntArray,
    rules: FloatArray,
    instruments: FloatArray,
    slots: IntArray,
    ladder: FloatArray,
    accounts: FloatArray,
    book: FloatArray,
    records: FloatArray,
    orders: FloatArray,
    fills: FloatArray,
    switches: FloatArray,
    trips: FloatArray,
    counts: IntArray,
    reasons: IntArray,
    held: FloatArray,
    equities: FloatArray,
) -> int:
    """Fold from row `begin` on; returns the row at which a table had no more room, or the number of rows.

    Args:
        panel: see Panel; house to slots: Parameters; ladder to records: State, written.
        given: table of models.engine.given: what a venue did, booked before anything that is simulated; `simulates`:
            whether the bars fill what waits and execute levels, as they do everywhere but in a live book.
        orders, fills, switches, trips: tables of models.engine.tables, written from `counts` on, which holds
            how many rows they have.
        reasons, held: shape (n_times, n_rows), written: Reason codes, and units held after each bar.
        equities: shape (n_times, n_systems), written: marked at the last decision up to each bar.
    """
    ts, prices, figures, codes = panel.ts, panel.prices, panel.figures, panel.codes
    actions, decided, finer, finer_rows = panel.actions, panel.decided, panel.finer, panel.finer_rows
    tails, links, link_rows, events = panel.tails, panel.links, panel.link_rows, panel.events
    rows, systems = book.shape[0], accounts.shape[0]
    inside, used = np.zeros(rows, np.bool_), np.zeros(rows)
    loads, pulls, common = np.zeros(prices.shape[1]), np.zeros(prices.shape[1]), np.zeros(4)
    pauses = np.zeros(systems, np.int64)
    stops = ladder_at(ladder)
    end = ts.size
    for t in range(begin, ts.size):
        full = counts[0] + rows > orders.shape[0] or counts[2] + rows > switches.shape[0]
        full = full or counts[3] + MOST_TRIPS + MOST_PAUSES * systems > trips.shape[0]
        if full or counts[1] + MOST_FILLS * rows + given.shape[0] > fills.shape[0]:
            end = t
            break
        day = float(ts[t] // DAY_MICROS)
        if day != stops.day:
            stops = on_day(stops, day)
        for system in range(systems):
            first, last = firsts[system], firsts[system + 1]
            account = account_at(accounts, system)
            if day != account.day:
                account = begin_day(day, account, instruments, book, first, last)
            for i in range(first, last):
                column = slots[i, COLUMN]
                if actions[t, column, SPLIT] != 1.0 or actions[t, column, DIVIDEND] != 0.0:
                    account = act(actions, t, column, i, instruments, account, book)
            for i in range(first, last):
                inside[i] = False
                used[i] = 0.0
            for k in range(given.shape[0]):
                i = int(given[k, GIVEN_ROW])
                if given[k, GIVEN_T] == t and first <= i < last:
                    account = book_given(
                        given, k, t, system, i, instruments, slots, account, book, records, fills, counts
                    )
            if simulates:
                account = settle_rows(
                    prices,
                    finer,
                    finer_rows,
                    t,
                    system,
                    first,
                    last,
                    instruments,
                    slots,
                    account,
                    book,
                    records,
                    inside,
                    used,
                    fills,
                    counts,
                )
            observe_rows(prices, t, first, last, slots, book, inside)
            keep_account(accounts, system, account)
        if decided[t]:
            var = load_all(book, slots, tails, links, link_rows[t], t, 1.0, loads, pulls, common)
            stops = mark_systems(t, house, profiles, firsts, events, accounts, book, stops, var, pauses, trips, counts)
            stopped, sells = refusal(stops), 0.0
            if stops.level >= REDUCE:
                var = load_all(book, slots, tails, links, link_rows[t], t, 0.0, loads, pulls, common)
                sells = part_sold(stops, var, house)
            for system in range(systems):
                first, last = firsts[system], firsts[system + 1]
                profile, controller = profile_at(profiles, system), controller_at(controllers, system)
                room = room_of(
                    account_at(accounts, system), stops.level < REDUCE, instruments, slots, book, first, last
                )
                if controller.adaptive != 0.0:
                    vote(records, system, day, controller)
                stops = decide_rows(
                    prices,
                    figures,
                    codes,
                    tails,
                    links,
                    link_rows[t],
                    t,
                    system,
                    first,
                    last,
                    stopped if stopped != 0 else pauses[system],
                    sells,
                    room,
                    stops,
                    house,
                    profile,
                    controller,
                    rules,
                    instruments,
                    slots,
                    book,
                    records,
                    loads,
                    pulls,
                    common,
                    day,
                    orders,
                    switches,
                    counts,
                    reasons,
                )
        for system in range(systems):
            equities[t, system] = accounts[system, EQUITY]
        for i in range(rows):
            held[t, i] = book[i, QUANTITY]
    keep_ladder(ladder, stops)
    return end


@inlined
def act(
    actions: FloatArray, t: int, column: int, i: int, instruments: FloatArray, account: Account, book: FloatArray
) -> Account:
    """The splits and dividends of one row's bar; returns the account and writes the book."""
    position, income, in_lieu, realised = after_actions(
        position_at(book, i), actions[t, column, SPLIT], actions[t, column, DIVIDEND], instrument_at(instruments, i)
    )
    keep_position(book, i, position)
    return received(account, income, in_lieu, realised)


@inlined
def book_given(
    given: FloatArray,
    k: int,
    t: int,
    system: int,
    i: int,
    instruments: FloatArray,
    slots: IntArray,
    account: Account,
    book: FloatArray,
    records: FloatArray,
    fills: FloatArray,
    counts: IntArray,
) -> Account:
    """Row `k` of what was given, booked in row `i` of a system; returns the account, writes book, records and fills."""
    before = position_at(book, i)
    leg = int(given[k, GIVEN_LEG])
    done = Execution(
        leg, given[k, GIVEN_QUANTITY], given[k, GIVEN_PRICE], given[k, GIVEN_FEE], given[k, GIVEN_SLIP], 0.0
    )
    position, cash, done = booked(before, account.cash, done, instrument_at(instruments, i))
    account = executed_on(account, cash, done)
    counts[1] = note_fill(fills, counts[1], t, i, done, before)
    if before.quantity != 0.0 and position.quantity == 0.0 and slots[i, HAVEN] == 0:
        note_trade(records, system, int(before.owner), (before.earned + done.realised) / before.spent, account.day)
    keep_position(book, i, position)
    return account


@inlined
def settle_rows(
    prices: FloatArray,
    finer: FloatArray,
    finer_rows: IntArray,
    t: int,
    system: int,
    first: int,
    last: int,
    instruments: FloatArray,
    slots: IntArray,
    account: Account,
    book: FloatArray,
    records: FloatArray,
    inside: BoolArray,
    used: FloatArray,
    fills: FloatArray,
    counts: IntArray,
) -> Account:
    """Fills of a system's rows, `first` to before `last`, in row `t`; returns the account, writes book and fills.

    First the opens of all, then the orders that rest, then the levels: what one symbol's level brings in during the
    bar is not spent on another one's open. `inside` and `used` of shape (n_rows,), False and 0.0, are written: where an
    entry rested in the bar, and the units that orders got of it.
    """
    for i in range(first, last):
        if book[i, ORDERED] != 0.0:
            bar = bar_at(prices, t, slots[i, COLUMN])
            if is_usable(bar):
                locked = locked_elsewhere(book, instruments, first, last, i)
                before = position_at(book, i)
                position, cash, done = opened(before, account.cash, locked, bar, instrument_at(instruments, i))
                account = executed_on(account, cash, done)
                counts[1] = note_fill(fills, counts[1], t, i, done, before)
                if before.quantity != 0.0 and position.quantity == 0.0 and slots[i, HAVEN] == 0:
                    gain = (before.earned + done.realised) / before.spent
                    note_trade(records, system, int(before.owner), gain, account.day)
                inside[i] = is_resting(position)
                used[i] = abs(done.quantity)
                keep_position(book, i, position)
    for i in range(first, last):
        if inside[i]:
            locked = locked_elsewhere(book, instruments, first, last, i)
            before = position_at(book, i)
            bar = bar_at(prices, t, slots[i, COLUMN])
            position, cash, done = rested(before, account.cash, locked, bar, instrument_at(instruments, i))
            account = executed_on(account, cash, done)
            counts[1] = note_fill(fills, counts[1], t, i, done, before)
            used[i] = abs(done.quantity)
            keep_position(book, i, position)
    for i in range(first, last):
        if book[i, QUANTITY] != 0.0:
            column = slots[i, COLUMN]
            bar = bar_at(prices, t, column)
            if is_usable(bar):
                before = position_at(book, i)
                position, cash, once, twice = levelled(
                    before,
                    account.cash,
                    bar,
                    used[i],
                    inside[i],
                    finer,
                    finer_rows[t, column, FROM],
                    finer_rows[t, column, TO],
                    instrument_at(instruments, i),
                )
                account = executed_on(executed_on(account, cash, once), cash, twice)
                counts[1] = note_fill(fills, counts[1], t, i, once, before)
                counts[1] = note_fill(fills, counts[1], t, i, twice, before)
                if position.quantity == 0.0 and slots[i, HAVEN] == 0:
                    gain = (before.earned + once.realised + twice.realised) / before.spent
                    note_trade(records, system, int(before.owner), gain, account.day)
                keep_position(book, i, position)
    return account


@inlined
def observe_rows(
    prices: FloatArray, t: int, first: int, last: int, slots: IntArray, book: FloatArray, inside: BoolArray
) -> None:
    """The bar of every row has closed; writes the book."""
    for i in range(first, last):
        bar = bar_at(prices, t, slots[i, COLUMN])
        if is_usable(bar):
            if book[i, QUANTITY] != 0.0:
                keep_position(book, i, observed(position_at(book, i), bar, inside[i]))
            book[i, LAST] = bar.close
