"""Waiting for another thread, with an end."""

import time
from collections.abc import Callable

PATIENCE_S = 60.0


def wait_until(reached: Callable[[], bool], patience: float = PATIENCE_S) -> float:
    """Look until it is so; the seconds it took.

    Raises:
        AssertionError: it never was.
    """
    begin = time.monotonic()
    while not reached():
        assert time.monotonic() - begin < patience, "it never came"
        time.sleep(0.0005)
    return time.monotonic() - begin
