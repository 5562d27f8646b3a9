"""Other simulated markets of known regime than the product's own, each made in another way; daily and hourly stamps.

Every one takes a generator and a number of bars and gives bars and true codes, as `models.regime.simulate` does.
"""

import numpy as np

from models.types import Bars, Regime
from models.types.timeframes import DAY, HOUR

V, T, R, C = (int(one) for one in Regime)


def spells(rng, bars, draw_length, weights):
    """Codes (bars,), and the number of the spell that each bar is in; never the same regime twice in a row."""
    truth, number = np.empty(bars, np.int64), np.empty(bars, np.int64)
    at, count, before = 0, 0, -1
    while at < bars:
        p = np.array(weights, float)
        if before >= 0:
            p[before] = 0.0
        before = int(rng.choice(4, p=p / p.sum()))
        stop = at + draw_length(rng, before)
        truth[at:stop], number[at:stop] = before, count
        at, count = stop, count + 1
    return truth, number


def assembled(step, opens, high, low, close, rng):
    n = len(close)
    ts = 1_500_000_000_000_000 // DAY * DAY + step * np.arange(n, dtype=np.int64)
    return Bars(ts, opens, high, low, close, rng.lognormal(10.0, 0.5, n))


def banded(rng, bars):
    """Hourly. Log-volatility follows an AR(1) (stochastic volatility instead of GARCH); a range has walls that the
    price bounces off instead of a pull; 30 to 500 bars a regime, evenly in logs; a trend's drift comes and goes.
    """
    draw = lambda r, _: int(np.exp(r.uniform(np.log(30), np.log(500))))  # noqa: E731
    truth, number = spells(rng, bars, draw, [0.25, 0.3, 0.3, 0.15])
    level = np.array([0.0085, 0.004, 0.0022, 0.02])[truth]
    wander = np.empty(bars)
    x = 0.0
    for t in range(bars):
        x = 0.95 * x + rng.normal(0.0, 0.08)
        wander[t] = x
    scale = level * np.exp(wander)
    side = rng.choice([-1.0, 1.0], number[-1] + 1)[number]
    breath = 0.3 + 0.25 * np.sin(np.arange(bars) / 6.0)
    drift = np.where(truth == T, side * breath, np.where(truth == C, -0.15, 0.0)) * scale
    opens, high, low, close = (np.empty(bars) for _ in range(4))
    price, middle, half = 0.0, 0.0, 0.0
    for t in range(bars):
        if t == 0 or number[t] != number[t - 1]:
            middle, half = price, 4.0 * level[t]
        jump = rng.choice([-1, -1, 1]) * rng.uniform(0.03, 0.08) if truth[t] == C and rng.random() < 0.08 else 0.0
        price += jump
        path = [price]
        for shock in rng.standard_t(6.0, 12) / np.sqrt(1.5 * 12):
            price += scale[t] * shock + drift[t] / 12
            if truth[t] == R:
                over = abs(price - middle) - half
                if over > 0.0:
                    price -= 2.0 * over * np.sign(price - middle)
            path.append(price)
        opens[t], high[t], low[t], close[t] = path[0], max(path), min(path), path[-1]
    return assembled(HOUR, *(1e4 * np.exp(one) for one in (opens, high, low, close)), rng), truth


def plain(rng, bars):
    """Daily. Normal returns of constant volatility, closes only: high and low are the ends of the bar stretched by
    half a normal; Markov chain with geometric durations of 100 bars on average (40 in a crisis); no gaps but in crises.
    """
    stay = np.array([0.99, 0.99, 0.99, 0.975])
    truth = np.empty(bars, np.int64)
    state, begin = R, np.zeros(bars, bool)
    for t in range(bars):
        if rng.random() > stay[state]:
            state = int(rng.choice([k for k in range(4) if k != state]))
            begin[t] = True
        truth[t] = state
    number = np.cumsum(begin)
    level = np.array([0.025, 0.013, 0.008, 0.05])[truth]
    side = rng.choice([-1.0, 1.0], number[-1] + 1)[number]
    returns = rng.normal(0.0, 1.0, bars) * level + np.where(truth == T, 0.25 * side, 0.0) * level
    returns += np.where(truth == C, -0.1 * level, 0.0)
    gaps = rng.choice([-1, 1], bars) * rng.uniform(0.03, 0.06, bars)
    gaps[(truth != C) | (rng.random(bars) > 0.25)] = 0.0
    price, middle = 0.0, 0.0
    opens, close = np.empty(bars), np.empty(bars)
    for t in range(bars):
        if begin[t]:
            middle = price
        opens[t] = price + gaps[t]
        price = opens[t] + returns[t] + (0.2 * (middle - opens[t]) if truth[t] == R else 0.0)
        close[t] = price
    stretch = np.abs(rng.normal(0.0, 0.5, (2, bars))) * level
    high, low = np.maximum(opens, close) + stretch[0], np.minimum(opens, close) - stretch[1]
    return assembled(DAY, *(100.0 * np.exp(one) for one in (opens, high, low, close)), rng), truth


def even(rng, bars):
    """Daily. Ranges are as volatile as trends: only direction and the pull to the middle tell them apart. GARCH,
    Student t with four degrees of freedom, 100 to 500 bars a regime.
    """
    draw = lambda r, k: int(r.uniform(100, 500) * (0.3 if k == C else 1.0))  # noqa: E731
    truth, number = spells(rng, bars, draw, [1.0, 1.5, 1.5, 0.5])
    level = np.array([0.032, 0.013, 0.013, 0.06])[truth]
    side = rng.choice([-1.0, 1.0], number[-1] + 1)[number]
    shocks = rng.standard_t(4.0, bars) / np.sqrt(2.0)
    opens, high, low, close = (np.empty(bars) for _ in range(4))
    price, middle, h, last = 0.0, 0.0, 1.0, 0.0
    for t in range(bars):
        if t == 0 or number[t] != number[t - 1]:
            middle = price
        h = 0.05 + 0.1 * min(last * last, 9.0) * h + 0.85 * h
        last = shocks[t]
        size = level[t] * np.sqrt(h)
        gap = -rng.uniform(0.03, 0.1) if truth[t] == C and rng.random() < 0.1 else 0.0
        drift = {T: 0.3 * side[t], R: 0.0, V: 0.0, C: -0.1}[int(truth[t])] * level[t]
        opens[t] = price + gap
        change = size * shocks[t] + drift + (0.2 * (middle - price) if truth[t] == R else 0.0)
        bridge = np.cumsum(np.append(0.0, rng.normal(0.0, size / 4.0, 16)))
        bridge += opens[t] + np.linspace(0.0, 1.0, 17) * (change - bridge[-1])
        high[t], low[t], close[t] = bridge.max(), bridge.min(), bridge[-1]
        price = close[t]
    return assembled(DAY, *(50.0 * np.exp(one) for one in (opens, high, low, close)), rng), truth


GENERATORS = {"banded": banded, "plain": plain, "even": even}
