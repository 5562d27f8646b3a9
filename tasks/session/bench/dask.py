"""Chunks of search on two worker processes of a Dask cluster, beside the same chunks in one thread."""

from importlib.util import find_spec

import numpy as np

from models.engine import Course, course_of, evaluate_on
from models.types import FloatArray
from tasks.adapters.runners import ThreadRunner
from tasks.adapters.runners.dask import dask_runner
from tasks.ports import Runner
from tasks.session.bench.evaluating import made_genomes
from tasks.session.bench.figure import Bench, Figure, Workplace, paired_seconds
from tasks.session.bench.markets import CAPITAL, account_of, made_market, with_edges

BARS = 64_000
CHUNKS, GENOMES = 4, 2_000
WORKERS = 2
TARGET = 1.5

Work = tuple[Course, FloatArray]


def bench_dask(_place: Workplace) -> Figure:
    """How many times as fast as one thread; the cluster runs already, as it does for all but a search's first chunk."""
    course = course_of(with_edges(made_market(BARS, 1)), account_of(1)[0], CAPITAL)
    works = [(course, made_genomes(GENOMES, seed)) for seed in range(CHUNKS)]
    with dask_runner(None, WORKERS) as runner:
        _, alone, ratio = paired_seconds(
            lambda: _through(runner, works), lambda: _through(ThreadRunner(1), works), rounds=3
        )
    said = f"one thread, {alone / CHUNKS:.1f} s a chunk"
    return Figure("dask", 1.0 / ratio, "times", said, ratio, f">= {TARGET:g} times", ratio <= 1.0 / TARGET)


def evaluated_alone(work: Work) -> FloatArray:
    """A chunk: the figures of its genomes, in the thread that calls."""
    course, genomes = work
    return evaluate_on(course, genomes).figures


def _through(runner: Runner, works: list[Work]) -> float:
    return float(np.sum([figures.sum() for _, figures in runner.run(evaluated_alone, works)]))


# An extra: where it is not installed there is nothing to measure.
DASK_BENCHES: dict[str, Bench] = {} if find_spec("distributed") is None else {"dask": bench_dask}
