"""What a scenario does to bars beside moving prices: thin volumes, coins that lose their worth, venues that halt."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.scenarios import Candles, Scenario, bars_from
from models.types import BadInput, Bars, FloatArray, IntArray, bars_per_day
from tasks.session.stressing.paths import Course
from tasks.session.stressing.present import Asset

# In a symbol, between what is priced and what it is priced in, and before what a contract is settled in.
PRICED_IN, SETTLED_IN = "/", ":"
# A tenth of a day is 2.4000000000000004 hours.
ROUNDING = 1e-9


def bars_of(course: Course, scenario: Scenario, assets: Sequence[Asset]) -> tuple[tuple[Bars, FloatArray], ...]:
    """Of each asset its bars after now, and the volatility index as known at them.

    On a halted venue the move goes on without bars: it reopens with a gap.

    Raises:
        BadInput: nothing is left to be seen.
    """
    shock = scenario.shock
    thinner = 1.0 if scenario.window is None else shock.liquidity
    found = []
    for one, path in zip(assets, course.paths, strict=True):
        candles = path.candles
        if thinner != 1.0:
            candles = replace(candles, volume=candles.volume * thinner)
        for coin, lost in shock.depeg:
            candles = _priced(candles, side_of(one.series.symbol, coin), worth_of(course, lost)[path.rows])
        seen = path.rows >= _halted_rows(scenario, one)
        bars = bars_from(candles, course.ts[path.rows], one.close, one.usual_volume)
        found.append((bars.rows(seen), path.index[seen]))
    if not any(len(bars) for bars, _ in found):
        raise BadInput(f"{scenario.name!r} halts every venue of the book to its end; let it last longer than its halts")
    return tuple(found)


def worth_of(course: Course, lost: float) -> FloatArray:
    """What is left of a coin's worth at the close of each row, shape (n_rows,): it falls by the same in each row of the
    stretch, and stays there.
    """
    passed = np.minimum(np.arange(1, course.ts.size + 1) / course.shocked_rows, 1.0)
    return 1.0 - lost * passed


def worth_at(course: Course, scenario: Scenario, symbol: str, ts: IntArray) -> FloatArray | None:
    """Of what `symbol` is priced in, shape of `ts`, opens of some rows; None where that does not fall."""
    falling = [lost for coin, lost in scenario.shock.depeg if coin == quote_of(symbol)]
    return worth_of(course, falling[0])[np.searchsorted(course.ts, ts)] if falling else None


def quote_of(symbol: str) -> str:
    """What a price is told in; empty where the symbol does not say."""
    return symbol.partition(PRICED_IN)[2].partition(SETTLED_IN)[0]


def side_of(symbol: str, coin: str) -> int:
    """1 where the coin is what is priced, -1 where it is priced in it, 0 where it is neither."""
    base = symbol.partition(PRICED_IN)[0]
    return (base == coin) - (quote_of(symbol) == coin)


def _priced(candles: Candles, side: int, worth: FloatArray) -> Candles:
    """The falling worth (n,) is in the bodies, open to close."""
    if side == 0:
        return candles
    return replace(candles, body=candles.body + side * np.diff(np.log(worth), prepend=0.0))


def _halted_rows(scenario: Scenario, asset: Asset) -> int:
    days = dict(scenario.shock.halted).get(asset.series.venue, 0.0)
    return math.ceil(days * bars_per_day(asset.inputs.calendar, asset.inputs.timeframe) - ROUNDING)
