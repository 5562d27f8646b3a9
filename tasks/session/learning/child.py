"""Training in a process of its own with a budget of memory: what it takes is given back at its end, and whoever started
it never imports what it trains with.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

import psutil

from conf import PROJECT, Loaded, Settings
from models.types import BadInput, Damaged, KeelError, Refused, Series, Unavailable
from tasks.adapters.clocks import FixedClock

if TYPE_CHECKING:
    from tasks.session.desk import Desk  # which takes a second: the process that trains begins with this module

# Its module stands above the sessions, because it puts a desk and a tracker together. -P: see adapters.servers.
COMMAND = (sys.executable, "-P", "-m", "tasks.training_child")
# What it says, one JSON object a line, with one of these keys; after the last two it says nothing more.
SAID, DONE, FAILED = "said", "done", "failed"
ERRORS: tuple[type[KeelError], ...] = (BadInput, Refused, Unavailable, Damaged)
GENOMES = "genomes"
LOOK_S = 0.2
GONE_S = 5.0
MB = 1e6


def train_in_child(
    desk: "Desk", models: Sequence[tuple[Series, Sequence[str]]], report: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Train these models of each series, by the desk's configuration, as learning.training.train_models does; what
    each training left behind, as JSON has it. `report` hears what the process says on its way.

    It ends with whoever waits for it here, however that ends. A model speaks only when all of it is stored: one that
    was not done when the process ended has changed nothing.

    Raises:
        BadInput, Damaged, Refused, Unavailable: as the training raises them.
        Refused: it took more than model.memory_mb.
        Unavailable: the process ended without saying why.
    """
    budget = desk.loaded.settings.model.memory_mb
    with _running(_order(desk, models)) as (process, lines):
        for line in _lines(process, lines, budget):
            found = json.loads(line)
            if SAID in found:
                report(found[SAID])
            elif FAILED in found:
                raise _error(*found[FAILED])
            else:
                done: list[dict[str, Any]] = found[DONE]
                return done
        process.wait()
    raise Unavailable(f"the training process {_ending(process.returncode)}; what it said stands above")


def configuration_of(tree: str) -> Loaded:
    """The configuration of that canonical text, its version too; where each key was written is not in it."""
    known = json.loads(tree)
    known.pop(GENOMES)
    settings = Settings.model_validate_json(json.dumps(known))
    return Loaded(settings, tree, hashlib.sha256(tree.encode()).hexdigest(), {}, {})


def _order(desk: "Desk", models: Sequence[tuple[Series, Sequence[str]]]) -> dict[str, Any]:
    """All that the process has to know; keys of venues are not in it, and no training asks for one."""
    return {
        "tree": desk.loaded.tree,
        "home": str(desk.home),
        "as_of": desk.clock.now() if isinstance(desk.clock, FixedClock) else None,
        "models": [[one.venue, one.symbol, one.timeframe, list(names)] for one, names in models],
    }


@contextmanager
def _running(order: dict[str, Any]) -> Iterator[tuple["subprocess.Popen[str]", "SimpleQueue[str | None]"]]:
    """The process with its order, and its lines as they come, None after the last; it is gone afterwards.

    Its standard input stays open for as long as it is wanted: where that closes, also because we were killed, it ends.
    In a session of its own it does not hear the terminal's interrupt, which is for us.
    """
    process = subprocess.Popen(  # noqa: S603 - our own
        COMMAND,
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines: SimpleQueue[str | None] = SimpleQueue()
    reader = Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        with suppress(BrokenPipeError):  # it has ended already, and what it left says why
            _tell(process, json.dumps(order) + "\n")
        yield process, lines
    finally:
        _end(process)
        reader.join()
        _close(process)


def _read(process: "subprocess.Popen[str]", lines: "SimpleQueue[str | None]") -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put(None)


def _tell(process: "subprocess.Popen[str]", text: str) -> None:
    if process.stdin is not None:
        process.stdin.write(text)
        process.stdin.flush()


def _close(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _lines(process: "subprocess.Popen[str]", lines: "SimpleQueue[str | None]", budget: int) -> Iterator[str]:
    """What the process says, until it says no more.

    Raises:
        Refused: it takes more than `budget` MB.
    """
    while True:
        with suppress(Empty):
            line = lines.get(timeout=LOOK_S)
            if line is None:
                return
            yield line
        taken = sum(_resident(one) for one in _family(process)) / MB
        if taken > budget:
            raise Refused(
                f"the training took {taken:.0f} MB, model.memory_mb allows {budget}: it was ended, and the models that "
                "it had not finished are as they were; raise that limit, or train fewer models at once"
            )


def _end(process: "subprocess.Popen[str]") -> None:
    """At once: whatever it has not made current by now changes nothing."""
    family = _family(process)
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()
    psutil.wait_procs(family, timeout=GONE_S)


def _family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The process and all that came of it; nobody once it is gone."""
    if process.poll() is not None:
        return []
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(process.pid)
        return [*leader.children(recursive=True), leader]
    return []


def _resident(process: psutil.Process) -> int:
    """Bytes; none once it is gone."""
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0


def _error(name: str, message: str) -> KeelError:
    known = {one.__name__: one for one in ERRORS}
    return known.get(name, KeelError)(message)


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
