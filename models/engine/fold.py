"""The step folded over bars: settle what earlier closes ordered, observe the bar, decide at its close.

A backtest folds over its whole window, a paper or live cycle over the bars since its last decision.
"""

import numpy as np

from models.engine.accounts import begin_day, begin_decision, executed_on, received
from models.engine.panel import (
    ATR,
    CLOSE,
    DIVIDEND,
    EDGE,
    FROM,
    GATE,
    HIGH,
    LOW,
    OPEN,
    RANGE_HIGH,
    RANGE_LOW,
    REGIME,
    SPLIT,
    TO,
    VOLATILITY,
    VOLUME,
    Panel,
)
from models.engine.parameters import instrument_at, profile_of, rules_at
from models.engine.sizes import Room, locked_elsewhere, taken
from models.engine.state import LAST, ORDERED, QUANTITY, account_of, keep_account, keep_position, position_at
from models.engine.step import Signal, decide
from models.engine.tables import MOST_FILLS, note_fill, note_order
from models.execution import Bar, after_actions, is_resting, is_usable, levelled, observed, opened, rested
from models.kernels import compiled, inlined
from models.portfolio import Account
from models.risk import RiskProfile
from models.types import BoolArray, FloatArray, IntArray
from models.types.timeframes import DAY as DAY_MICROS


