"""Processes that a test started, directly or not, and waiting for what they do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent.parent


def carriers(home: Path) -> list[str]:
    """The command lines of all processes that carry this KEEL_HOME."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("KEEL_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def eventually(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        time.sleep(0.1)


def command(*arguments: str, env: Mapping[str, str], timeout: float = 300) -> "subprocess.CompletedProcess[str]":
    """Run `python -m ARGUMENTS` in the project and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
