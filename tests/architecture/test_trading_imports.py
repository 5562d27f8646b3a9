"""What a trading cycle never imports: libraries that take seconds and hundreds of megabytes, or load what is unsafe."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from heavy_home import HEAVY_HOME, LEARNT, rules, settle_heavy
from processes import ROOT

from models.types import iso
from models.types.timeframes import HOUR

# The news is read by rounds of its own: a cycle takes its words from the lake. (httpx is Prefect's.)
FORBIDDEN = {"jax", "keras", "mlflow", "torch", "tensorflow", "feedparser", "vaderSentiment", "skops", "matplotlib"}
# The modules of the flow and the cycle of the command in one process, and what that has imported.
PROGRAM = """
import json, sys
import flows.trade
from flows.cli import app
sys.argv = ["keel", *sys.argv[1:]]
app(standalone_mode=False)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("trained")
    settle_heavy(home, "momentum", "xgboost", "lstm")
    return home


def packages_of_a_cycle(home: Path, *models: str) -> set[str]:
    """What a process has imported that decided on a bar, about which those models were asked."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "trade", "--once", "--as-of", iso(LEARNT + HOUR), "--json"],
        cwd=ROOT,
        env={**os.environ, **HEAVY_HOME, "KEEL_HOME": str(home), "KEEL_ROUTER__RULES": rules(*models)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, packages = map(json.loads, done.stdout.splitlines())
    assert said["decision"] is not None
    return set(packages)


def test_a_cycle_imports_nothing_heavy_though_a_heavy_model_is_routed(template, tmp_path):
    home = shutil.copytree(template, tmp_path / "home")
    packages = packages_of_a_cycle(home, "momentum", "lstm")
    assert not packages & (FORBIDDEN | {"sklearn", "xgboost"})


def test_a_cycle_that_asks_xgboost_imports_that_and_what_it_brings_along(template, tmp_path):
    home = shutil.copytree(template, tmp_path / "home")
    packages = packages_of_a_cycle(home, "momentum", "xgboost", "lstm")
    # It went all the way to words about a bar that was news; sklearn is imported by xgboost itself.
    assert "xgboost" in packages
    assert not packages & FORBIDDEN
