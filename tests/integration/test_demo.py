"""The demo interrupted: Ctrl-C at any point leaves no process behind. (CI runs the whole of it by `make demo`.)"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import ROOT, carriers

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("servers")]
STAGES = (
    "train/models: running",
    pytest.param("Starting Prefect", marks=pytest.mark.slow),
    pytest.param("Starting the worker", marks=pytest.mark.slow),
    pytest.param("trade/book: completed", marks=pytest.mark.slow),
)


# Whoever runs the tests may ignore Ctrl-C, as a shell does for what it runs in the background.
DEMO = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["keel", "demo"]
from flows.cli import main
main()
"""


@pytest.mark.parametrize("stage", STAGES)
def test_an_interrupted_demo_leaves_nothing_behind(stage: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    demo = subprocess.Popen(
        [sys.executable, "-c", DEMO],
        cwd=ROOT,
        env={**os.environ, "KEEL_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stderr is not None
    said = ""
    for line in demo.stderr:
        said += line
        if stage in line:
            break
    else:
        pytest.fail(f"the demo ended before {stage}: {said}")
    demo.send_signal(signal.SIGINT)
    _, rest = demo.communicate(timeout=120)
    assert demo.returncode == 130, rest
    assert carriers(home) + carriers(home / "state" / "demo") == []
    assert "Traceback" not in said + rest
