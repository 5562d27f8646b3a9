"""What a run's arrays say: its figures, what it was refused, and fills that its bars do not explain."""

from collections.abc import Sequence

import numpy as np

from models.engine import Parameters, Run
from models.engine.panel import CLOSE, HIGH, LOW, OPEN, SPLIT
from models.engine.tables import FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_SLIP, FILL_T
from models.portfolio import Benchmark, Metrics, Trade, hold, measure
from models.types import BoolArray, FloatArray, Instrument, IntArray, Leg, Reason
from tasks.session.book import Book
from tasks.session.market import MarketView

# A slip is counted in money and comes back as a price: rounding, as a share of it.
ROUNDING = 1e-9


def measured(run: Run, trades: tuple[Trade, ...], per_year: float) -> Metrics:
    """Metrics of a run and its closed trades; `per_year` as in `measure`."""
    return measure(run.equity, trades, exposure(run), run.state.money.traded, costs(run), per_year)


def costs(run: Run) -> float:
    """Fees, slippage and carry of everything, account currency."""
    money = run.state.money
    return money.fees + money.slip + money.carry


def exposure(run: Run) -> FloatArray:
    """Value of all positions, long and short alike, over equity; shape (n_times,), 0 where equity is not above zero."""
    value = (np.abs(run.held) * last_closes(run)).sum(axis=1)
    funded = run.equity > 0.0
    return np.where(funded, value / np.where(funded, run.equity, 1.0), 0.0)


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


def refusals(run: Run) -> dict[str, int]:
    """How often each refusal was the step's answer, by its lower-case name, most frequent first."""
    codes, counts = np.unique(run.reasons, return_counts=True)
    found = {Reason(int(code)): int(count) for code, count in zip(codes, counts, strict=True)}
    ranked = sorted(found, key=lambda one: (-found[one], one))
    return {one.name.lower(): found[one] for one in ranked if one.is_refusal}


def outside_trades(run: Run, parameters: Parameters, trades: tuple[Trade, ...]) -> tuple[Trade, ...]:
    """Trades with a fill beyond its bar's low or high by more than its slippage and the rounding to a tick, in their
    order.
    """
    entered, left = set(), set()
    for row in run.fills[_outside(run, parameters)].tolist():
        place = run.symbols[int(row[FILL_ROW])], int(run.panel.ts[int(row[FILL_T])])
        if int(row[FILL_LEG]) == Leg.ENTRY:
            entered.add(place)
        else:
            left.add((*place, Leg(int(row[FILL_LEG])).name.lower()))
    return tuple(
        one for one in trades if (one.symbol, one.entered) in entered or (one.symbol, one.exited, one.leg) in left
    )


def _outside(run: Run, parameters: Parameters) -> BoolArray:
    """Which fills are; shape (n_fills,)."""
    ticks = parameters.instruments[:, Instrument._fields.index("tick")]
    t, row = run.fills[:, FILL_T].astype(np.int64), run.fills[:, FILL_ROW].astype(np.int64)
    price, slip = run.fills[:, FILL_PRICE], run.fills[:, FILL_SLIP] / np.abs(run.fills[:, FILL_QUANTITY])
    beyond = np.maximum(run.panel.prices[t, row, LOW] - price, price - run.panel.prices[t, row, HIGH])
    inside: BoolArray = beyond <= slip + ticks[row] + ROUNDING * price
    return ~inside


def holding(book: Book, views: Sequence[MarketView], ts: IntArray, per_year: float) -> Benchmark:
    """What holding the book's symbols in equal parts over the bars `ts` would have made: bought at market once,
    dividends reinvested, splits gone along with.
    """
    closes: FloatArray = np.full((ts.size, len(views)), np.nan)
    for column, view in zip(closes.T, views, strict=True):
        within = (view.adjusted.ts >= ts[0]) & (view.adjusted.ts <= ts[-1])
        column[np.searchsorted(ts, view.adjusted.ts[within])] = view.adjusted.close[within]
    instruments = [Instrument(*row) for row in book.parameters.instruments.tolist()]
    entry_rate = float(np.mean([one.taker_fee + one.half_spread for one in instruments]))
    return hold(closes, book.capital, entry_rate, per_year)
