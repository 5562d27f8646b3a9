"""What was started, on disk: another process, or the next start after a crash, has to be able to stop it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.types.errors import BadInput, Refused
from tasks.adapters.servers.plan import Plan, state_dir
from tasks.adapters.servers.pools import POOL
from tasks.adapters.servers.process import ServerProcess


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that was started from `plan`; `mark` begins the mark of every process of it."""

    plan: Plan
    mark: str
    processes: tuple[ServerProcess, ...] = ()


def save(stack: Stack) -> None:
    """Write home/state/services.json: whole or not at all."""
    path = _path(stack.plan.home)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(stack), file, indent=2, default=str)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(home: Path) -> Stack | None:
    """The recorded stack, running or not; None when none is recorded."""
    path = _path(home)
    try:
        return _stack(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path} is no record of started servers ({error!r}): stop what still runs by hand, then delete the file."
        ) from error


def forget(home: Path) -> None:
    """Remove the record."""
    _path(home).unlink(missing_ok=True)


@contextmanager
def sole_starter(home: Path) -> Iterator[None]:
    """Hold the right to start a stack in `home`; raise Refused while another process holds it."""
    state_dir(home).mkdir(parents=True, exist_ok=True)
    with (state_dir(home) / "services.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"Another `keel up` is starting the servers of {home} now: wait for it to end.") from error
        yield


def _path(home: Path) -> Path:
    return state_dir(home) / "services.json"


def _stack(raw: dict[str, Any]) -> Stack:
    plan = {**raw["plan"], "root": Path(raw["plan"]["root"]), "home": Path(raw["plan"]["home"])}
    plan["pools"] = tuple(plan.get("pools", (POOL,)))  # a Keel before them had the one
    processes = tuple(ServerProcess(**{**each, "log": Path(each["log"])}) for each in raw["processes"])
    return Stack(Plan(**plan), raw["mark"], processes)
