"""Start a command in the background, and stop it with everything that came of it.

A process that was launched carries a mark in its environment, which its descendants inherit. The mark finds those that
nothing else does: a Prefect worker puts every flow run into a session of its own, so once the worker is gone neither
descent nor session leads to the run.
"""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from conf.secrets import is_secret
from models.types.errors import Unavailable
from tasks.adapters.servers import family

# posix_spawn resets the signals and, unlike fork with a preexec_fn, is safe in a process with threads; but it knows no
# working directory, so a bare interpreter changes to it and becomes the command.
_ENTER = "import os, sys; os.chdir(sys.argv[1]); os.execve(sys.argv[2], sys.argv[2:], os.environ)"

# The creation time is counted from the boot, whose own time the kernel corrects by up to a second.
_CLOCK_SLACK_S = 2.0

# Killed again and again, because what forks meanwhile leaves children that the first round did not know.
_KILL_S = 1.0
_KILLS = 10


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: `env` is what it needs beyond the caller's environment, `health` answers 200 once it works.

    Only what is `keyed` inherits venue keys: a server that needs none cannot lose any.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    url: str | None = None
    health: str | None = None
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A process that was launched; `create_time` (seconds since the epoch) tells it from a later one of its pid."""

    name: str
    pid: int
    create_time: float
    url: str | None
    health: str | None
    log: Path
    mark: str


def python_module(name: str, *arguments: str) -> tuple[str, ...]:
    """Run a module of our own interpreter: no activated environment is needed, and a moved one still works.

    -P, because the packages of the directory it runs in must not stand in for installed ones.
    """
    return (sys.executable, "-P", "-m", name, *arguments)


def launch(command: Command, cwd: Path, log: Path, mark: str) -> ServerProcess:
    """Start `command` in a new session, detached from the terminal, with its output appended to `log`.

    SIGINT is reset to its default: inherited as ignored, as from a script's background, it could not stop a worker.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", "-c", _ENTER, str(cwd), *command.argv],
        {**_inherited(command.keyed), **command.env, family.MARK: mark},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=(),
        setsigdef=(signal.SIGINT, signal.SIGTERM),
    )
    created = psutil.Process(pid).create_time()
    return ServerProcess(command.name, pid, created, command.url, command.health, log, mark)


def alive(process: ServerProcess) -> bool:
    """Whether this very process runs: not a later one that was given its pid, not one that ended and was not reaped."""
    leader = _leader(process)
    return leader is not None and not family.gone(leader)


def stop(process: ServerProcess, grace: float) -> bool:
    """Stop the process and all that came of it; return whether anything was left to stop.

    SIGINT goes to the process alone, so that it can end its children in its own order; what is left after `grace`
    seconds gets SIGTERM, and after as many again SIGKILL. Raises Unavailable when something outlives even that.
    """
    leader = _leader(process)
    session = None if leader is None else process.pid  # without its leader, the number may be another session's by now
    members = left = family.find([] if leader is None else [leader], session, process.mark)
    if leader in members:
        family.send(signal.SIGINT, [leader])
        left = family.find(family.wait(members, grace), session, process.mark)
    _end(left, session, process.mark, grace)
    _reap(process.pid)
    return bool(members)


def stop_marked(mark: str, grace: float) -> bool:
    """Stop every process whose mark begins with `mark`, by SIGTERM and then SIGKILL; return whether there was one."""
    members = family.find([], None, mark)
    _end(members, None, mark, grace)
    return bool(members)


def _inherited(keyed: bool) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if keyed or not is_secret(name)}


def _end(members: family.Family, session: int | None, mark: str, grace: float) -> None:
    for number, seconds in ((signal.SIGTERM, grace), *[(signal.SIGKILL, _KILL_S)] * _KILLS):
        if not members:
            return
        family.send(number, members)
        members = family.find(family.wait(members, seconds), session, mark)
    if members:
        pids = sorted(each.pid for each in members)
        raise Unavailable(f"Processes {pids} cannot be killed: see which device they wait for.")


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # launched by another process, whose child it is
        os.waitpid(pid, os.WNOHANG)


def _leader(process: ServerProcess) -> psutil.Process | None:
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.create_time) < _CLOCK_SLACK_S
    except psutil.NoSuchProcess:
        return None
    return found if same else None
