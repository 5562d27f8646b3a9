"""Bars of known regime, to hold detectors against: what the sources say of each regime, as strong as in real markets.

A bar is a day of a market that never closes. Within a regime the price follows

    log return = drift + pull to the middle of the range + scale * shock,   scale = level * sqrt(h) * sqrt(w)

with h a GARCH(1,1) of mean one (Bollerslev 1986: volatility clusters), and w drawn a bar from an inverse gamma, which
makes the shock Student-t (fat tails). The path within a bar is a random walk of STEPS steps at the bar's scale, so high
and low are where the price has been. Jumps come between two bars: the open is away from the close before.
"""

from typing import NamedTuple

import numpy as np

from models.regime.detected import CRISIS, RANGING, TRENDING, VOLATILE
from models.types import Bars, FloatArray, IntArray
from models.types.timeframes import DAY

STEPS = 24
# GARCH(1,1): weight of the last shock and of the last variance. Fitted across regimes the two add up to nearly one,
# within one to less, as changes of regime are part of what is fitted (Lamoureux and Lastrapes 1990).
SHOCK, MEMORY = 0.08, 0.86
# Degrees of freedom of Student's t.
TAIL = 5.0
FIRST_PRICE = 100.0
FIRST_TIME = 946_684_800 * 1_000_000


class Character(NamedTuple):
    """What a regime is like.

    Attributes:
        level: standard deviation of a day's log return.
        drift: mean log return a day, in levels; a trend's is up or down at even odds.
        pull: share of the distance to the middle of the range that is made good a day.
        jumps: chance of a jump before a bar.
        jump: smallest jump, as log return; what comes beyond it is exponential with the same mean.
        falls: share of the jumps that go down.
        volume: median volume, in that of a trend.
        shortest: days that it lasts at least.
        beyond: mean of the days beyond that.
    """

    level: float
    drift: float
    pull: float
    jumps: float
    jump: float
    falls: float
    volume: float
    shortest: int
    beyond: int


CHARACTERS: dict[int, Character] = {
    # Twice a trend's volatility, no direction, spikes of volume.
    VOLATILE: Character(0.024, 0.0, 0.0, 0.02, 0.02, 0.5, 1.8, 100, 200),
    # A quarter of its volatility a day in one direction: BTC from October 2020 to April 2021 had 0.2.
    TRENDING: Character(0.012, 0.25, 0.0, 0.005, 0.01, 0.5, 1.0, 150, 250),
    # Half of the way back to the middle in about four days, and quiet.
    RANGING: Character(0.007, 0.0, 0.15, 0.0, 0.01, 0.5, 0.7, 150, 250),
    # SPY in March 2020: 5 % a day, gaps, and down.
    CRISIS: Character(0.05, -0.15, 0.0, 0.2, 0.03, 0.75, 3.0, 40, 60),
}
# Which regime comes after which, by code: a crisis is rare and comes out of trouble or out of the blue.
NEXT: FloatArray = np.array(
    [
        [0.0, 0.45, 0.35, 0.2],
        [0.35, 0.0, 0.5, 0.15],
        [0.35, 0.5, 0.0, 0.15],
        [0.5, 0.25, 0.25, 0.0],
    ]
)


def simulate(generator: np.random.Generator, bars: int) -> tuple[Bars, IntArray]:
    """So many daily bars from 2000 on, and the true regime code of each, shape (bars,)."""
    truth, begins = regimes_of(generator, bars)
    unrest = _unrest(generator, bars)
    scale = unrest * _column("level")[truth]
    side = np.where(truth == TRENDING, _sides(generator, begins), 1.0)
    drift = side * (_column("drift") * _column("level"))[truth]
    paths = _walk(generator, scale, drift, _column("pull")[truth], _jumps(generator, truth), begins)
    volume = 1e6 * _column("volume")[truth] * unrest * np.exp(generator.normal(0.0, 0.35, bars))
    ts = FIRST_TIME + DAY * np.arange(bars, dtype=np.int64)
    prices = FIRST_PRICE * np.exp(paths)
    return Bars(ts, prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, -1], volume), truth


def regimes_of(generator: np.random.Generator, bars: int) -> tuple[IntArray, IntArray]:
    """True regime of every bar, and 1 where one begins, shape (bars,) each; the first is a ranging or trending one."""
    truth = np.empty(bars, np.int64)
    begins = np.zeros(bars, np.int64)
    regime = int(generator.choice([RANGING, TRENDING]))
    at = 0
    while at < bars:
        character = CHARACTERS[regime]
        length = int(character.shortest + generator.exponential(character.beyond))
        truth[at : at + length] = regime
        begins[at] = 1
        at += length
        regime = int(generator.choice(len(NEXT), p=NEXT[regime]))
    return truth, begins


def _sides(generator: np.random.Generator, begins: IntArray) -> FloatArray:
    """+1 or -1 for each spell, on all of its bars."""
    number = np.cumsum(begins) - 1
    drawn: FloatArray = generator.choice(np.array([-1.0, 1.0]), number[-1] + 1 if number.size else 0)
    return drawn[number]


def _column(name: str) -> FloatArray:
    """One figure of every regime, by code, shape (4,)."""
    return np.array([getattr(CHARACTERS[code], name) for code in range(len(CHARACTERS))], np.float64)


def _unrest(generator: np.random.Generator, bars: int) -> FloatArray:
    """Volatility of each bar in levels: clustered, and with the mixing of Student's t in it."""
    mixing = (TAIL - 2.0) / generator.chisquare(TAIL, bars)
    shocks = generator.normal(0.0, 1.0, bars) ** 2 * mixing
    out = np.empty(bars)
    variance = 1.0
    for t in range(bars):
        out[t] = np.sqrt(variance * mixing[t])
        variance = 1.0 - SHOCK - MEMORY + SHOCK * min(shocks[t] * variance, 16.0) + MEMORY * variance
    return out


def _jumps(generator: np.random.Generator, truth: IntArray) -> FloatArray:
    """Log return between the close before and the open, 0 on most bars."""
    size = _column("jump")[truth] * (1.0 + generator.exponential(1.0, truth.size))
    sign = np.where(generator.random(truth.size) < _column("falls")[truth], -1.0, 1.0)
    return np.where(generator.random(truth.size) < _column("jumps")[truth], sign * size, 0.0)


def _walk(
    generator: np.random.Generator,
    scale: FloatArray,
    drift: FloatArray,
    pull: FloatArray,
    jump: FloatArray,
    begins: IntArray,
) -> FloatArray:
    """Log price within every bar from open to close, shape (bars, STEPS + 1)."""
    out = np.empty((scale.size, STEPS + 1))
    steps = generator.normal(0.0, 1.0, (scale.size, STEPS)) / np.sqrt(STEPS)
    price = middle = 0.0
    for t in range(scale.size):
        if begins[t]:
            middle = price
        price += jump[t]
        out[t, 0] = price
        for k in range(STEPS):
            price += scale[t] * steps[t, k] + (drift[t] + pull[t] * (middle - price)) / STEPS
            out[t, k + 1] = price
    return out