@compiled
def fold(
    panel: Panel,
    begin: int,
    profile_array: FloatArray,
    rules: FloatArray,
    instruments: FloatArray,
    account_array: FloatArray,
    book: FloatArray,
    orders: FloatArray,
    fills: FloatArray,
    counts: IntArray,
    reasons: IntArray,
    held: FloatArray,
    equity: FloatArray,
) -> int:
    """Fold from row `begin` on; returns the row at which a table had no more room, or the number of rows.

    Args:
        panel: see Panel; profile_array, rules, instruments: Parameters; account_array, book: State, written.
        orders, fills: tables with the columns of models.engine.tables, written from `counts` on, which holds how many
            rows they have.
        reasons, held: shape (n_times, n_symbols), written: Reason codes, and units held after each bar.
        equity: shape (n_times,), written: marked at the last decision up to each bar.
    """
    ts, prices, figures, codes = panel.ts, panel.prices, panel.figures, panel.codes
    actions, decided, finer, finer_rows = panel.actions, panel.decided, panel.finer, panel.finer_rows
    symbols = book.shape[0]
    account = account_of(account_array)
    profile = profile_of(profile_array)
    inside, used = np.zeros(symbols, np.bool_), np.zeros(symbols)
    end = ts.size
    for t in range(begin, ts.size):
        if counts[0] + symbols > orders.shape[0] or counts[1] + MOST_FILLS * symbols > fills.shape[0]:
            end = t
            break
        day = float(ts[t] // DAY_MICROS)
        if day != account.day:
            account = begin_day(day, account, instruments, book)
        for i in range(symbols):
            if actions[t, i, SPLIT] != 1.0 or actions[t, i, DIVIDEND] != 0.0:
                account = act(actions, t, i, instruments, account, book)
        account = settle_symbols(prices, finer, finer_rows, t, instruments, account, book, inside, used, fills, counts)
        observe_symbols(prices, t, book, inside)
        if decided[t]:
            account, pause, room = begin_decision(account, profile, instruments, book)
            decide_symbols(
                prices, figures, codes, t, pause, room, profile, rules, instruments, book, orders, counts, reasons
            )
        for i in range(symbols):
            held[t, i] = book[i, QUANTITY]
        equity[t] = account.equity
    keep_account(account_array, account)
    return end


@inlined
def act(actions: FloatArray, t: int, i: int, instruments: FloatArray, account: Account, book: FloatArray) -> Account:
    """The splits and dividends of one symbol's bar; returns the account and writes the book."""
    position, income, in_lieu, realised = after_actions(
        position_at(book, i), actions[t, i, SPLIT], actions[t, i, DIVIDEND], instrument_at(instruments, i)
    )
    keep_position(book, i, position)
    return received(account, income, in_lieu, realised)


@inlined
def settle_symbols(
    prices: FloatArray,
    finer: FloatArray,
    finer_rows: IntArray,
    t: int,
    instruments: FloatArray,
    account: Account,
    book: FloatArray,
    inside: BoolArray,
    used: FloatArray,
    fills: FloatArray,
    counts: IntArray,
) -> Account:
    """Fills of every symbol in row `t`; returns the account and writes book and fills.

    First the opens of all, then the orders that rest, then the levels: what one symbol's level brings in during the
    bar is not spent on another one's open. `inside` and `used` of shape (n_symbols,) are written: where an entry rested
    in the bar, and the units that orders got of it.
    """
    for i in range(book.shape[0]):
        inside[i] = False
        used[i] = 0.0
        if book[i, ORDERED] != 0.0:
            bar = bar_at(prices, t, i)
            if is_usable(bar):
                locked = locked_elsewhere(book, instruments, i)
                position, cash, done = opened(
                    position_at(book, i), account.cash, locked, bar, instrument_at(instruments, i)
                )
                account = executed_on(account, cash, done)
                counts[1] = note_fill(fills, counts[1], t, i, done, position.regime)
                inside[i] = is_resting(position)
                used[i] = abs(done.quantity)
                keep_position(book, i, position)
    for i in range(book.shape[0]):
        if inside[i]:
            locked = locked_elsewhere(book, instruments, i)
            position, cash, done = rested(
                position_at(book, i), account.cash, locked, bar_at(prices, t, i), instrument_at(instruments, i)
            )
            account = executed_on(account, cash, done)
            counts[1] = note_fill(fills, counts[1], t, i, done, position.regime)
            used[i] = abs(done.quantity)
            keep_position(book, i, position)
    for i in range(book.shape[0]):
        if book[i, QUANTITY] != 0.0:
            bar = bar_at(prices, t, i)
            if is_usable(bar):
                position, cash, first, second = levelled(
                    position_at(book, i),
                    account.cash,
                    bar,
                    used[i],
                    inside[i],
                    finer,
                    finer_rows[t, i, FROM],
                    finer_rows[t, i, TO],
                    instrument_at(instruments, i),
                )
                account = executed_on(executed_on(account, cash, first), cash, second)
                counts[1] = note_fill(fills, counts[1], t, i, first, position.regime)
                counts[1] = note_fill(fills, counts[1], t, i, second, position.regime)
                keep_position(book, i, position)
    return account


@inlined
def observe_symbols(prices: FloatArray, t: int, book: FloatArray, inside: BoolArray) -> None:
    """The bar of every symbol has closed; writes the book."""
    for i in range(book.shape[0]):
        bar = bar_at(prices, t, i)
        if is_usable(bar):
            if book[i, QUANTITY] != 0.0:
                keep_position(book, i, observed(position_at(book, i), bar, inside[i]))
            book[i, LAST] = bar.close


@inlined
def bar_at(prices: FloatArray, t: int, i: int) -> Bar:
    """One symbol's bar in row `t`."""
    return Bar(prices[t, i, OPEN], prices[t, i, HIGH], prices[t, i, LOW], prices[t, i, CLOSE], prices[t, i, VOLUME])


@inlined
def decide_symbols(
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    t: int,
    pause: int,
    room: Room,
    profile: RiskProfile,
    rules: FloatArray,
    instruments: FloatArray,
    book: FloatArray,
    orders: FloatArray,
    counts: IntArray,
    reasons: IntArray,
) -> None:
    """The decision of every symbol at the close of row `t`; writes book, orders and reasons."""
    for i in range(book.shape[0]):
        before = position_at(book, i)
        bar = bar_at(prices, t, i)
        signal = Signal(
            bar.close,
            figures[t, i, EDGE],
            figures[t, i, VOLATILITY],
            figures[t, i, ATR],
            figures[t, i, RANGE_LOW],
            figures[t, i, RANGE_HIGH],
            codes[t, i, REGIME],
            codes[t, i, GATE],
        )
        row = signal.regime if before.quantity == 0.0 else int(before.regime)
        instrument = instrument_at(instruments, i)
        after, reason, bound = decide(
            before, is_usable(bar), signal, pause, room, profile, rules_at(rules, row), instrument
        )
        reasons[t, i] = reason
        if before.quantity != 0.0 or after.ordered != before.ordered:
            keep_position(book, i, after)
        if after.ordered != before.ordered:
            counts[0] = note_order(orders, counts[0], t, i, after, reason, bound)
            if before.quantity == 0.0:
                room = taken(room, after, instrument)
