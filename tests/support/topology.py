"""The topology of docker-compose.yaml without containers: the same servers and workers as processes of this machine.

PostgreSQL (journal, Prefect, MLflow), Redis, a Dask scheduler with workers, and a Keel worker for each work pool. They
share a home as the containers share a volume, and know each other by URL alone. Every port is the system's choice.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from postgres_server import PASSWORD, Server
from processes import ROOT, eventually
from pydantic import SecretStr
from redis_server import Server as Redis
from trigrams import postgres_with_trigrams

from tasks.adapters.servers import Command, Plan, ServerProcess, free_port, health, launch, stop
from tasks.adapters.servers.mlflow_server import mlflow_server
from tasks.adapters.servers.pools import KINDS
from tasks.adapters.servers.prefect_server import prefect_server

AUTH = "keel:a-pass-word-of-the-prefect-server"
DASK = {
    # As the file of the containers has it, and as adapters.runners does for a cluster of its own.
    "DASK_DISTRIBUTED__SCHEDULER__ACTIVE_MEMORY_MANAGER__START": "False",
}


@dataclass(slots=True)
class Topology:
    """What runs, and how a shell finds it."""

    root: Path
    home: Path
    env: dict[str, str]
    postgres: Server
    redis: Redis
    databases: dict[str, str]
    processes: dict[str, ServerProcess] = field(default_factory=dict)

    @property
    def api(self) -> str:
        return self.env["PREFECT_API_URL"]

    @property
    def mlflow(self) -> str:
        return self.env["MLFLOW_TRACKING_URI"]

    def post(self, path: str, body: object) -> Any:
        user, password = AUTH.split(":")
        asked = httpx.post(f"{self.api}{path}", json=body, timeout=30, auth=(user, password), trust_env=False)
        return asked.raise_for_status().json()

    def get(self, path: str) -> Any:
        user, password = AUTH.split(":")
        asked = httpx.get(f"{self.api}{path}", timeout=30, auth=(user, password), trust_env=False)
        return asked.raise_for_status().json()

    def start(self, name: str, *arguments: str, env: Mapping[str, str] | None = None, keyed: bool = True) -> None:
        """A process of our interpreter in the project, by its name."""
        command = Command(name, (sys.executable, *arguments), self.env | dict(env or {}), keyed=keyed)
        self.launch(command)

    def launch(self, command: Command) -> None:
        log = self.home / "logs" / f"{command.name}.log"
        self.processes[command.name] = launch(command, self.root, log, mark=f"{self.home}/{command.name}")

    def kill(self, name: str) -> None:
        """As a power cut would: the process and all that came of it end at once."""
        process = self.processes.pop(name)
        leader = psutil.Process(process.pid)
        family = [leader, *leader.children(recursive=True)]
        leader.kill()  # first, so that it notices nothing and tells nobody
        for one in family[1:]:
            with suppress(psutil.NoSuchProcess):
                one.kill()

    def run(self, deployment: str, **parameters: object) -> str:
        """Begin a run; its id."""
        found = self.get(f"/deployments/name/{deployment}")
        return str(self.post(f"/deployments/{found['id']}/create_flow_run", {"parameters": parameters})["id"])

    def state(self, run: str) -> str:
        return str(self.get(f"/flow_runs/{run}")["state_type"])

    def workers(self, pool: str) -> list[str]:
        """Those of the pool that the Prefect server has heard from lately."""
        found = self.post(f"/work_pools/{pool}/workers/filter", {})
        return [str(one["name"]) for one in found if one["status"] == "ONLINE"]

    def database(self, name: str) -> str:
        """What it is called in PostgreSQL."""
        return self.databases[name].rpartition("/")[2]

    def pool(self, run: str) -> str:
        return str(self.get(f"/flow_runs/{run}")["work_pool_name"])

    def worker_of(self, run: str) -> str:
        """The process, by name, whose child has done it: from the worker's log."""
        lines = {name: (self.home / "logs" / f"{name}.log").read_text() for name in self.processes}
        (found,) = [name for name, text in lines.items() if name.startswith("worker") and run in text]
        return found

    def completed(self, run: str, seconds: float = 180.0) -> None:
        """Wait until the run has completed; what it logged, where it ends otherwise."""
        eventually(lambda: self.state(run) in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"), seconds)
        assert self.state(run) == "COMPLETED", self.logs(run)

    def logs(self, run: str) -> str:
        asked = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
        said = [str(one["message"]) for one in self.post("/logs/filter", asked)]
        return "\n".join([str(self.get(f"/flow_runs/{run}")["state"]["message"]), *said])


@contextmanager
def topology(tmp: Path, settings: Mapping[str, str]) -> Iterator[Topology]:
    """Everything up and deployed; all of it down again at the end."""
    with postgres_with_trigrams(tmp) as server:
        yield from _around(tmp, settings, server)


def _around(tmp: Path, settings: Mapping[str, str], postgres: Server) -> Iterator[Topology]:
    home = tmp / "home"
    (home / "logs").mkdir(parents=True)
    plan = Plan(ROOT, home, free_port(), free_port(), pools=KINDS)
    redis = Redis(tmp, password=PASSWORD)
    redis.start()
    databases = {name: postgres.new_database() for name in ("journal", "prefect", "mlflow")}
    env = {
        **settings,
        "KEEL_HOME": str(home),
        "KEEL_SERVERS__POOLS": "by_kind",
        "KEEL_SERVERS__REDIS_URL": redis.url,
        "REDIS_PASSWORD": PASSWORD,
        "PREFECT_API_URL": plan.api_url,
        "PREFECT_API_AUTH_STRING": AUTH,
        "PREFECT_HOME": str(home / "state" / "prefect"),
        "PREFECT_WORKER_HEARTBEAT_SECONDS": "2",
        "MLFLOW_TRACKING_URI": plan.mlflow_url,
        "KEEL_JOURNAL__URL": databases["journal"],
    }
    made = Topology(plan.root, home, env, postgres, redis, databases)
    try:
        _start_servers(made, plan)
        yield made
    finally:
        _stop(made)
        redis.kill()


def _start_servers(made: Topology, plan: Plan) -> None:
    state = made.home / "state"
    state.mkdir()
    on_async = made.databases["prefect"].replace("+psycopg", "+asyncpg")
    prefect = prefect_server(plan, SecretStr(on_async))
    made.launch(_with(prefect, {"PREFECT_SERVER_API_AUTH_STRING": AUTH}))
    made.launch(_with(mlflow_server(plan, SecretStr(made.databases["mlflow"])), {}))
    places = made.home / "dask.json"
    module = "from distributed.cli.{0} import main; main()"
    scheduler = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(places))
    made.start("dask", "-P", "-c", module.format("dask_scheduler"), *scheduler, env=DASK, keyed=False)
    eventually(places.exists)
    made.env["KEEL_EVOLUTION__DASK_ADDRESS"] = json.loads(places.read_text())["address"]
    for number in range(2):
        options = ("--nthreads", "1", "--no-dashboard", "--preload", "tasks.adapters.runners.preload")
        where = ("--scheduler-file", str(places), "--local-directory", str(made.home / f"dask-{number}"))
        made.start(f"dask-{number}", "-P", "-c", module.format("dask_worker"), *where, *options, env=DASK, keyed=False)
    for name in ("prefect", "mlflow"):
        health.wait_healthy(made.processes[name])


def _with(command: Command, env: Mapping[str, str]) -> Command:
    """The server on its own: what flows and workers are given it is not."""
    kept = {name: value for name, value in command.env.items() if name not in ("no_proxy", "NO_PROXY")}
    return Command(command.name, command.argv, kept | dict(env), command.url, command.health)


def _stop(made: Topology) -> None:
    """The workers first: they would go on submitting runs."""
    order = sorted(made.processes, key=lambda name: (not name.startswith("worker"), name == "prefect"))
    for name in order:
        stop(made.processes[name], 5.0)


def ask(made: Topology, *arguments: str) -> Any:
    """One command of keel in a shell that knows the servers, as JSON."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "flows.keel", *arguments, "--json"],
        cwd=made.root,
        env={**os.environ, **made.env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)
