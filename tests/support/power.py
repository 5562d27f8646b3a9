"""Power that fails: from a chosen file operation on nothing reaches the disk any more, as with kill -9."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

OPERATIONS = ("replace", "unlink", "fsync")


class PowerLost(BaseException):
    """The process would be gone by now: no handler of errors and no clean-up gets anything done."""


@contextmanager
def power_until(moment: int | None) -> Iterator[list[str]]:
    """Let `moment` renames, deletions and flushes pass and fail every later one (None: all pass). Flushing itself is
    left out, which takes most of the time and shows only when a machine loses power. Gives the operations asked for.
    """
    before = {name: getattr(os, name) for name in OPERATIONS}
    asked: list[str] = []

    def guarded(name: str) -> Callable[..., Any]:
        def operate(*arguments: Any, **more: Any) -> Any:
            asked.append(name)
            if moment is not None and len(asked) > moment:
                raise PowerLost
            return None if name == "fsync" else before[name](*arguments, **more)

        return operate

    for name in OPERATIONS:
        setattr(os, name, guarded(name))
    try:
        yield asked
    finally:
        for name, operation in before.items():
            setattr(os, name, operation)
