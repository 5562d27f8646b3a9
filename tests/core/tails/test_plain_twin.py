"""Compiled tails and the same as plain Python, in processes of their own, agree to the bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.risk

ROOT = Path(__file__).parent.parent.parent.parent
SCRIPT = ROOT / "tests" / "support" / "tails_twin_run.py"


def test_the_plain_twin_agrees_to_the_bit():
    base = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(SCRIPT.parent)])}
    running = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT)], cwd=ROOT, env=base | {"NUMBA_DISABLE_JIT": one}, stdout=subprocess.PIPE
        )
        for one in ("0", "1")
    ]
    compiled, plain = (json.loads(one.communicate(timeout=300)[0]) for one in running)
    assert [one.returncode for one in running] == [0, 0]
    assert (compiled.pop("compiled"), plain.pop("compiled")) == (True, False)
    assert len(compiled) == 14
    assert compiled == plain
