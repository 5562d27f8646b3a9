"""2,000 trade cycles on a real Prefect server, in process: with the housekeeping on the database levels off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cycles_page import Figures, figures_text, problems
from cycles_run import read_figures
from processes import ROOT

SCRIPT = ROOT / "tests" / "support" / "cycles_run.py"


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.timeout(4 * 3600)
def test_the_servers_database_levels_off_with_the_housekeeping_alone(tmp_path: Path) -> None:
    kept, control = (_run(tmp_path, *words) for words in (("2000",), ("1000", "--control")))
    assert problems(kept, control) == []


def test_what_keeps_growing_and_what_levels_off_by_itself_are_told_apart() -> None:
    flat, growing = ([_after(number, 9 + slope * number) for number in range(1, 21)] for slope in (0, 1))
    assert problems(flat, growing) == []
    assert "the last quarter adds 20.8%" in problems(growing, growing)[0]
    assert "by itself" in problems(flat, [_after(number, min(number, 5)) for number in range(1, 21)])[0]
    assert "2,000 cycles" in figures_text(flat, growing)


def _after(number: int, size: int) -> Figures:
    decided = {"decisions": 100 * number}
    return Figures(100 * number, 60.0 * number, size, size, number, 0, 0, {}, decided)


def _run(folder: Path, *words: str) -> list[Figures]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT}/tests/support"}
    command = [sys.executable, str(SCRIPT), *words, "--out", str(folder / "figures")]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return read_figures(folder / f"figures{'.control' if '--control' in words else ''}.jsonl")
