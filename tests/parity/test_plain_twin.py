"""The compiled rules and the same rules as plain Python, in processes of their own, agree to the bit."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "tests" / "support" / "twin_run.py"


@pytest.fixture(scope="module")
def twins():
    """What the compiled and the plain process print; they run side by side."""
    base = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(SCRIPT.parent)])}
    running = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT)], cwd=ROOT, env=base | {"NUMBA_DISABLE_JIT": plain}, stdout=subprocess.PIPE
        )
        for plain in ("0", "1")
    ]
    printed = [one.communicate(timeout=300)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0]
    return [json.loads(one) for one in printed]


def test_one_is_compiled_and_the_other_is_not(twins):
    assert [one["compiled"] for one in twins] == [True, False]


FIGURES = ["intents_sha256", "inputs", "tails", "orders", "fills", "history", "stops", "account", "book"]
SEEDS = range(5)
BOOKS = [f"books {seed}" for seed in range(8)]
PANELS = ["bars", "random", *(f"any {seed}" for seed in SEEDS), *BOOKS]


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("figure", FIGURES)
def test_the_twins_agree_to_the_bit(twins, panel, figure):
    compiled, plain = twins
    assert compiled[panel][figure] == plain[panel][figure]


def test_they_agree_about_many_orders(twins):
    counts = {panel: twins[0][panel]["intents"] for panel in PANELS}
    assert min(counts["bars"], counts["random"]) > 100
    assert sum(counts.values()) > 1000


def test_and_about_every_stop(twins):
    told = [twins[0][panel] for panel in PANELS]
    assert sum(one["trips"] for one in told) > 100
    assert {level for one in told for level in one["levels"]} == {"PAUSE", "REDUCE", "FLATTEN"}
    assert {bound for one in told for bound in one["bounds"]} >= {"VAR", "CAPITAL"}
    assert sum(one["sold"] for one in told) > 30
    assert sum(one["withdrawn"] for one in told) > 0


def test_and_about_every_leg_of_both_sides(twins):
    legs = Counter()
    for panel in PANELS:
        legs.update(twins[0][panel]["legs"])
    assert sum(twins[0][panel]["switches"] for panel in BOOKS) > 300
    assert all(legs[leg] > 20 for leg in ("ENTRY", "ADD", "EXIT", "STOP", "TARGET", "PARTIAL", "LIQUIDATION"))
    assert sum(twins[0][panel]["shorts"] for panel in PANELS) > 100


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("figure", ["figures", "ends"])
def test_the_twins_of_the_evaluator_agree_to_the_bit(twins, seed, figure):
    compiled, plain = (one[f"scores {seed}"] for one in twins)
    assert compiled["entries"] > 20
    assert compiled[figure] == plain[figure]
