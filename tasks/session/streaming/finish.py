"""Writing that a cancellation must not leave behind half done."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def finished(work: Coroutine[Any, Any, None]) -> None:
    """Await the work; who is cancelled meanwhile is so when it is done."""
    job = asyncio.create_task(work)
    try:
        await asyncio.shield(job)
    except asyncio.CancelledError:
        await job
        raise
