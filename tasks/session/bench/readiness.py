"""How soon a fresh process can decide, against one that only imports numpy."""

import subprocess
import sys
from functools import partial

from tasks.session.bench.figure import Figure, Workplace, paired_seconds

TARGET = 3.0
# What the command imports, then its compiled step, loaded from the cache by a decision on empty bars. TA-Lib, XGBoost
# and what comes with them are imported by the first bar that has features to compute.
READY = """
import flows.commands.trading
import numpy as np
from models.engine import Slot, System, first_state, parameters_of, run_backtest
from models.engine.panel import empty_panel
from models.meta import plain_controller
from models.risk import RiskProfile, no_house
from models.specialists import plain_rules
from models.types import Instrument
profile = RiskProfile(*[0.1] * len(RiskProfile._fields))
rules = (plain_rules(1.0, 0.1, 1.0, 0.02, 0.04),) * 4
panel = empty_panel(np.arange(2), 1, np.empty((0, 2)))
slot = Slot("X", 0, 0, False, Instrument(0.01, 0.01, 1.0, 0.001, 0.001), rules)
systems = (System("swing", 1e4, profile, plain_controller(), (slot,)),)
run_backtest(panel, parameters_of(systems, no_house()), first_state(systems))
"""
NUMPY = "import numpy"


def bench_trade_ready(_place: Workplace) -> Figure:
    """Seconds from the start of a process to its first decision, everything that `keel trade` imports included."""
    ours, reference = (partial(_run, code) for code in (READY, NUMPY))
    seconds, _, ratio = paired_seconds(ours, reference, rounds=5)
    return Figure("trade_ready", seconds, "s", "python with numpy alone", ratio, "< 3 s", seconds < TARGET)


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)  # noqa: S603 - our own
