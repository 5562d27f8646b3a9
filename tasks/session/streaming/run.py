"""All kinds of all symbols of one venue, at once, until it is enough."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from tasks.ports import Clock
from tasks.session.streaming.events import StreamEvent
from tasks.session.streaming.lanes import Builder, Lane
from tasks.session.streaming.plan import Plan, Sources, Tally, Target


async def run_streams(
    plan: Plan,
    sources: Sources,
    target: Target,
    clock: Clock,
    rng: np.random.Generator,
    report: Callable[[StreamEvent], None],
    tally: Tally,
    seconds: float | None,
) -> None:
    """Stream for so many seconds (None: until cancelled); however it ends, everything that came is in the lake then.

    Raises:
        BadInput: the venue has no such symbol or timeframe.
        Unavailable: a stream stayed away, the disk is full, or another process records one of the markets.
    """
    with ExitStack() as stack:
        builder = Builder(plan, sources, target, clock, rng, report, tally, stack)
        await _work([builder.lane(symbol, kind) for symbol in plan.symbols for kind in plan.kinds], seconds)


async def _work(lanes: list[Lane], seconds: float | None) -> None:
    tasks = [asyncio.create_task(job()) for lane in lanes for job in lane.jobs]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in lanes:
            lane.finish()
