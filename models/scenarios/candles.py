"""Bars without a price level: log ratios, which scale and join exactly."""

import math
from dataclasses import dataclass

import numpy as np

from models.types import BadInput, Bars, BoolArray, FloatArray, IntArray

# exp of it and of its negative are ordinary numbers.
FURTHEST = 700.0
SMALLEST_START, LARGEST_START = 1e-300, 1e300


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Columns of shape (n,), natural logs: `gap` open over the close before, `body` close over open, `up` high over
    the higher of open and close, `down` the lower of both over low; `up` and `down` are not negative. `volume` is a
    multiple of the present usual one, NaN where unknown; everything else is finite.

    Raises:
        BadInput: columns of different length, a figure that is not finite, a negative `up`, `down` or volume.
    """

    gap: FloatArray
    body: FloatArray
    up: FloatArray
    down: FloatArray
    volume: FloatArray

    def __post_init__(self) -> None:
        lengths = sorted({len(one) for one in (self.gap, self.body, self.up, self.down, self.volume)})
        if len(lengths) > 1:
            raise BadInput(f"columns of candles have {lengths} rows; give one row of each for every bar")
        for name, column in (("gap", self.gap), ("body", self.body)):
            _require(name, column, np.isfinite(column), "a finite log")
        for name, column in (("up", self.up), ("down", self.down)):
            _require(name, column, np.isfinite(column) & (column >= 0.0), "a finite log of 0 or more")
        known = np.isfinite(self.volume) & (self.volume >= 0.0)
        _require("volume", self.volume, known | np.isnan(self.volume), "a finite multiple of 0 or more, or NaN")

    def __len__(self) -> int:
        return len(self.gap)


def candles_of(bars: Bars, before_close: float, usual_volume: float) -> Candles:
    """The candles of `bars`, (n,): `before_close` is the close before the first one, in the same currency.

    `usual_volume` is what a volume of 1.0 stands for, units; without any (NaN, 0 or less) volumes are unknown. A high
    or a low within the body counts as its edge.

    Raises:
        BadInput: a price that is not finite and positive, or a volume below 0.
    """
    _require_price("the close before the first bar", before_close)
    for name, column in (("open", bars.open), ("high", bars.high), ("low", bars.low), ("close", bars.close)):
        _require(name, column, np.isfinite(column) & (column > 0.0), "a finite price above 0")
    opens, high, low, close = (np.log(one) for one in (bars.open, bars.high, bars.low, bars.close))
    before = np.concatenate(([math.log(before_close)], close[:-1]))[: len(bars)]
    return Candles(
        gap=opens - before,
        body=close - opens,
        up=np.maximum(high - np.maximum(opens, close), 0.0),
        down=np.maximum(np.minimum(opens, close) - low, 0.0),
        volume=bars.volume / usual_volume if _is_known(usual_volume) else np.full(len(bars), np.nan),
    )


def bars_from(candles: Candles, ts: IntArray, start_close: float, usual_volume: float) -> Bars:
    """The bars at the opens `ts` (n,) that follow a close of `start_close`: the inverse of `candles_of`.

    Prices are finite, positive and ordered (low, then open and close, then high) whatever the candles: cut off where
    they, or their multiples of the start, would pass exp(FURTHEST) or its inverse. An unknown volume is NaN in the
    bars too; so is every one without a `usual_volume` (NaN, 0 or less).

    Raises:
        BadInput: another number of times than of candles, or a start that is no price.
    """
    _require_price("the close to start from", start_close)
    if len(ts) != len(candles):
        raise BadInput(f"{len(candles)} candles have {len(ts)} times; give the open of each bar")
    gap, body, up, down = (
        np.clip(one, -2.0 * FURTHEST, 2.0 * FURTHEST) for one in (candles.gap, candles.body, candles.up, candles.down)
    )
    closes = np.cumsum(gap + body)
    opens = np.concatenate(([0.0], closes[:-1]))[: len(candles)] + gap
    start = math.log(start_close)
    figures = (opens, np.maximum(opens, closes) + up, np.minimum(opens, closes) - down, closes)
    lowest, highest = -FURTHEST - min(start, 0.0), FURTHEST - max(start, 0.0)
    # exp is not promised to be monotone to the last bit, so the order is made sure of below.
    prices = [start_close * np.exp(np.clip(one, lowest, highest)) for one in figures]
    return Bars(
        ts=ts,
        open=prices[0],
        high=np.maximum.reduce(prices),
        low=np.minimum.reduce(prices),
        close=prices[3],
        volume=candles.volume * usual_volume if _is_known(usual_volume) else np.full(len(candles), np.nan),
    )


def scaled(candles: Candles, beta: float) -> Candles:
    """An asset whose log price moves `beta` times as far; a negative beta mirrors it, so highs become lows. Volume
    stays.

    Raises:
        BadInput: `beta` is not finite.
    """
    if not math.isfinite(beta):
        raise BadInput(f"beta is {beta!r}; allowed is a finite number: correct it")
    up, down = (candles.up, candles.down) if beta >= 0.0 else (candles.down, candles.up)
    return Candles(
        gap=candles.gap * beta,
        body=candles.body * beta,
        up=up * abs(beta),
        down=down * abs(beta),
        volume=candles.volume,
    )


def _is_known(usual_volume: float) -> bool:
    return math.isfinite(usual_volume) and usual_volume > 0.0


def _require_price(words: str, price: float) -> None:
    if not SMALLEST_START <= price <= LARGEST_START:
        raise BadInput(
            f"{words} is {price!r}; allowed is a price from {SMALLEST_START:g} to {LARGEST_START:g}: correct it"
        )


def _require(name: str, column: FloatArray, allowed: BoolArray, what: str) -> None:
    if not allowed.all():
        row = int(np.argmin(allowed))
        raise BadInput(f"{name} of row {row} is {float(column[row])!r}; allowed is {what}: correct the bars")
