"""How much to trade on what the models said: blend, size and route, called from Python and inside a compiled loop."""

import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from models.kernels import compiled
from models.risk import RiskProfile, entry_caps, kelly_share, room_under_var, tightest
from models.risk.blending import CONFIDENCE, DECAY, EDGE, SKILL, blend
from models.risk.routing import Router
from models.types import BoolArray, FloatArray
from models.types.routes import Rule
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.markets import HOLD, PROFILE

# Many short rounds: a busy machine interrupts few of them, and the median does not see those.
ROUNDS, CALLS, BARS = 201, 1_000, 10_000
TIMED = 50_000
MODELS = 5
PRIOR, PRIOR_ERROR, MODEL_ERROR = 0.0, 50.0, 25.0
TAIL_TARGET = 5.0  # microseconds that 99 of 100 calls keep to
INSIDE_TARGET = 50.0  # nanoseconds
# Edge, deviation, equity, free, exposure, risky, open risk, size, share, most exposure, least cash, class limit, stop,
# bound by cash, value at risk of a unit, its pull, squared value at risk, cap on it, capital.
FIGURES = (
    30.0, 0.02, 1e4, 9e3, 1e3, 1e3, 50.0, 0.2, 1.0, 0.8, 0.1, 0.2, 0.03, 1.001, 0.04, 60.0, 3600.0, 200.0, math.inf
)  # fmt: skip

Call = Callable[[], object]


def bench_blend(_place: Workplace) -> Figure:
    """Microseconds of a blend of five models, called from Python."""
    return _mean("blend", *_blends(), "plain Python over a list", 1.0)


def bench_blend_tail(_place: Workplace) -> Figure:
    """The same, of the slowest of a hundred calls."""
    return _tail("blend_p99", *_blends(), "plain Python over a list")


def bench_size(_place: Workplace) -> Figure:
    """Microseconds of the size of an entry, Kelly and every cap, called from Python."""
    return _mean("size", *_sizes(), "Kelly and one cap in plain Python", 0.5)


def bench_size_tail(_place: Workplace) -> Figure:
    """The same, of the slowest of a hundred calls."""
    return _tail("size_p99", *_sizes(), "Kelly and one cap in plain Python")


def bench_route(_place: Workplace) -> Figure:
    """Microseconds of finding out who speaks for an instrument, called from Python."""
    return _mean("route", *_routes(), "a bare dict", 0.1)


def bench_route_tail(_place: Workplace) -> Figure:
    """The same, of the slowest of a hundred calls."""
    return _tail("route_p99", *_routes(), "a bare dict")


def bench_harmoniser(_place: Workplace) -> Figure:
    """Nanoseconds of all three together inside a compiled loop."""
    rng = np.random.default_rng(1)
    said = rng.random((BARS, MODELS, 4))
    said[:, :, EDGE] = rng.normal(0.0, 40.0, (BARS, MODELS))
    speaks = np.array([[True] * MODELS, [True, True, False, True, True]])
    figures, profile = np.array(FIGURES), np.array(PROFILE)
    seconds, _, ratio = paired_seconds(
        lambda: _inside(said, speaks, figures, profile), lambda: _bare(said, 0.25, 0.1), rounds=ROUNDS
    )
    value = seconds / BARS * 1e9
    reference = "compiled weighted mean, Kelly and one cap"
    return Figure("harmoniser", value, "ns", reference, ratio, "<= 50 ns a bar", value <= INSIDE_TARGET)


def _mean(name: str, ours: Call, theirs: Call, reference: str, target: float) -> Figure:
    seconds, _, ratio = paired_seconds(lambda: _repeat(ours), lambda: _repeat(theirs), rounds=ROUNDS)
    value = seconds / CALLS * 1e6
    return Figure(name, value, "us", reference, ratio, f"<= {target:g} us a call", value <= target)


def _tail(name: str, ours: Call, theirs: Call, reference: str) -> Figure:
    """99th percentile, the reading of the clock included."""
    _percentile(ours), _percentile(theirs)
    own, other = _percentile(ours), _percentile(theirs)
    return Figure(name, own, "us", reference, own / other, f"p99 <= {TAIL_TARGET:g} us", own <= TAIL_TARGET)


