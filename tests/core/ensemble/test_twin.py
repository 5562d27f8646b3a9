"""Compiled draws and the same draws as plain Python, in processes of their own, agree to the bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
SCRIPT = Path(__file__).parent / "twin_paths.py"


@pytest.fixture(scope="module")
def twins():
    """What the compiled and the plain process print; they run side by side."""
    base = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])}
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


@pytest.mark.parametrize("seed", range(6))
def test_the_twins_agree_to_the_bit(twins, seed):
    compiled, plain = (one[str(seed)] for one in twins)
    assert compiled == plain


def test_about_paths_that_trade(twins):
    assert sum(float.fromhex(one) for seed in range(6) for one in twins[0][str(seed)]["trades"]) > 30
