"""The flow `housekeeping` on a real Prefect server: old finished runs go with their logs, everything else stays."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from processes import ROOT, carriers

from tasks.adapters.servers import Plan, client_env, free_port, health, launch, stop
from tasks.adapters.servers.plan import state_dir
from tasks.adapters.servers.prefect_server import prefect_server

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("servers")]
SCRIPT = ROOT / "tests" / "support" / "kept_runs.py"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plan]:
    home = tmp_path_factory.mktemp("home")
    plan = Plan(ROOT, home, free_port(), free_port())
    state_dir(home).mkdir(parents=True)
    process = launch(prefect_server(plan), state_dir(home), home / "prefect.log", mark=f"{home.name}/")
    try:
        health.wait_healthy(process)
        yield plan
    finally:
        stop(process, 10.0)
    assert carriers(home) == []


def test_old_finished_runs_go_and_a_step_that_fails_stops_no_other(plan: Plan) -> None:
    environment = os.environ | client_env(plan) | {"PYTHONPATH": f"{ROOT}:{ROOT}/tests/support"}
    environment |= {"KEEL_HOUSEKEEPING__RUNS_DAYS": "0.000000001", "KEEL_HOUSEKEEPING__BACKUPS_KEEP": "2"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["before"] == {"COMPLETED": 60, "FAILED": 1, "CANCELLED": 1, "RUNNING": 1, "SCHEDULED": 1, "PAUSED": 1}
    assert told["after"] == {"RUNNING": 2, "SCHEDULED": 1, "PAUSED": 1}, "one of the running is the housekeeping itself"
    first = {row["step"]: row for row in told["first"]}
    assert first["runs"]["gone"] == 62
    assert (first["backup"]["trouble"], "verified" in first["backup"]["note"]) == ("", True)
    assert {"runs", "backup", "reports", "journal"} <= set(first)
    assert not any(row["trouble"] for row in told["first"])
    second = {row["step"]: row for row in told["second"]}
    assert "planted" in second["keep ticks"]["trouble"]
    assert (second["runs"]["trouble"], second["journal"]["trouble"]) == ("", "")
    assert "keep ticks" in told["error"]
    assert any("planted" in one for one in told["alerts"])
    assert told["left_logs"] == 0
    (database,) = state_dir(plan.home).rglob("prefect.db")
    assert _orphans(database) == {"task_run": 0, "flow_run_state": 0, "task_run_state": 0}


def _orphans(database: Path) -> dict[str, int]:
    """Rows of runs that are no more."""
    queries = {
        "task_run": "SELECT count(*) FROM task_run WHERE flow_run_id NOT IN (SELECT id FROM flow_run)",
        "flow_run_state": "SELECT count(*) FROM flow_run_state WHERE flow_run_id NOT IN (SELECT id FROM flow_run)",
        "task_run_state": "SELECT count(*) FROM task_run_state WHERE task_run_id NOT IN (SELECT id FROM task_run)",
    }
    with closing(sqlite3.connect(database)) as connection:
        return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
