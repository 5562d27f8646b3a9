"""The topology of docker-compose.yaml without containers, through a whole round: bars in, evolve on Dask, train,
backtest, trade, each by the worker of its pool; parameters told by Redis; a worker that dies.
"""

import json
from collections.abc import Iterator

import httpx
import psutil
import pytest
from postgres_server import PASSWORD
from processes import carriers, eventually
from topology import AUTH, Topology, ask, topology

from tasks.adapters.servers.pools import KINDS
from tasks.adapters.servers.silent_runs import NAME, SILENT_S

# Over five minutes on two quiet cores: `make slow`, with the last result in docs/slow.md.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("servers")]
# As little of everything as a search may have.
SMALL = {
    "KEEL_EVOLUTION__POPULATION": "8",
    "KEEL_EVOLUTION__FOLDS": "2",
    "KEEL_EVOLUTION__PLACEBO_DRAWS": "2",
    "KEEL_EVOLUTION__PLACEBO_GENERATIONS": "2",
    "KEEL_EVOLUTION__SAMPLED": "30",
    "KEEL_EVOLUTION__NEIGHBOURS": "10",
    "KEEL_MODEL__FOLDS": "2",
    "KEEL_MODEL__XGBOOST__ROUNDS": "20",
}
DECIDED = 3
PATIENT_S = 600.0  # what a busy machine may need; nothing is asserted of it


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    with topology(tmp_path_factory.mktemp("machines"), SMALL) as made:
        deployed = ask(made, "deploy")
        assert tuple(deployed["pools"]) == KINDS
        for pool in KINDS:
            made.start(f"worker-{pool}", "-P", "-m", "flows.keel", "worker", "--pool", pool)
        yield made
        home = made.home
    assert carriers(home) == []


@pytest.fixture(scope="module")
def ingested(top: Topology) -> str:
    """The run that brought bars in, completed."""
    run = top.run("ingest/series")
    top.completed(run, PATIENT_S)
    return run


@pytest.fixture(scope="module")
def traded(top: Topology, ingested: str) -> dict[str, str]:
    """The ids of a round's runs, all of them completed."""
    runs = {"ingest": ingested}
    search = {"symbol": "SP500", "specialist": "crisis", "generations": 3, "fitness": "composite"}
    runs["evolve"] = top.run("evolve/adhoc", runner="dask", **search)
    runs["train"] = top.run("train/models")
    runs["backtest"] = top.run("backtest/adhoc")
    runs["trade"] = top.run("trade/book", as_of="2018-06-01T00:00:00Z", bars=DECIDED)
    for run in runs.values():
        top.completed(run, PATIENT_S)
    return runs


def test_each_run_of_the_round_is_done_by_the_worker_of_its_pool(top: Topology, traded: dict[str, str]) -> None:
    pools = {"ingest": "ingest", "evolve": "research", "train": "research", "backtest": "research", "trade": "trading"}
    assert {name: top.pool(run) for name, run in traded.items()} == pools
    assert {name: top.worker_of(run) for name, run in traded.items()} == {
        name: f"worker-{pool}" for name, pool in pools.items()
    }


def test_the_search_was_done_by_the_dask_workers(top: Topology, traded: dict[str, str]) -> None:
    assert "dask" in json.dumps(top.get(f"/flow_runs/{traded['evolve']}")["parameters"])
    said = (top.home / "logs" / "dask.log").read_text()
    assert "Receive client connection" in said, "the flow was a client of this scheduler"


def test_mlflow_has_the_runs_and_keeps_them_in_postgresql(top: Topology, traded: dict[str, str]) -> None:
    api = f"{top.mlflow}/api/2.0/mlflow"
    found = httpx.post(f"{api}/experiments/search", json={"max_results": 50}, trust_env=False).raise_for_status().json()
    numbers = {one["name"]: one["experiment_id"] for one in found["experiments"]}
    asked = {"experiment_ids": list(numbers.values()), "max_results": 200}
    runs = httpx.post(f"{api}/runs/search", json=asked, trust_env=False).raise_for_status().json()["runs"]
    of = {number: name for name, number in numbers.items()}
    assert {"evolution", "backtests"} <= {of[one["info"]["experiment_id"]] for one in runs}
    ((stored,),) = top.postgres.execute("SELECT count(*) FROM runs", top.database("mlflow"))
    assert stored == len(runs) >= 3
    assert not (top.home / "state" / "mlflow.db").exists()
    ((flow_runs,),) = top.postgres.execute("SELECT count(*) FROM flow_run", top.database("prefect"))
    assert isinstance(flow_runs, int)
    assert flow_runs >= len(traded)


