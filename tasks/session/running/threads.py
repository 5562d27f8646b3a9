"""Work in a thread while the loop stays free: a thread that hangs keeps no process from ending."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Made = TypeVar("Made")


def in_thread(work: Callable[[], Made]) -> "asyncio.Future[Made]":
    """What the work returns or raises, to be awaited in the running loop. Nothing can end the thread but the work."""
    made: Future[Made] = Future()
    # With the context: what the thread logs belongs to the run and cycle that wanted it.
    inside = contextvars.copy_context()
    threading.Thread(target=inside.run, args=(_fulfil, made, work), name="session", daemon=True).start()
    return asyncio.wrap_future(made)


def _fulfil(made: "Future[Made]", work: Callable[[], Made]) -> None:
    # A loop that has given up on it has cancelled it: nobody is there to be told.
    if not made.set_running_or_notify_cancel():
        return
    try:
        made.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
        made.set_exception(error)
