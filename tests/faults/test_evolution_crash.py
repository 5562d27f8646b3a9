"""An evolution that is killed goes on, and ends as if nothing had been: same champions, same charges, to the bit."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conf import PROJECT

SCRIPT = PROJECT / "tests" / "support" / "evolution_process.py"


def _run(where: Path, *places: tuple[str, int]) -> tuple[list[int], str]:
    """The status of every process, one after the other in the same folder, and what the last one found."""
    where.mkdir()
    environment = {"PYTHONPATH": f"{PROJECT}:{SCRIPT.parent}", "PATH": "/usr/bin:/bin", "HOME": str(where)}
    jobs = json.dumps([(str(where), *place) for place in [*places, ("", 0)]])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), jobs], env=environment, capture_output=True, text=True, cwd=PROJECT, check=False
    )
    assert done.returncode == 0, done.stderr
    *statuses, found, last = done.stdout.splitlines()
    return [int(one) for one in (*statuses, last)], found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    statuses, found = _run(tmp_path_factory.mktemp("evolution") / "whole")
    assert statuses == [0]
    return found


# Two searches run side by side in threads: whichever comes first dies.
@pytest.mark.parametrize(
    "places",
    [
        [("charge", 5), ("advance", 2), ("save", 3)],
        [("save", 1), ("choice", 2), ("placebo", 3), ("gates", 2)],
    ],
)
def test_killed_in_several_places_it_ends_the_same(
    tmp_path: Path, undisturbed: str, places: list[tuple[str, int]]
) -> None:
    statuses, found = _run(tmp_path / "killed", *places)
    assert statuses == [*[-signal.SIGKILL] * len(places), 0]
    assert found == undisturbed
