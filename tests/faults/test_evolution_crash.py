"""An evolution that is killed goes on, and ends as if nothing had been: same champions, same charges, to the bit."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conf import PROJECT

SCRIPT = PROJECT / "tests" / "support" / "evolution_process.py"


def _run(where: Path, *place: str) -> subprocess.CompletedProcess[str]:
    where.mkdir(exist_ok=True)
    environment = {"PYTHONPATH": f"{PROJECT}:{SCRIPT.parent}", "PATH": "/usr/bin:/bin", "HOME": str(where)}
    arguments = [sys.executable, str(SCRIPT), str(where), *place]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, cwd=PROJECT, check=False)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = _run(tmp_path_factory.mktemp("evolution") / "whole")
    assert done.returncode == 0, done.stderr
    return done.stdout


# Two searches run side by side in threads: whichever comes first dies.
@pytest.mark.parametrize(
    "places",
    [
        [("charge", "5"), ("advance", "2"), ("save", "3")],
        [("save", "1"), ("choice", "2"), ("placebo", "3"), ("gates", "2")],
    ],
)
def test_killed_in_several_places_it_ends_the_same(
    tmp_path: Path, undisturbed: str, places: list[tuple[str, str]]
) -> None:
    for place in places:
        done = _run(tmp_path / "killed", *place)
        assert done.returncode == -signal.SIGKILL, (place, done.stderr)
    done = _run(tmp_path / "killed")
    assert done.returncode == 0, done.stderr
    assert done.stdout == undisturbed
