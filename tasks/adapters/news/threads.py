"""Blocking calls, each in a thread of its own: one that hangs keeps nobody else waiting for a free thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


async def apart(function: Callable[[], Result]) -> Result:
    """What the function returns, the loop going on meanwhile; who is cancelled does not wait for the thread's end."""
    pool = ThreadPoolExecutor(1)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, function)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