def test_the_journal_has_the_decisions_and_nothing_was_ordered_twice(top: Topology, traded: dict[str, str]) -> None:
    found = ask(top, "sql", "SELECT count(*) AS n, count(DISTINCT bar) AS bars FROM decisions")
    assert found["rows"] == [[DECIDED, DECIDED]]


def test_status_says_what_runs_elsewhere_and_how_it_is(top: Topology, traded: dict[str, str]) -> None:
    found = {one["name"]: one for one in ask(top, "status")["components"]}
    for name in ("prefect", "mlflow", *(f"worker-{pool}" for pool in KINDS)):
        assert found[name]["ok"], found[name]
        assert found[name]["why"].startswith("elsewhere: ")
    assert found["prefect"]["url"] == top.api.removesuffix("/api")
    assert ask(top, "status", "--part", "worker-trading")["ok"]


def test_no_password_is_an_argument_or_shown(top: Topology, traded: dict[str, str]) -> None:
    secrets = (PASSWORD, AUTH.split(":")[1])
    lines = [*carriers(top.home), json.dumps(ask(top, "status"))]
    for process in top.processes.values():
        children = psutil.Process(process.pid).children(recursive=True)
        lines += [" ".join(one.cmdline()) for one in [psutil.Process(process.pid), *children]]
    assert len(lines) > len(top.processes)
    kinds = ("flow_runs", "logs", "artifacts", "deployments", "work_pools")
    lines += [json.dumps(top.post(f"/{kind}/filter", {"limit": 200})) for kind in kinds]
    for secret in secrets:
        assert [line[:200] for line in lines if secret in line] == []
        files = [one for one in top.home.rglob("*") if one.is_file() and one.suffix != ".lock"]
        assert [str(one) for one in files if secret.encode() in one.read_bytes()] == []


@pytest.mark.timeout(1800)
def test_parameters_told_by_redis_reach_both_workers_and_one_that_dies_stops_nobody_else(
    top: Topology, ingested: str
) -> None:
    session, predictor = top.run("session/campaign", duration="1h"), top.run("predict/live", minutes=60)
    eventually(lambda: top.redis.listeners() == 2, PATIENT_S)
    assert (top.worker_of(session), top.worker_of(predictor)) == ("worker-trading", "worker-research")
    assert top.redis.publish("nonsense") == 2

    for name in ("worker-trading", "worker-research"):
        log = top.home / "logs" / f"{name}.log"
        eventually(lambda log=log: "refused on param.reload" in log.read_text(), PATIENT_S)  # type: ignore[misc]
    alerts = [one["kind"] for one in ask(top, "alerts", "list")]
    assert alerts.count("parameters-refused") == 2, "each of them has told the journal"

    top.kill("worker-research")
    eventually(lambda: top.redis.listeners() == 1, PATIENT_S)
    eventually(lambda: not top.workers("research"), PATIENT_S)
    found = {one["name"]: one for one in ask(top, "status")["components"]}
    assert not found["worker-research"]["ok"]
    assert "no worker" in found["worker-research"]["why"]
    assert found["worker-trading"]["ok"]
    assert top.state(session) == "RUNNING"
    stops = top.run("risk/stops")
    top.completed(stops, PATIENT_S)
    assert top.worker_of(stops) == "worker-trading"
    assert top.redis.publish("nonsense") == 1

    # Of the run whose machine died nobody hears: it is marked, and its place is free for the next one.
    (watched,) = top.post("/automations/filter", {"automations": {"name": {"any_": [NAME]}}})
    assert watched["enabled"]
    eventually(lambda: top.state(predictor) == "CRASHED", 5 * SILENT_S)
    top.start("worker-research", "-P", "-m", "flows.keel", "worker", "--pool", "research")
    again = top.run("predict/live", minutes=60)
    eventually(lambda: top.state(again) == "RUNNING", PATIENT_S)
