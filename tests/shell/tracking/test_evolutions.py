"""MLflow keeps an evolution as a run with a run below it for each search, and offers what the searches found: whole or
not at all.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from evolution_records import CURVES, MODEL, bred_genome, evolution_record
from mlflow.entities import Run
from mlflow_servers import Kept, pointed_at

from models.types import BadInput, Damaged, Unavailable
from tasks.adapters.tracking.curves import drawn
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.ports import EvolutionRecord, Registered

VOLATILE, CRISIS = MODEL.format("volatile"), MODEL.format("crisis")
GENERATIONS = 120


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("tracking")
    return Kept(f"sqlite:///{folder / 'mlflow.db'}", folder / "mlartifacts")


@pytest.fixture(scope="module")
def client(kept: Kept) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(kept.uri)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> EvolutionRecord:
    return evolution_record(tmp_path_factory.mktemp("evolution"), ("volatile", "crisis"), 2, GENERATIONS)


@pytest.fixture(scope="module", autouse=True)
def logged(kept: Kept, record: EvolutionRecord) -> Registered:
    """The first evolution that was kept there."""
    return log(kept, record)


def log(kept: Kept, record: EvolutionRecord) -> Registered:
    return MlflowTracker(kept.uri, kept.artifacts).log_evolution(record)


def all_runs(client: mlflow.MlflowClient, filter_string: str = "") -> list[Run]:
    experiment = client.get_experiment_by_name("evolution")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], filter_string))


def below(client: mlflow.MlflowClient, run_id: str) -> dict[str, Run]:
    """The children of a run by their names."""
    found = all_runs(client, f"tags.mlflow.parentRunId = '{run_id}'")
    return {run.info.run_name: run for run in found}


def aliases(client: mlflow.MlflowClient) -> dict[str, dict[str, str]]:
    found = client.search_registered_models()
    return {one.name: {alias: str(version) for alias, version in one.aliases.items()} for one in found}


def files(kept: Kept, run: Run) -> dict[str, bytes]:
    """The artifacts of a run."""
    root = kept.artifacts / run.info.run_id / "artifacts"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_an_evolution_is_a_run_with_a_run_below_it_for_each_search(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered
) -> None:
    parent = client.get_run(logged.run_id)
    assert (parent.info.run_name, parent.info.status) == (record.name, "FINISHED")
    assert parent.data.params == {name: str(value) for name, value in record.settings.items()}
    assert parent.data.metrics == record.metrics
    assert record.tags.items() <= parent.data.tags.items()
    assert {"mlflow.user", "mlflow.source.name"} <= set(parent.data.tags)
    assert files(kept, parent) == {"evolution.html": b"<p>an evolution</p>"}
    children = below(client, logged.run_id)
    assert sorted(children) == sorted(child.name for child in record.children)
    for child in record.children:
        run = children[child.name]
        assert run.info.status == "FINISHED"
        assert run.data.params == {name: str(value) for name, value in child.settings.items()}
        assert child.tags.items() <= run.data.tags.items()
        last = {name: curve[-1] for name, curve in child.curves.items()}
        assert run.data.metrics == child.metrics | last


def test_curves_are_there_by_generation_to_the_bit_thinned_and_as_a_whole_table(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered
) -> None:
    child = record.children[1]
    run = below(client, logged.run_id)[child.name]
    steps = drawn(GENERATIONS)
    assert len(steps) < GENERATIONS
    for name in CURVES:
        history = sorted(client.get_metric_history(run.info.run_id, name), key=lambda one: one.step)
        assert tuple(one.step for one in history) == steps
        assert np.array([one.value for one in history]).tobytes() == child.curves[name][list(steps)].tobytes()
    heads, *rows = files(kept, run)["curves.csv"].decode().splitlines()
    assert heads.split(",") == ["generation", *CURVES]
    columns = np.array([[float(figure) for figure in row.split(",")] for row in rows]).T
    assert columns.tobytes() == np.array([np.arange(GENERATIONS), *child.curves.values()]).tobytes()


def test_dossiers_and_genomes_are_there_and_a_model_has_nothing_that_runs(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered
) -> None:
    for child in record.children:
        assert child.genome is not None
        found = files(kept, below(client, logged.run_id)[child.name])
        genome = {"genome/MLmodel", "genome/genome.json"}
        assert set(found) == {"curves.csv", *genome, *(page.name for page in child.pages)}
        assert found["genome/genome.json"] == child.genome.read_bytes()
        assert all(found[page.name] == page.read_bytes() for page in child.pages)


def test_searches_that_are_offered_are_challengers_with_their_tags(
    client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered
) -> None:
    assert logged.versions == {VOLATILE: "1", CRISIS: "1"}
    children = below(client, logged.run_id)
    for child in record.children:
        if child.model is not None:
            version = client.get_model_version_by_alias(child.model, "challenger")
            assert (str(version.version), version.status) == ("1", "READY")
            assert version.run_id == children[child.name].info.run_id
            assert dict(version.tags) == child.tags


def test_the_model_is_the_genome_to_the_bit(kept: Kept, logged: Registered) -> None:
    genome = bred_genome("volatile", 0)
    with pointed_at(kept.uri):
        model = mlflow.pyfunc.load_model(f"models:/{VOLATILE}@challenger")
    assert model.get_raw_model() == genome
    genes = model.predict(pd.DataFrame({"close": [1.0, 2.0, 3.0]}))
    assert list(genes.columns) == list(genome.named)
    assert genes.to_numpy().tobytes() == np.array([genome.genes] * 3).tobytes()
    assert model.predict(pd.DataFrame({"close": []})).shape == (0, 8)
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_the_genome_of_a_fold_can_be_loaded_though_it_is_not_offered(
    kept: Kept, client: mlflow.MlflowClient, logged: Registered
) -> None:
    run = below(client, logged.run_id)["crisis fold 2"]
    with pointed_at(kept.uri):
        model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/genome")
    assert model.get_raw_model() == bred_genome("crisis", 2)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda text: text.replace('"max_trades_per_day": 5', '"max_trades_per_day": 6'), Damaged),
        (lambda text: text.replace('"seed": 0', '"seed": 7'), Damaged),
        (lambda text: text.replace('"max_trades_per_day": 5', '"max_trades_per_day": 11'), BadInput),
        (lambda text: text[:-20], BadInput),
    ],
)
def test_a_model_whose_genome_was_changed_is_refused(
    kept: Kept, client: mlflow.MlflowClient, logged: Registered, tmp_path: Path, change: Any, refusal: type[Exception]
) -> None:
    source = kept.artifacts / below(client, logged.run_id)["volatile"].info.run_id / "artifacts" / "genome"
    model = shutil.copytree(source, tmp_path / "genome")
    assert mlflow.pyfunc.load_model(str(model)).get_raw_model() == bred_genome("volatile", 0)
    text = (model / "genome.json").read_text()
    assert change(text) != text
    (model / "genome.json").write_text(change(text))
    with pytest.raises(refusal):
        mlflow.pyfunc.load_model(str(model))


def test_the_next_evolution_takes_the_alias_and_leaves_the_champion(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered
) -> None:
    tracker = MlflowTracker(kept.uri, kept.artifacts)
    tracker.promote(CRISIS, logged.versions[CRISIS])
    assert aliases(client)[CRISIS] == {"challenger": "1", "champion": "1"}
    assert client.get_model_version(CRISIS, "1").tags["keel.promoted"] == "true"
    only = replace(record, children=tuple(child for child in record.children if child.name.startswith("crisis")))
    again = log(kept, only)
    assert again.run_id != logged.run_id
    assert again.versions == {CRISIS: "2"}
    assert aliases(client)[CRISIS] == {"challenger": "2", "champion": "1"}
    assert "keel.promoted" not in client.get_model_version(CRISIS, "2").tags
    tracker.promote(CRISIS, "2")
    assert aliases(client)[CRISIS] == {"challenger": "2", "champion": "2"}
    assert aliases(client)[VOLATILE] == {"challenger": "1"}


@pytest.mark.parametrize(
    ("model", "version", "sentence"),
    [
        ("specialist-calm", "1", rf"model: found 'specialist-calm', allowed is one of .*{VOLATILE}"),
        ("x' OR name = 'y", "1", r"model: found .*, allowed is one of"),
        ("", "1", "model: found '', allowed is one of"),
        (VOLATILE, "9", rf"version of {VOLATILE}: found '9', allowed is one of [1-9]"),
        (VOLATILE, "latest", "found 'latest', allowed is one of [1-9]"),
        (VOLATILE, "", "found '', allowed is one of [1-9]"),
    ],
)
def test_nothing_unknown_is_promoted(
    kept: Kept, client: mlflow.MlflowClient, logged: Registered, model: str, version: str, sentence: str
) -> None:
    before = aliases(client)
    with pytest.raises(BadInput, match=sentence):
        MlflowTracker(kept.uri, kept.artifacts).promote(model, version)
    assert aliases(client) == before


def test_where_it_dies_half_way_the_run_has_failed_and_nothing_is_offered(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered, tmp_path: Path
) -> None:
    before = aliases(client)
    first, second, *rest = record.children
    broken = replace(second, pages=(tmp_path / "lost.html",))
    with pytest.raises(Unavailable, match="MLflow did not take the run of evolution"):
        log(kept, replace(record, name="lost", children=(first, broken, *rest)))
    (parent,) = all_runs(client, "attributes.run_name = 'lost'")
    assert parent.info.status == "FAILED"
    children = below(client, parent.info.run_id)
    assert {name: run.info.status for name, run in children.items()} == {first.name: "FINISHED", second.name: "FAILED"}
    assert aliases(client) == before


def test_an_interrupt_leaves_nothing_running(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered, monkeypatch: Any
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = aliases(client)
    monkeypatch.setattr(mlflow.MlflowClient, "create_model_version", interrupted)
    with pytest.raises(KeyboardInterrupt):
        log(kept, replace(record, name="interrupted"))
    (parent,) = all_runs(client, "attributes.run_name = 'interrupted'")
    assert parent.info.status == "FAILED"
    assert {run.info.status for run in all_runs(client)} == {"FINISHED", "FAILED"}
    assert aliases(client) == before


def test_the_alias_moves_when_everything_is_there(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, monkeypatch: Any
) -> None:
    seen = []
    move = mlflow.MlflowClient.set_registered_model_alias

    def watched(self: mlflow.MlflowClient, name: str, alias: str, version: str) -> None:
        made = client.get_model_version(name, version)
        run = client.get_run(made.run_id)
        parts = len(below(client, run.data.tags["mlflow.parentRunId"]))
        seen.append((name, alias, run.info.status, parts, "genome/genome.json" in files(kept, run), bool(made.tags)))
        move(self, name, alias, version)

    monkeypatch.setattr(mlflow.MlflowClient, "set_registered_model_alias", watched)
    log(kept, record)
    complete = ("challenger", "FINISHED", len(record.children), True, True)
    assert seen == [(VOLATILE, *complete), (CRISIS, *complete)]


def test_a_search_without_a_genome_and_one_without_a_name_are_only_runs(
    kept: Kept, client: mlflow.MlflowClient, record: EvolutionRecord, logged: Registered
) -> None:
    before = aliases(client)
    first, second = record.children[0], record.children[3]
    nothing = replace(first, genome=None, curves={}, pages=())
    found = log(kept, replace(record, children=(nothing, replace(second, model=None))))
    assert found.versions == {}
    children = below(client, found.run_id)
    assert files(kept, children[first.name]) == {}
    assert "genome/genome.json" in files(kept, children[second.name])
    assert aliases(client) == before


def test_no_address_is_left_in_the_environment(kept: Kept, record: EvolutionRecord, monkeypatch: Any) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before = mlflow.get_tracking_uri()
    found = log(kept, replace(record, children=record.children[:1]))
    MlflowTracker(kept.uri, kept.artifacts).promote(VOLATILE, found.versions[VOLATILE])
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert mlflow.get_tracking_uri() == before
    assert mlflow.active_run() is None


@pytest.fixture(params=["nobody answers", "no database"])
def unreachable(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Iterator[MlflowTracker]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    database = tmp_path / "mlflow.db"
    database.write_bytes(b"garbage" * 999)
    uri = "http://127.0.0.1:9" if request.param == "nobody answers" else f"sqlite:///{database}"
    return MlflowTracker(uri, tmp_path / "mlartifacts")


def test_a_tracker_that_cannot_be_reached_is_a_sentence(unreachable: MlflowTracker, record: EvolutionRecord) -> None:
    with pytest.raises(Unavailable, match="MLflow did not take the run of evolution"):
        unreachable.log_evolution(record)
    with pytest.raises(Unavailable, match=f"MLflow did not take the promotion of {VOLATILE}"):
        unreachable.promote(VOLATILE, "1")
