"""What a run says: in short, by year, by regime, by specialist."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from models.bootstrap import stationary_rows
from models.engine import Run
from models.engine.tables import FILL_LEG
from models.portfolio import Interval, RoundTrip, bar_returns, yearly_excess
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import funded, sharpe_ratio, whole_return
from models.types import FloatArray, IntArray
from tasks.session.backtesting.measuring import OPENING, costs, rows_of
from tasks.session.backtesting.specialists import HAVEN
from tasks.session.validating.figures import Brief, Part, Traded, Year
from tasks.session.validating.gains import NAMES, regimes_when_begun, row_gains, shares_of_bars

SEED = 20_260_204
REPLICATES = 1000
# Fewer trades are no sample.
FEWEST_TRADES = 20
# Nine in ten replicates lie within.
BOUNDS = (5.0, 95.0)


def brief_of(run: Run, per_year: float) -> Brief:
    """A run in short; `per_year` as in `measure`."""
    curve = funded(run.equity)
    closing = int((~np.isin(run.fills[:, FILL_LEG], OPENING)).sum())
    sharpe = sharpe_ratio(bar_returns(curve), per_year)
    return Brief(whole_return(curve), sharpe, deepest_drawdown(curve), costs(run), closing)


def years_of(run: Run, trips: Sequence[RoundTrip], days_per_year: int) -> dict[str, Year]:
    """Every UTC year that has a bar; their profits sum to the whole's."""
    ts, equity = run.panel.ts, funded(run.equity)
    years, ended = _years(ts), _years(np.array([one.exited for one in trips], np.int64))
    found = {}
    for year in np.unique(years).tolist():
        rows = np.flatnonzero(years == year)
        first, last = max(int(rows[0]) - 1, 0), int(rows[-1])
        curve = equity[first : last + 1]
        found[str(year)] = Year(
            bars=rows.size,
            profit=float(curve[-1] - curve[0]),
            total_return=whole_return(curve),
            max_drawdown=deepest_drawdown(curve),
            trades=int((ended == year).sum()),
            yearly=yearly(bar_returns(curve), ts[first + 1 : last + 1], days_per_year),
        )
    return found


def regimes_of(run: Run, traded: int, days_per_year: int, system: int | None = None) -> dict[str, Part]:
    """What the account, or a system of it, made while each regime held; the profits sum to the whole's.

    A gain counts to the regime of its symbol that was known when the bar began, that of a haven to its guide's.
    """
    rows = slice(None) if system is None else rows_of(run, system)
    equity = funded(run.equity if system is None else run.equities[:, system])
    gains, codes = row_gains(run)[:, rows], regimes_when_begun(run)[:, rows]
    shares, before = shares_of_bars(run, traded), np.where(equity[:-1] > 0.0, equity[:-1], np.inf)
    found = {}
    for code, name in enumerate(NAMES):
        own = np.where(codes == code, gains, 0.0).sum(axis=1)
        part = np.maximum(own[1:] / before, -1.0)
        found[name] = Part(float(shares[code]), float(own.sum()), yearly(part, run.panel.ts[1:], days_per_year))
    return found


def specialists_of(run: Run, trips: Sequence[RoundTrip]) -> dict[str, dict[str, Traded]]:
    """Round trips of each specialist of each system, as `system specialist`, by the regime they were entered in; what
    is held of a haven is a specialist of its own. The profits sum to those of all trades.
    """
    havens = {(system.name, slot.symbol) for system, slot in run.parameters.rows if slot.haven}
    groups: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in trips:
        specialist = HAVEN if (one.system, one.symbol) in havens else one.specialist
        groups[f"{one.system} {specialist}", one.regime].append(one.profit)
    found: defaultdict[str, dict[str, Traded]] = defaultdict(dict)
    for (name, regime), profits in sorted(groups.items()):
        found[name][regime] = _traded(np.array(profits))
    return dict(found)


def yearly(returns: FloatArray, ts: IntArray, days_per_year: int) -> Interval | None:
    """Log return a year of bar returns (n,), `ts` (n,) their opens, with the 90 % interval of its daily mean; None
    below 30 days, where nothing moved, and where everything was lost.
    """
    if not returns.size:
        return None
    nothing, generator = np.zeros(returns.size), np.random.default_rng(SEED)
    return yearly_excess(returns, nothing, ts, days_per_year, generator, REPLICATES)


def mean_interval(values: FloatArray) -> Interval | None:
    """Mean of values (n,) in the order of their trades and its 90 % interval by block bootstrap, blocks of n^(1/3) (the
    rate of Politis and White, Econometric Reviews 23(1), 2004); None below FEWEST_TRADES.
    """
    if values.size < FEWEST_TRADES:
        return None
    generator, block = np.random.default_rng(SEED), float(round(values.size ** (1.0 / 3.0)))
    drawn = [values[stationary_rows(values.size, values.size, block, generator)].mean() for _ in range(REPLICATES)]
    low, high = np.percentile(drawn, BOUNDS)
    return Interval(float(low), float(values.mean()), float(high))


def _traded(profits: FloatArray) -> Traded:
    return Traded(profits.size, float(profits.sum()), float((profits > 0.0).mean()), mean_interval(profits))


def _years(ts: IntArray) -> IntArray:
    return 1970 + ts.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)
