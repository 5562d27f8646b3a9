"""The real servers: a small evolution on the embedded sample by hand, what Prefect and MLflow show of it, and that what
has not passed is not promoted.
"""

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from prefect_api import ask
from processes import carriers, command

from data.journal import TrialLedger, open_journal
from models.specialists.genome_text import genome_from_json
from tasks.adapters.servers import down, free_port
from tasks.bootstrap import build_desk, build_feed, journal_place
from tasks.session.evolving.showing import SIDES
from tasks.session.intake import ingest

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("servers")]
# As little of everything as a search may have. Of two shuffled markets the best rank is 1/3: nothing can pass.
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
GENERATIONS = 3
HOLD_CASH = "No specialist passed: hold cash."
SECRET = "nobody-may-read-this-4711"  # noqa: S105 - one that nobody uses


@dataclass(frozen=True, slots=True)
class Servers:
    """A running stack over the embedded sample."""

    home: Path
    env: dict[str, str]
    prefect: str
    mlflow: str

    def post(self, path: str, body: object) -> Any:
        return ask("POST", f"{self.prefect}/api{path}", body)

    def newest_run(self, flow: str) -> dict[str, Any]:
        asked = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC", "limit": 1}
        (found,) = self.post("/flow_runs/filter", asked)
        return dict(found)

    def artifacts(self, run: str) -> dict[str, dict[str, Any]]:
        """Those of a flow run by their keys; of progress, which has none, by its kind."""
        found = self.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
        return {one["key"] or one["type"]: one for one in sorted(found, key=lambda one: str(one["updated"]))}

    def evolutions(self) -> list[dict[str, Any]]:
        """Runs of MLflow's experiment, with tags and metrics by their names."""
        api = f"{self.mlflow}/api/2.0/mlflow"
        query = {"experiment_name": "evolution"}
        found = httpx.get(f"{api}/experiments/get-by-name", params=query).raise_for_status().json()
        asked = {"experiment_ids": [found["experiment"]["experiment_id"]]}
        runs = httpx.post(f"{api}/runs/search", json=asked).raise_for_status().json()["runs"]
        return [
            {
                "id": one["info"]["run_id"],
                "folder": Path(httpx.URL(one["info"]["artifact_uri"]).path),
                "tags": {tag["key"]: tag["value"] for tag in one["data"]["tags"]},
                "metrics": {metric["key"]: metric["value"] for metric in one["data"]["metrics"]},
            }
            for one in runs
        ]

    def history(self, run: str, metric: str) -> list[dict[str, Any]]:
        query = {"run_id": run, "metric_key": metric}
        found = httpx.get(f"{self.mlflow}/api/2.0/mlflow/metrics/get-history", params=query).raise_for_status()
        return list(found.json()["metrics"])


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    home = tmp_path_factory.mktemp("evolved")
    desk = build_desk(folder=home)
    for series in desk.universe():  # what the models look at besides what is traded, too
        ingest(desk, series, build_feed(desk, series), None, store=True, report=lambda *_: None)
    env = SMALL | {
        "KEEL_HOME": str(home),
        "BINANCE_SECRET_KEY": SECRET,
        "KEEL_SERVERS__PREFECT_PORT": str(free_port()),
        "KEEL_SERVERS__MLFLOW_PORT": str(free_port()),
    }
    try:
        started = command("flows.cli", "up", "--json", env=env)
        assert started.returncode == 0, started.stderr
        urls = json.loads(started.stdout)
        env |= {"PREFECT_API_URL": f"{urls['prefect']}/api", "PREFECT_HOME": str(home / "state" / "prefect")}
        yield Servers(home, env, urls["prefect"], urls["mlflow"])
    finally:
        down(home)
    assert carriers(home) == []


