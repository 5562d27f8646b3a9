"""All sources at once, and none of them at the cost of another."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.types import KeelError, Unavailable
from tasks.ports import Heard, Mark, NewsSource

# What a source that is cut off gets to close its connection.
GRACE_S = 0.5


@dataclass(frozen=True, slots=True)
class Hearing:
    """What came of one source: its answer, or why there is none."""

    source: NewsSource
    got: Heard | KeelError


async def hear_all(
    sources: Sequence[NewsSource], marks: Mapping[str, Mark], deadline_seconds: float
) -> tuple[Hearing, ...]:
    """Every source that is not off, heard at the same time, in their order; `marks` by a source's url. A source that
    takes longer than the deadline, or fails in a way that nobody thought of, is Unavailable.
    """
    asked = [source for source in sources if source.why_off is None]
    if not asked:
        return ()
    tasks = [asyncio.create_task(source.hear(marks.get(source.url))) for source in asked]
    try:
        _, late = await asyncio.wait(tasks, timeout=deadline_seconds)
    finally:
        for task in tasks:
            task.cancel()
    if late:
        await asyncio.wait(late, timeout=GRACE_S)
    return tuple(
        Hearing(source, _late(source, deadline_seconds) if task in late else _got(source, task))
        for source, task in zip(asked, tasks, strict=True)
    )


def _got(source: NewsSource, task: "asyncio.Task[Heard]") -> Heard | KeelError:
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        return task.result()
    if isinstance(error, KeelError):
        return error
    return Unavailable(f"{source.name} failed by a mistake of ours ({type(error).__name__}); the others were heard")


def _late(source: NewsSource, deadline_seconds: float) -> Unavailable:
    return Unavailable(f"{source.name} did not answer within {deadline_seconds:g} s; it is asked again later")
