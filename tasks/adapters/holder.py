"""Which process this is, and whether another one is gone."""

import os
import socket
from functools import cache
from pathlib import Path

import psutil

from data.journal import Holder

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot() -> str:
    """Tells one start of this machine from another."""
    if BOOT_ID.exists():
        return BOOT_ID.read_text().strip()
    return str(int(psutil.boot_time()))


def this_process() -> Holder:
    """The holder that this process is."""
    pid = os.getpid()
    return Holder(socket.gethostname(), boot(), pid, _started(psutil.Process(pid)))


def is_gone(holder: Holder) -> bool:
    """Whether the process is known to be gone: of another machine nothing is known."""
    if holder.host != socket.gethostname():
        return False
    if holder.boot != boot():
        return True
    try:
        return _started(psutil.Process(holder.pid)) != holder.started
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return True


def _started(process: psutil.Process) -> int:
    # In ticks since the boot where the system counts them: a clock that is set moves what psutil makes of them.
    stat = Path(f"/proc/{process.pid}/stat")
    if stat.exists():
        return int(stat.read_text().rpartition(")")[2].split()[19])
    return round(process.create_time() * 1000)