@pytest.fixture(scope="module")
def evolved(servers: Servers) -> str:
    """What the watched run of the crisis specialist said."""
    parameters = ("symbol=SP500", "specialist=crisis", f"generations={GENERATIONS}", "fitness=composite", "pareto=true")
    words = [word for one in parameters for word in ("--param", one)]
    done = command("prefect", "deployment", "run", "evolve/adhoc", *words, "--watch", env=servers.env)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_the_run_completes_and_shows_gates_both_samples_ledger_and_verdict(servers: Servers, evolved: str) -> None:
    assert f"result: {HOLD_CASH}" in evolved
    found = servers.artifacts(servers.newest_run("evolve")["id"])
    assert {key: one["type"] for key, one in found.items()} == {
        "progress": "progress",
        "evolution-gates": "table",
        "evolution-figures": "table",
        "evolution-searches": "table",
        "evolution-ledger": "table",
        "evolution-picture": "image",
        "evolution-verdict": "markdown",
    }
    assert float(found["progress"]["data"]) == 100.0
    gates = json.loads(found["evolution-gates"]["data"])
    assert [(one["specialist"], one["gate"]) for one in gates] == [("crisis", name) for name in SIDES]
    assert next(one for one in gates if one["gate"] == "placebo")["passed"] == "NO"
    assert found["evolution-gates"]["description"] == HOLD_CASH
    figures = json.loads(found["evolution-figures"]["data"])
    assert list(figures[0]) == ["figure", "crisis, out of sample", "crisis, in sample"]
    (charged,) = json.loads(found["evolution-ledger"]["data"])
    assert charged["search"] > 3 * 8 * GENERATIONS  # the whole window and two folds, and the choice of their winners
    kind, _, content = str(found["evolution-picture"]["data"]).partition(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content, validate=True))).width > 900


def test_report_genome_and_dossier_are_in_the_home_and_agree(servers: Servers, evolved: str) -> None:
    (folder,) = (servers.home / "state" / "evolution").iterdir()
    report = json.loads((folder / "report.json").read_text())
    (candidate,) = report["candidates"]
    assert report["settings"].items() >= {"generations": GENERATIONS, "fitness": "composite", "pareto": True}.items()
    genome = genome_from_json((folder / "genomes" / "crisis.json").read_text())
    assert (genome.content, genome.sha256) == (candidate["genome"], candidate["genome_sha256"])
    page = (folder / "dossiers" / "crisis.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert genome.sha256 in page
    totals = TrialLedger(open_journal(journal_place(servers.home)).engine).rows()
    assert sum(one.evaluations for one in totals) == report["trials"] == report["ledger"]["trials"]
    note = str(servers.artifacts(servers.newest_run("evolve")["id"])["evolution-verdict"]["data"])
    assert (folder / "dossiers" / "crisis.html").as_uri() in note


def test_mlflow_has_a_parent_a_child_for_each_search_their_curves_and_the_genome(
    servers: Servers, evolved: str
) -> None:
    runs = servers.evolutions()
    (parent,) = (one for one in runs if "mlflow.parentRunId" not in one["tags"])
    children = {one["tags"]["keel.fold"]: one for one in runs if one is not parent}
    assert sorted(children) == ["0", "1", "2"]
    assert {one["tags"]["mlflow.parentRunId"] for one in children.values()} == {parent["id"]}
    assert parent["tags"]["keel.passed"] == "none"
    assert parent["metrics"]["trials"] == parent["metrics"]["ledger_trials"] > 0
    whole = children["0"]
    assert {"gate.data_quality", "gate.stress", "in_sample.total_return", "out_of_sample.total_return"} <= set(
        whole["metrics"]
    )
    steps = [one.get("step", 0) for one in servers.history(whole["id"], "search.best")]
    assert sorted(map(int, steps)) == list(range(GENERATIONS))
    assert (parent["folder"] / "evolution.png").is_file()
    assert {"crisis.html", "crisis.json", "curves.csv", "genome"} <= {one.name for one in whole["folder"].iterdir()}
    query = {"name": "specialist-crisis-sample-SP500-1d", "alias": "challenger"}
    found = httpx.get(f"{servers.mlflow}/api/2.0/mlflow/registered-models/alias", params=query).raise_for_status()
    assert found.json()["model_version"]["run_id"] == whole["id"]


def test_a_flow_does_not_promote_what_has_not_passed(servers: Servers, evolved: str) -> None:
    done = command(
        *("prefect", "deployment", "run", "promote/adhoc", "--param", "specialist=crisis", "--watch"), env=servers.env
    )
    assert done.returncode == 1
    run = servers.newest_run("promote")
    assert (run["state_type"], run["parameters"]["specialist"]) == ("FAILED", "crisis")
    assert "crisis was not promoted, run " in servers.artifacts(run["id"])["promotion"]["data"]
    assert not (servers.home / "state" / "genomes" / "crisis.json").exists()


def test_no_secret_is_in_any_file_of_it(servers: Servers, evolved: str) -> None:
    state = servers.home / "state"
    files = [one for one in state.rglob("*") if one.is_file()]
    assert {"mlflow.db", "journal.sqlite"} <= {one.name for one in files}
    assert [one for one in files if SECRET.encode() in one.read_bytes()] == []
