"""The search for four specialists beside a bare loop over as many candidates, and what the search itself costs."""

import os
import re
import subprocess
import sys
import time

import numpy as np

from models.engine.panel import OSCILLATOR, RANGE_HIGH, RANGE_LOW, RANGE_WIDTH
from models.evolution.ground import PERIODS, THRESHOLDS, Ground
from models.evolution.problem import WHOLE, Problem
from models.evolution.searching import begun
from models.evolution.settings import SearchSettings
from models.evolution.translating import Terms
from models.types import Regime
from tasks.adapters.runners import ThreadRunner
from tasks.session.bench.evaluating import reference
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.markets import CAPITAL, account_of, made_market, with_edges
from tasks.session.evolving.chunks import Stretch, advance

BARS, GENERATIONS, POPULATION = 64_000, 1_000, 100
# A search is measured on a tenth of its generations, after the first ones, in which genomes still differ most.
WARM, MEASURED = 5, 100
CHUNK = 25
SETTINGS = SearchSettings(
    population=POPULATION,
    fitness="robust",
    pareto=False,
    seed=1,
    groups=6,
    test_groups=2,
    purge=24,
    embargo=24,
    quantile=0.25,
    jitter=0.05,
    cost_jitter=0.5,
    least_trades=30,
    most_drawdown=0.25,
    least_bars=0,
    sampled=100,
)
TERMS = Terms(bar_hours=1.0, bars_per_day=24.0, share=1.0, shorts=0.0, entry_multiple=1.5)
# Of our time over the bare loop's, of seconds that the search itself takes, and of bytes that a generation of all four
# searches adds: their curves are 160, the rest is what the allocator keeps, and a percent of the process in a thousand.
TARGET, TARGET_OWN, TARGET_BYTES = 3.5, 20.0, 4_000.0
MEMORY = """
import re
from tasks.session.bench.evolving import GROWTH, problems_on, searched_to, states_of

def resident():
    return 1024 * int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])

problems = problems_on(2_000)
states = searched_to(problems, states_of(problems), 100)
before = resident()
searched_to(problems, states, 100 + GROWTH)
print(before, resident())
"""
GROWTH = 3_000


def bench_evolution(_place: Workplace) -> Figure:
    """Seconds of a whole evolution without walk-forward, from its measured part; the reference runs as many candidates
    in as many threads.
    """
    problems = problems_on(BARS)
    states = searched_to(problems, states_of(problems), WARM)
    began = time.perf_counter()
    searched_to(problems, states, WARM + MEASURED)
    ours = time.perf_counter() - began
    count = len(problems) * MEASURED * POPULATION
    bare = reference(made_market(BARS, 1), count)
    reference(made_market(1_000, 1), 2)()
    began = time.perf_counter()
    bare()
    theirs = time.perf_counter() - began
    seconds = ours * GENERATIONS / MEASURED
    said = f"bare numba loop over {count} candidates, {theirs * GENERATIONS / MEASURED:.0f} s for all"
    return Figure("evolution", seconds, "seconds", said, ours / theirs, f"ratio <= {TARGET}", ours <= TARGET * theirs)


def bench_evolution_own(_place: Workplace) -> Figure:
    """Seconds that selection, crossover, mutation, fitness and samples take of a whole evolution, measured on bars so
    few that evaluating them costs next to nothing; the reference is the time of a whole one, see `evolution`.
    """
    problems = problems_on(400)
    states = searched_to(problems, states_of(problems), WARM)
    began = time.perf_counter()
    searched_to(problems, states, WARM + MEASURED)
    seconds = (time.perf_counter() - began) * GENERATIONS / MEASURED
    said = "the target of 20 seconds"
    return Figure(
        "evolution.own", seconds, "seconds", said, seconds / TARGET_OWN, "<= 20 seconds", seconds <= TARGET_OWN
    )


def bench_evolution_memory(_place: Workplace) -> Figure:
    """Bytes that a generation more of all four searches adds to the process, over GROWTH of them."""
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", MEMORY], env=dict(os.environ), check=True, capture_output=True, text=True
    )
    before, after = (int(one) for one in re.findall(r"\d+", done.stdout))
    each = max(0, after - before) / GROWTH
    said = "the process before them"
    return Figure(
        "evolution.memory", each, "bytes a generation", said, after / before, "< 4000 bytes", each < TARGET_BYTES
    )


def problems_on(bars: int) -> list[Problem]:
    """A search for each specialist on so many made hours."""
    market = made_market(bars, 1)
    panel = with_edges(market)
    panel = panel._replace(ts=panel.ts * 60)
    figures = panel.figures[:, 0, [RANGE_LOW, RANGE_HIGH, RANGE_WIDTH, OSCILLATOR]]
    ranges, labels = np.stack([figures] * len(PERIODS)), np.tile(panel.regime[:, 0], (len(THRESHOLDS), 1))
    ground = Ground("S0", panel, account_of(1)[0], CAPITAL, ranges, labels)
    return [Problem(one, WHOLE, (ground,), TERMS, SETTINGS) for one in Regime]


def states_of(problems: list[Problem]) -> list[Stretch]:
    """Where the searches begin."""
    return [Stretch(one, begun(one, np.empty((0, 8))), 0) for one in problems]


def searched_to(problems: list[Problem], works: list[Stretch], until: int) -> list[Stretch]:
    """The searches after so many generations, in the chunks and threads of an evolution."""
    runner = ThreadRunner(None)
    while works[0].state.generation < until:
        step = min(until, works[0].state.generation + CHUNK)
        asked = [one._replace(until=step) for one in reversed(works)]
        done = {asked[number].problem.name: state for number, state in runner.run(advance, asked)}
        works = [Stretch(one, done[one.name], step) for one in problems]
    return works
