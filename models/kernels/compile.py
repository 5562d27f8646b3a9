"""One way to compile: cached on disk, without the global lock, never fastmath.

With NUMBA_DISABLE_JIT=1 the same functions run as plain Python: the twin that every result is held against.

numba's cache notices a change in a function's own file but not in the files of the functions it calls, so after an
update a stale rule could go on trading. The cache folder is therefore named by a hash over all of models/.
"""

import hashlib
from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")
# numba fills its configuration at run time, so that no checker knows its names.
config: Any = numba.config


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba; strict IEEE arithmetic, so that it agrees with the plain twin to the bit.

    Inlined by LLVM wherever it is called: positions and rules are tuples of many figures, and copying them from call
    to call took more than half of the time of a bar.
    """
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, fastmath=False, forceinline=True)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile into the callers. For steps of a hot loop that are handed arrays: numba counts an array's references at
    every call, atomically, which cost more than a bar's whole decision.
    """
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, fastmath=False, inline="always")(function))


def _sources(folder: Traversable) -> Iterator[bytes]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry.read_bytes()


def _cache_folder() -> str:
    room = files("models")
    digest = hashlib.sha256(b"\0".join(_sources(room))).hexdigest()
    return str(room / "__pycache__" / f"numba-{digest[:12]}")


if not config.CACHE_DIR:
    config.CACHE_DIR = _cache_folder()
