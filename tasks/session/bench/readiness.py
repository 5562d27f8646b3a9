"""How soon a fresh process can decide, against one that only imports numpy."""

import subprocess
import sys
from functools import partial

from tasks.session.bench.figure import Figure, Workplace, paired_seconds

TARGET = 3.0
# What the command imports, then its compiled functions, loaded from the cache by deciding on a few bars.
READY = """
import flows.commands.trading
from tasks.session.bench.markets import made_market
from tasks.session.bench.stepping import decided
decided(made_market(20, 1))
"""
NUMPY = "import numpy"


def bench_trade_ready(_place: Workplace) -> Figure:
    """Seconds from the start of a process to its first decision, everything that `keel trade` imports included."""
    ours, reference = (partial(_run, code) for code in (READY, NUMPY))
    seconds, _, ratio = paired_seconds(ours, reference, rounds=5)
    return Figure("trade_ready", seconds, "s", "python with numpy alone", ratio, "< 3 s", seconds < TARGET)


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)  # noqa: S603 - our own
