"""What a backtest and a search need of memory beyond their inputs, measured on processes of their own."""

import os
import subprocess
import sys

from tasks.session.bench.figure import Figure, Workplace

BARS = 20_000
FEW, MANY = 400, 4_000
LONG = 1_000_000
# A search keeps some figures of each genome; one column of its bars alone would be BARS of them.
TARGET_GENOME = 1_000.0
# Reason, units held and equity of each bar, and the rows of orders and fills.
TARGET_BAR = 64.0
# The kernel keeps the process's highest memory; writing 5 there lets it begin anew from what is used now.
PEAK = """
import re
from tasks.session.bench.evaluating import evaluated, made_genomes
from tasks.session.bench.markets import made_market, with_edges
from tasks.session.bench.stepping import decided

def marked():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])

def grown(work):
    open("/proc/self/clear_refs", "w").write("5")
    before = marked()
    kept = work()
    return marked() - before
"""
SEARCH = """
market = made_market({bars}, 1)
with_edges(market)
evaluated(market, made_genomes({few}))
few, many = made_genomes({few}), made_genomes({many})
print(max(grown(lambda: evaluated(market, few)), 1), grown(lambda: evaluated(market, many)))
"""
STEP = """
decided(made_market(100, 1))
market = made_market({bars}, 1)
print(grown(lambda: decided(market)), market.panel.prices.nbytes)
"""


def bench_memory(_place: Workplace) -> Figure:
    """Bytes that each genome more adds to the peak of a search over BARS bars."""
    few, many = _grown(SEARCH.format(bars=BARS, few=FEW, many=MANY))
    each = (many - few) / (MANY - FEW)
    return Figure(
        "memory", each, "bytes a genome", f"a search of {FEW} genomes", many / few, "< 1000 bytes", each < TARGET_GENOME
    )


def bench_memory_step(_place: Workplace) -> Figure:
    """Bytes a bar that a backtest of one symbol adds to its panel."""
    peak, prices = _grown(STEP.format(bars=LONG))
    each = peak / LONG
    return Figure(
        "memory_step",
        each,
        "bytes a bar",
        "the five prices of the bars",
        peak / prices,
        "< 64 bytes",
        each < TARGET_BAR,
    )


def _grown(code: str) -> tuple[int, int]:
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", PEAK + code], env=dict(os.environ), check=True, capture_output=True, text=True
    )
    first, second = done.stdout.split()
    return int(first), int(second)
