"""What a run's arrays say: its figures, what it was refused, and fills that its bars do not explain."""

import math
from collections.abc import Sequence

import numpy as np

from models.engine import Run
from models.engine.panel import CLOSE, HIGH, LOW, OPEN, SPLIT
from models.engine.parameters import COLUMN
from models.engine.tables import (
    FILL_LEG,
    FILL_PRICE,
    FILL_QUANTITY,
    FILL_ROW,
    FILL_SLIP,
    FILL_T,
    SWITCH_AFTER,
    SWITCH_ROW,
    SWITCH_T,
)
from models.meta import NOBODY
from models.portfolio import Benchmark, Metrics, Trade, hold, measure
from models.types import BoolArray, FloatArray, Instrument, IntArray, Leg, Reason
from tasks.session.book import Book
from tasks.session.market import MarketView

# A slip is counted in money and comes back as a price: rounding, as a share of it.
ROUNDING = 1e-9
# Fills that buy a position or more of it.
OPENING = (Leg.ENTRY, Leg.ADD)


def measured(run: Run, trades: Sequence[Trade], per_year: float, system: int | None = None) -> Metrics:
    """Metrics of a run and its closed trades, of the whole account or of one system's own capital and trades;
    `per_year` as in `measure`.
    """
    if system is None:
        traded = run.state.total("traded")
        return measure(run.equity, trades, exposure(run), traded, costs(run), per_year)
    name = run.parameters.systems[system].name
    own = [one for one in trades if one.system == name]
    traded = run.state.account(system).traded
    return measure(run.equities[:, system], own, exposure(run, system), traded, costs(run, system), per_year)


def costs(run: Run, system: int | None = None) -> float:
    """Fees, slippage and carry of everything, or of one system; account currency."""
    if system is None:
        return math.fsum(run.state.total(name) for name in ("fees", "slip", "carry"))
    account = run.state.account(system)
    return account.fees + account.slip + account.carry


def exposure(run: Run, system: int | None = None) -> FloatArray:
    """Value of all positions, long and short alike, over equity, of the account or of one system; shape (n_times,), 0
    where equity is not above zero.
    """
    rows, equity = slice(None), run.equity
    if system is not None:
        rows, equity = rows_of(run, system), run.equities[:, system]
    closes = last_closes(run)[:, run.parameters.slots[rows, COLUMN]]
    value = (np.abs(run.held[:, rows]) * closes).sum(axis=1)
    funded = equity > 0.0
    return np.where(funded, value / np.where(funded, equity, 1.0), 0.0)


def rows_of(run: Run, system: int) -> slice:
    """The rows of the book that are a system's."""
    first, last = run.parameters.firsts[system : system + 2].tolist()
    return slice(first, last)


def last_closes(run: Run) -> FloatArray:
    """Close of the newest usable bar at each time, in the units of that time; shape (n_times, n_symbols), 0 before the
    first.
    """
    usable = usable_bars(run)
    units = np.cumprod(run.panel.actions[:, :, SPLIT], axis=0)
    rows = np.where(usable, np.arange(usable.shape[0])[:, None], -1)
    latest = np.maximum.accumulate(rows, axis=0)
    known = np.where(usable, run.panel.close * units, 0.0)
    carried = np.take_along_axis(known, np.maximum(latest, 0), axis=0)
    closes: FloatArray = np.where(latest >= 0, carried, 0.0) / units
    return closes


def usable_bars(run: Run) -> BoolArray:
    """Where a bar's prices are finite, positive and in order; shape (n_times, n_symbols), as `is_usable`."""
    begin, high, low, close = (run.panel.prices[:, :, one] for one in (OPEN, HIGH, LOW, CLOSE))
    finite = np.isfinite(begin) & np.isfinite(high) & np.isfinite(low) & np.isfinite(close)
    usable: BoolArray = finite & (low > 0.0) & (low <= np.minimum(begin, close)) & (np.maximum(begin, close) <= high)
    return usable


def in_charge(run: Run, row: int) -> IntArray:
    """Code of who is in charge of a row of the book after each decision, NOBODY without one; shape (n_times,)."""
    own = run.switches[run.switches[:, SWITCH_ROW] == row]
    rows = np.append(0, own[:, SWITCH_T].astype(np.int64))
    codes = np.append(NOBODY, own[:, SWITCH_AFTER].astype(np.int64))
    return np.repeat(codes, np.diff(np.append(rows, run.panel.ts.size)))


def refusals(run: Run) -> dict[str, int]:
    """How often each refusal was the step's answer, by its lower-case name, most frequent first."""
    codes, counts = np.unique(run.reasons, return_counts=True)
    found = {Reason(int(code)): int(count) for code, count in zip(codes, counts, strict=True)}
    ranked = sorted(found, key=lambda one: (-found[one], one))
    return {one.name.lower(): found[one] for one in ranked if one.is_refusal}


def outside_trades(run: Run, trades: tuple[Trade, ...]) -> tuple[Trade, ...]:
    """Trades with a fill beyond its bar's low or high by more than its slippage and the rounding to a tick, in their
    order.
    """
    rows = run.parameters.rows
    entered, left = set(), set()
    for fill in run.fills[_outside(run)].tolist():
        system, slot = rows[int(fill[FILL_ROW])]
        place = system.name, slot.symbol, int(run.panel.ts[int(fill[FILL_T])])
        if int(fill[FILL_LEG]) in OPENING:
            entered.add(place)
        else:
            left.add((*place, Leg(int(fill[FILL_LEG])).name.lower()))
    return tuple(
        one
        for one in trades
        if (one.system, one.symbol, one.entered) in entered or (one.system, one.symbol, one.exited, one.leg) in left
    )


def _outside(run: Run) -> BoolArray:
    """Which fills are; shape (n_fills,)."""
    ticks = run.parameters.instruments[:, Instrument._fields.index("tick")]
    t, row = run.fills[:, FILL_T].astype(np.int64), run.fills[:, FILL_ROW].astype(np.int64)
    column = run.parameters.slots[row, COLUMN]
    price, slip = run.fills[:, FILL_PRICE], run.fills[:, FILL_SLIP] / np.abs(run.fills[:, FILL_QUANTITY])
    beyond = np.maximum(run.panel.prices[t, column, LOW] - price, price - run.panel.prices[t, column, HIGH])
    inside: BoolArray = beyond <= slip + ticks[row] + ROUNDING * price
    return ~inside


def holding(book: Book, views: Sequence[MarketView], ts: IntArray, per_year: float) -> Benchmark:
    """What holding the book's traded symbols, one of each view, in equal parts over the bars `ts` would have made:
    bought at market once, dividends reinvested, splits gone along with.
    """
    closes: FloatArray = np.full((ts.size, len(views)), np.nan)
    for column, view in zip(closes.T, views, strict=True):
        within = (view.adjusted.ts >= ts[0]) & (view.adjusted.ts <= ts[-1])
        column[np.searchsorted(ts, view.adjusted.ts[within])] = view.adjusted.close[within]
    traded = {slot.symbol: slot.instrument for _, slot in book.parameters.rows}
    instruments = [traded[view.series.symbol] for view in views]
    entry_rate = float(np.mean([one.taker_fee + one.half_spread for one in instruments]))
    return hold(closes, book.capital, entry_rate, per_year)
