"""The embedded stack for real: up, a scheduled run, down; and interrupted anywhere, nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from processes import carriers, eventually

from models.types.errors import Refused, Unavailable
from tasks.adapters.servers import Plan, down, free_port, set_schedules, status, up
from tasks.adapters.servers.worker import forget_worker, worker_online

pytestmark = pytest.mark.integration

FLOW = """
import time
from pathlib import Path
from prefect import flow

@flow
def touch(path: str, seconds: float = 0.0) -> None:
    Path(path).touch()
    time.sleep(seconds)
"""

PROJECT = """
name: scratch
pull:
  - prefect.deployments.steps.set_working_directory:
      directory: "{{{{ $PWD }}}}"
deployments:
  - name: adhoc
    entrypoint: flows/touch.py:touch
    work_pool: {{name: keel, job_variables: {{env: {{COLOUR: green}}}}}}
  - name: timed
    entrypoint: flows/touch.py:touch
    work_pool: {{name: keel}}
    concurrency_limit: {{limit: 1, collision_strategy: CANCEL_NEW}}  # a slow machine piles none up
    schedules:
      - {{interval: 15, slug: often, parameters: {{path: "{mark}"}}}}
"""

STARTER = """
import signal, sys
from pathlib import Path
from tasks.adapters.servers import Plan, up
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
root, home, prefect_port, mlflow_port = sys.argv[1:]
up(Plan(Path(root), Path(home), int(prefect_port), int(mlflow_port)), lambda line: print(line, flush=True))
print("up", flush=True)
"""


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    root = tmp_path / "project"
    (root / "flows").mkdir(parents=True)
    (root / "flows" / "touch.py").write_text(FLOW)
    (root / "prefect.yaml").write_text(PROJECT.format(mark=tmp_path / "scheduled"))
    plan = Plan(root, tmp_path / "a home", free_port(), free_port())
    yield plan
    down(plan.home)


def _deployments(plan: Plan) -> dict[str, Any]:
    found = httpx.post(f"{plan.api_url}/deployments/filter", json={}).raise_for_status().json()
    return {each["name"]: each for each in found}


def _run(plan: Plan, **parameters: object) -> None:
    identity = _deployments(plan)["adhoc"]["id"]
    url = f"{plan.api_url}/deployments/{identity}/create_flow_run"
    httpx.post(url, json={"parameters": parameters}).raise_for_status()


def _start(plan: Plan) -> "subprocess.Popen[str]":
    """`up` in a process of its own, which has said its first word."""
    arguments = [str(plan.root), str(plan.home), str(plan.prefect_port), str(plan.mlflow_port)]
    argv = [sys.executable, "-c", STARTER, *arguments]
    starter = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline().startswith("Starting Prefect")
    return starter


def test_up_runs_schedules_and_down_leaves_nothing(plan: Plan, tmp_path: Path) -> None:
    said: list[str] = []
    stack = up(plan, said.append)
    assert [line.split()[0] for line in said] == ["Starting", "Deploying", "Starting"]
    assert {each.name: each.ok for each in status(plan.home)} == {"prefect": True, "mlflow": True, "worker": True}
    assert {each.name: each.url for each in stack.processes}["mlflow"] == plan.mlflow_url
    assert set(_deployments(plan)) == {"adhoc", "timed"}

    eventually((tmp_path / "scheduled").exists)
    assert set_schedules(plan.api_url, active=False) == 1
    assert set_schedules(plan.api_url, active=False) == 0
    (schedule,) = _deployments(plan)["timed"]["schedules"]
    assert (schedule["active"], schedule["parameters"]) == (False, {"path": str(tmp_path / "scheduled")})

    with pytest.raises(Refused, match="keel down"):
        up(plan, said.append)
    assert all(each.ok for each in status(plan.home)), "a refused start must not touch the stack that runs"

    sessions = {each.pid for each in stack.processes}
    assert down(plan.home) == ["worker", "prefect", "mlflow", "guardian", "alerts"]
    assert carriers(plan.home) == []
    assert not [pid for pid in psutil.pids() if pid in sessions or os.getsid(pid) in sessions]
    assert {path.name for path in plan.home.iterdir()} == {"state"}


@pytest.mark.slow
def test_a_killed_worker_is_noticed_and_its_flow_runs_are_stopped(plan: Plan, tmp_path: Path) -> None:
    stack = up(plan, print)
    set_schedules(plan.api_url, active=False)
    _run(plan, path=str(tmp_path / "running"), seconds=600)
    eventually((tmp_path / "running").exists)
    (killed,) = [each for each in stack.processes if each.name == "worker"]
    os.kill(killed.pid, signal.SIGKILL)
    eventually(lambda: [each.ok for each in status(plan.home)] == [True, True, False])
    assert worker_online(plan.api_url), "the server believes in it for another 90 s, which `up` must not"
    forget_worker(plan.api_url)
    forget_worker(plan.api_url)
    assert not worker_online(plan.api_url)
    assert down(plan.home) == ["worker", "prefect", "mlflow", "guardian", "alerts"]
    assert carriers(plan.home) == []


@pytest.mark.slow
def test_down_ends_a_flow_run_that_is_under_way(plan: Plan, tmp_path: Path) -> None:
    up(plan, print)
    set_schedules(plan.api_url, active=False)
    _run(plan, path=str(tmp_path / "running"), seconds=600)
    eventually((tmp_path / "running").exists)
    assert down(plan.home) == ["worker", "prefect", "mlflow", "guardian", "alerts"]
    assert carriers(plan.home) == []


@pytest.mark.parametrize(
    ("after", "delay"),
    [
        ("Starting Prefect", 3.0),
        pytest.param("Starting Prefect", 0.0, marks=pytest.mark.slow),
        pytest.param("Starting Prefect", 0.5, marks=pytest.mark.slow),
        pytest.param("Deploying", 1.0, marks=pytest.mark.slow),
        pytest.param("Starting the worker", 0.5, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_start_leaves_nothing(plan: Plan, after: str, delay: float) -> None:
    starter = _start(plan)
    assert starter.stdout is not None
    while not after.startswith("Starting Prefect") and not starter.stdout.readline().startswith(after):
        assert starter.poll() is None
    time.sleep(delay)
    starter.send_signal(signal.SIGINT)
    time.sleep(0.3)
    starter.send_signal(signal.SIGINT)  # people press it twice
    starter.communicate(timeout=300)
    assert starter.returncode != 0
    assert carriers(plan.home) == []
    assert not (plan.home / "state" / "services.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.2, 8.0])
def test_a_killed_start_is_cleaned_up_by_down(plan: Plan, delay: float) -> None:
    starter = _start(plan)
    time.sleep(delay)
    starter.kill()
    starter.communicate(timeout=300)
    assert carriers(plan.home) != []
    assert "prefect" in down(plan.home)
    assert carriers(plan.home) == []


@pytest.mark.slow
def test_flows_that_cannot_be_deployed_take_the_servers_down(plan: Plan) -> None:
    (plan.root / "flows" / "touch.py").write_text("# no flow here\n")
    with pytest.raises(Unavailable, match=r"prefect\.yaml could not be deployed(.|\n)*touch.*flows/touch\.py"):
        up(plan, print)
    assert carriers(plan.home) == []


@pytest.mark.slow
def test_a_server_that_dies_at_its_start_is_told_with_its_log(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite+aiosqlite:////nowhere/prefect.db")
    with pytest.raises(Unavailable, match="prefect ended during its start") as caught:
        up(plan, print)
    assert "unable to open database file" in str(caught.value)
    assert carriers(plan.home) == []
