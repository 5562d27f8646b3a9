"""The same cross strategy with stop and target in `backtesting` 0.6.6 and in our fold: the same trades, and the same
equity at every bar, to the cent.

The strategy: when the average of 20 closes crosses that of 50, a position of a share of the equity in whole units, at
the next open, with a stop 2 % and a target 4 % off the close that decided; left at the open after the opposite cross.
The averages, the crosses, the size and the levels are computed twice: there by pandas, by its `crossover`, from its own
equity, and by exact decimals.

Defined alike: orders fill at the next open; a stop that the open has passed fills at the open; a target that the open
has passed fills at the open; levels guard the bar of the entry already; a touch is enough; of stop and target in one
bar the stop is taken; a cross closes at the open, before the levels of that bar; commission on both sides.

Defined otherwise and kept out of what is compared; the first two are shown below:
- A bar that opens beyond the target and comes back to the stop: ours sells at the open, the first price there was;
  theirs at the stop. No bar of the runs below does that to an open position (asserted).
- An entry that the cash no longer pays for at the open: ours is cut to what it pays for, theirs is cancelled. Here half
  of the equity is used, which pays for every gap.
- Its orders live until they are filled; a limit entry of ours lives for one bar. Only market entries are compared.
- It knows no volume, spread, impact, tick or lot below one: all are off here (tick as fine as the data).
- It shows a trade that is open at the end as none (`finalize_trades=False`); its open trades are compared as well.
"""

import math
from collections import Counter
from dataclasses import replace
from decimal import ROUND_FLOOR
from pathlib import Path

import numpy as np
import pytest
from cross_strategy import CAPITAL, Case, Trade, crosses, on_grid, ours, theirs, trades_of

from models.engine import Run
from models.types import Bars
from models.types.timeframes import HOUR
from tasks.adapters.archives import read_archive

# Its own: a deprecated name of pandas, and that a trade is open at the end.
pytestmark = pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofweek", "ignore:Some trades remain open:UserWarning")
CENT = 0.01


def assert_same(bars: Bars, case: Case) -> Run:
    run = ours(bars, case)
    assert not contested(bars, run)
    assert_agree(run, *theirs(bars, case))
    return run


def assert_agree(run: Run, trades: list[Trade], equity: np.ndarray) -> None:
    mine = trades_of(run)
    assert len(mine) == len(trades)
    for one, other in zip(mine, trades, strict=True):
        assert (one.entered, one.exited, one.size) == (other.entered, other.exited, other.size)
        assert (one.entry, one.exit) == (other.entry, other.exit)
        assert one.profit == pytest.approx(other.profit, rel=0.0, abs=CENT / 2)
    np.testing.assert_allclose(run.equity, equity, rtol=0.0, atol=CENT / 2)


def contested(bars: Bars, run: Run) -> list[int]:
    """Bars in which an open position's target is passed by the open and its stop touched later on."""
    levels = {one.bar: one for one in run.intents() if one.stop is not None}
    found = []
    for trade in trades_of(run):
        order = levels[int(bars.ts[trade.entered - 1])]
        side = math.copysign(1.0, trade.size)
        last = len(bars) - 1 if trade.exited is None else trade.exited
        for t in range(trade.entered, last + 1):
            worst = bars.low[t] if side > 0.0 else bars.high[t]
            if side * (bars.open[t] - order.target) >= 0.0 and side * (worst - order.stop) <= 0.0:
                found.append(t)
    return found


