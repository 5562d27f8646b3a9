"""The training process with another training in it: `python training_doubles.py WHAT`. Run by tests, never imported."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.types import BadInput, Series
from tasks import training_child
from tasks.ports import OutOfStep
from tasks.session.learning.child import configuration_of

Report = Callable[[str], None]
ERRORS: dict[str, type[Exception]] = {"BadInput": BadInput, "OutOfStep": OutOfStep, "broken": ZeroDivisionError}
GREEDY = "import time; held = bytearray(b'x' * 300_000_000); time.sleep(600)"


def told(order: dict[str, Any], report: Report) -> list[dict[str, object]]:
    """Say what the order is, with prints of libraries in between."""
    print("a library prints", flush=True)
    subprocess.run([sys.executable, "-c", "print('and so does its child')"], check=True)
    report("first")
    loaded = configuration_of(order["tree"])
    report("second: é")
    symbols = list(loaded.settings.trading.symbols)
    return [{"version": loaded.version, "symbols": symbols, "loss": float("nan")} | order | {"tree": None}]


def waiting(order: dict[str, Any], report: Report) -> list[dict[str, object]]:
    """Say our number and that of a child, and wait."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(order["home"], "pids").write_text(f"{os.getpid()} {child.pid}")
    report("waiting")
    time.sleep(600)
    return []


def greedy(order: dict[str, Any], report: Report) -> list[dict[str, object]]:
    """Let a child take more than is allowed."""
    child = subprocess.Popen([sys.executable, "-c", GREEDY])
    Path(order["home"], "pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(600)
    return []


def failing(order: dict[str, Any], report: Report) -> list[dict[str, object]]:
    """As the second word of the command says."""
    what = sys.argv[2]
    report("before")
    raise ERRORS[what](f"what is wrong: {Series('a', 'B', '1h')}")


if __name__ == "__main__":
    training_child._trained = globals()[sys.argv[1]]
    training_child.main()