def _repeat(call: Call) -> None:
    for _ in range(CALLS):
        call()


def _percentile(call: Call) -> float:
    taken = []
    for _ in range(TIMED):
        begin = time.perf_counter_ns()
        call()
        taken.append(time.perf_counter_ns() - begin)
    return statistics.quantiles(taken, n=100)[-1] / 1e3


def _blends() -> tuple[Call, Call]:
    rng = np.random.default_rng(1)
    said = rng.random((MODELS, 4))
    said[:, EDGE] = rng.normal(0.0, 40.0, MODELS)
    rows = said.tolist()
    return partial(blend, said, PRIOR, PRIOR_ERROR, MODEL_ERROR), partial(_plain_blend, rows)


def _plain_blend(rows: list[list[float]]) -> tuple[float, float, float]:
    weights = [sure * skill * decay for _, sure, skill, decay in rows]
    weight = sum(weights)
    precision = 1.0 / PRIOR_ERROR**2 + weight / MODEL_ERROR**2
    pull = sum(own * row[EDGE] for own, row in zip(weights, rows, strict=True)) / MODEL_ERROR**2
    return (PRIOR / PRIOR_ERROR**2 + pull) / precision, math.sqrt(1.0 / precision), weight


def _sizes() -> tuple[Call, Call]:
    return partial(size_of, np.array(FIGURES), np.array(PROFILE)), partial(_plain_size, *FIGURES[:3])


def _plain_size(edge: float, deviation: float, equity: float) -> float:
    return min(PROFILE.kelly_fraction * edge / 1e4 / deviation**2, PROFILE.max_position) * equity


def _routes() -> tuple[Call, Call]:
    rules = [Rule("bitcoin", ("momentum", "lstm"), ("BTC/USDT",)), Rule("stocks", ("momentum",), classes=("stocks",))]
    key, table = ("BTC/USDT", "crypto", HOLD), Router(rules)
    return partial(table.__getitem__, key), partial({key: table[key]}.__getitem__, key)


@compiled
def size_of(figures: FloatArray, limits: FloatArray) -> tuple[float, int]:
    """Value of an entry and the code of what bound it; `figures` are FIGURES, `limits` a profile's."""
    profile = RiskProfile(limits[0], limits[1], limits[2], limits[3], limits[4], limits[5], limits[6], limits[7])
    kelly = kelly_share(figures[0], figures[1], profile.kelly_fraction)
    room = room_under_var(figures[14], figures[15], figures[16], figures[17])
    caps = entry_caps(
        figures[2], figures[3], figures[4], figures[5], figures[6], kelly, figures[7], figures[8], figures[9],
        figures[10], figures[11], figures[12], figures[13], room, figures[18], profile,
    )  # fmt: skip
    return tightest(caps, figures[10])


@compiled
def _inside(said: FloatArray, speaks: BoolArray, figures: FloatArray, limits: FloatArray) -> float:
    total = 0.0
    heard = np.empty((speaks.shape[1], 4))
    for t in range(said.shape[0]):
        own = t % speaks.shape[0]
        for k in range(speaks.shape[1]):
            for column in range(4):
                heard[k, column] = said[t, k, column]
            if not speaks[own, k]:
                heard[k, EDGE] = math.nan
        figures[0] = blend(heard, PRIOR, PRIOR_ERROR, MODEL_ERROR)[0]
        total += size_of(figures, limits)[0]
    return total


@compiled
def _bare(said: FloatArray, fraction: float, most: float) -> float:
    total = 0.0
    for t in range(said.shape[0]):
        weight = 0.0
        pull = 0.0
        for k in range(said.shape[1]):
            own = said[t, k, CONFIDENCE] * said[t, k, SKILL] * said[t, k, DECAY]
            weight += own
            pull += own * said[t, k, EDGE]
        total += 1e4 * max(min(fraction * pull / weight / 1e4 / (0.02 * 0.02), most), 0.0)
    return total