def jumping_bars(seed: int, count: int) -> Bars:
    """Hourly bars on cents with trends; one in twelve opens after a gap of a few percent, one in twenty goes both ways
    by more than levels are apart.
    """
    rng = np.random.default_rng(seed)
    drift = np.repeat(rng.choice([-0.002, 0.0, 0.002], count // 40 + 1), 40)[:count]
    gap = np.where(rng.random(count) < 0.08, rng.normal(0.0, 0.025, count), 0.0)
    body = drift + 0.006 * rng.standard_normal(count)
    wick = np.where((gap == 0.0) & (rng.random(count) < 0.05), 0.06, 0.004)
    close = 100.0 * np.exp(np.cumsum(gap + body))
    opens = close * np.exp(-body)
    high = np.maximum(opens, close) * (1.0 + wick * rng.random(count))
    low = np.minimum(opens, close) * (1.0 - wick * rng.random(count))
    columns = [np.round(one, 2) for one in (opens, high, low, close)]
    return Bars(np.arange(count, dtype=np.int64) * HOUR, *columns, volume=np.full(count, np.nan))


def met(bars: Bars, run: Run) -> Counter[str]:
    """How often each kind of exit has happened."""
    levels = {one.bar: one for one in run.intents() if one.stop is not None}
    found = Counter(fill.leg.name for fill in run.executions())
    for trade in trades_of(run):
        if trade.exited is None:
            continue
        order, t = levels[int(bars.ts[trade.entered - 1])], trade.exited
        found["in its first bar"] += trade.entered == t
        found["gap through a stop"] += trade.exit == bars.open[t] and trade.size * (order.stop - trade.exit) > 0.0
        found["gap over a target"] += trade.exit == bars.open[t] and trade.size * (trade.exit - order.target) > 0.0
        nearer, further = sorted((order.stop, order.target))
        found["stop and target in one bar"] += bars.low[t] <= nearer and further <= bars.high[t]
    return found


KINDS = (
    *("EXIT", "STOP", "TARGET", "in its first bar"),
    *("gap through a stop", "gap over a target", "stop and target in one bar"),
)
RANDOM = [
    (seed, Case("0.01", fee, 0.5, shorts)) for seed in (1, 2, 3) for fee in (0.0, 0.001) for shorts in (False, True)
]


@pytest.mark.parametrize(("seed", "case"), RANDOM, ids=str)
def test_on_random_bars(seed: int, case: Case) -> None:
    bars = jumping_bars(seed, 12_000)
    seen = met(bars, assert_same(bars, case))
    assert all(seen[kind] >= 4 for kind in KINDS), seen


# File, symbol, tick of its prices, and trades of the long-only strategy and of that on both sides. Splits and
# dividends are left in: to both engines they are gaps.
REAL = [
    ("btcusdt_binance_1h_2017-08_2024-12", "BTC/USDT", "0.01", 766, 1174),
    ("ethusdt_binance_1h_2017-08_2024-12", "ETH/USDT", "0.01", 763, 1274),
    ("xrpusdt_binance_1h_2020-09_2024-12", "XRP/USDT", "0.00001", 449, 753),
    ("etf_daily_unadjusted_1999_2024", "IWM", "0.0001", 69, 134),
    ("etf_daily_unadjusted_1999_2024", "SPY", "0.0001", 68, 127),
    ("etf_daily_unadjusted_1999_2024", "QQQ", "0.0001", 62, 121),
    ("etf_daily_unadjusted_1999_2024", "VWO", "0.0001", 51, 98),
    ("us_equity_daily_unadjusted_1998_2021", "AAPL", "0.0001", 59, 118),
    ("us_equity_daily_unadjusted_1998_2021", "IBM", "0.0001", 65, 128),
]


@pytest.mark.realdata
@pytest.mark.parametrize("shorts", [False, True], ids=["long", "both"])
@pytest.mark.parametrize(("file", "symbol", "tick", "one_side", "both_sides"), REAL, ids=[one[1] for one in REAL])
def test_on_real_bars(
    file: str, symbol: str, tick: str, one_side: int, both_sides: int, shorts: bool, market_data: Path
) -> None:
    bars = read_archive(market_data / f"{file}.parquet", symbol)
    run = assert_same(bars, Case(tick, 0.001, 0.5, shorts))
    assert len(trades_of(run)) == (both_sides if shorts else one_side)


def test_a_thousandth_of_a_basis_point_in_the_commission_is_noticed() -> None:
    bars = jumping_bars(1, 3000)
    case = Case("0.01", 0.001, 0.5, True)
    run = ours(bars, replace(case, commission=0.0010001))
    with pytest.raises(AssertionError):
        assert_agree(run, *theirs(bars, case))


def after_a_cross(*following: tuple[float, float, float, float]) -> tuple[Bars, int, float]:
    """(bars, the one that crosses up, its close): a fall, a rise to the cross, then bars in parts of its close."""
    close = np.round(np.concatenate([100.0 - 0.1 * np.arange(60), 94.1 + np.arange(30)]), 2)
    still = Bars(np.arange(close.size), close, close, close, close, close)
    at = int(np.flatnonzero(crosses(still, "0.01") == 1.0)[0])
    rows = [[one] * 4 for one in close[: at + 1]] + [[round(part * close[at], 2) for part in one] for one in following]
    opens, high, low, last = np.array(rows).T
    ts = np.arange(len(rows), dtype=np.int64) * HOUR
    return Bars(ts, opens, high, low, last, volume=np.full(ts.size, np.nan)), at, float(close[at])


def test_a_bar_that_opens_over_the_target_and_falls_to_the_stop_is_sold_at_its_open() -> None:
    bars, at, close = after_a_cross((1.0, 1.01, 0.99, 1.0), (1.05, 1.05, 0.97, 1.0))
    case = Case("0.01", 0.001, 0.5, False)
    run = ours(bars, case)
    assert contested(bars, run) == [at + 2]
    assert [(one.exited, one.exit) for one in trades_of(run)] == [(at + 2, bars.open[at + 2])]
    stop = on_grid(close, "-2", "0.01", ROUND_FLOOR)
    assert [(one.exited, one.exit) for one in theirs(bars, case)[0]] == [(at + 2, stop)]


def test_an_entry_that_the_cash_no_longer_pays_for_is_cut_not_cancelled() -> None:
    bars, at, _ = after_a_cross((1.03, 1.03, 1.03, 1.03))
    case = Case("0.01", 0.001, 0.99, False)
    run = ours(bars, case)
    assert [one.size for one in trades_of(run)] == [math.floor(CAPITAL / (bars.open[at + 1] * 1.001))]
    assert run.intents()[0].quantity > trades_of(run)[0].size
    with pytest.warns(UserWarning, match="insufficient margin"):
        assert theirs(bars, case)[0] == []
