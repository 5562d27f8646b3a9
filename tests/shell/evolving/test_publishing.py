"""What is kept of an evolution: files, a run of the tracker with children, and challengers; and the trial ledger."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from evolution_reports import END, HELD, NAMES, RUN, bred, candidate, evolution_report, idle

import tasks.session.evolving.picture
import tasks.session.evolving.publishing
from data.journal import Trial, TrialLedger, open_journal
from models.specialists.genome_text import genome_from_json, genome_to_json
from models.types import Regime, Unavailable
from models.types.timeframes import DAY
from tasks.bootstrap import build_desk
from tasks.ports import EvolutionRecord, Registered
from tasks.session.desk import Desk
from tasks.session.evolving.ledger import ledger_of
from tasks.session.evolving.page import page_of
from tasks.session.evolving.publishing import REPORT, files_of, publish, shelf_of
from tasks.session.evolving.recording import dataset_sha256, model_name
from tasks.session.evolving.report import Candidate, EvolutionReport

FOUND = HELD + 400 * DAY


class Evolutions:
    """A tracker that remembers, or does not answer; versions count up."""

    def __init__(self, down: bool = False) -> None:
        self.down = down
        self.kept: list[EvolutionRecord] = []

    def log_evolution(self, record: EvolutionRecord) -> Registered:
        if self.down:
            raise Unavailable("MLflow did not take the evolution")
        assert all(path.is_file() for one in (record, *record.children) for path in one.pages)
        self.kept.append(record)
        models = [one.model for one in record.children if one.model is not None]
        return Registered("parent", {model: str(len(self.kept)) for model in models})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty one; pages and pictures are left empty, as drawing them takes its time."""
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setattr(tasks.session.evolving.publishing, "page_of", lambda *_: "")
    for name in ("evolution_picture", "front_picture"):
        monkeypatch.setattr(tasks.session.evolving.picture, name, lambda _: b"")
    return build_desk()


@dataclass(frozen=True)
class Published:
    folder: Path
    shown: EvolutionReport
    record: EvolutionRecord
    said: list[str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The report of two candidates, with everything that is written of it."""
    home, tracker, said = tmp_path_factory.mktemp("home"), Evolutions(), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEL_HOME", str(home))
        shown = publish(build_desk(), tracker, evolution_report(), said.append)
    (record,) = tracker.kept
    return Published(home / "state" / "evolution" / RUN, shown, record, said)


def test_everything_is_in_the_folder_of_the_run(published: Published) -> None:
    folder, shown = published.folder, published.shown
    assert published.said == []
    assert {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()} == {
        *("report.json", "evolution.png"),
        *(f"genomes/{name}.json" for name in ("volatile", "trending")),
        *(f"dossiers/{name}.{kind}" for name in ("volatile", "trending") for kind in ("html", "json", "front.png")),
    }
    assert dict(shown.pages) == {name: folder / f"dossiers/{name}.html" for name in ("volatile", "trending")}
    for one in shown.candidates:
        assert shown.pages[one.name].read_text() == page_of(shown, one)
        assert genome_from_json((folder / f"genomes/{one.name}.json").read_text()) == one.genome
    assert json.loads((folder / REPORT).read_text()) == json.loads(json.dumps(shown.as_json()))


def test_the_dossier_for_scripts_has_what_the_page_shows(published: Published) -> None:
    found = json.loads(published.shown.pages["trending"].with_suffix(".json").read_text(), parse_constant=pytest.fail)
    assert tuple(found["candidate"]["gates"]) == NAMES
    assert {"in_sample", "out_of_sample"} <= set(found["candidate"])
    assert set(found["equity"]) == {"in_sample", "out_of_sample"}
    assert [len(one) for one in found["equity"]["out_of_sample"].values()] == [200, 200, 200]
    assert found["genes"]["trend_strength_min"] == {
        "value": 20.0,
        "default": 25.0,
        "allowed": [20.0, 30.0],
        "unit": "ADX",
    }
    assert list(found["fitness"]) == ["whole", "fold 1", "fold 2"]
    assert "candidates" not in found
    assert {"command", "commit", "config_version", "data_sha256", "settings", "ledger", "held_from"} <= set(found)


def test_a_run_of_the_tracker_has_a_child_for_each_specialist_and_fold(published: Published) -> None:
    record = published.record
    assert (record.metrics["trials"], record.metrics["effective_trials"], record.metrics["passed"]) == (6e5, 83.25, 1.0)
    assert record.tags["keel.passed"] == "volatile"
    assert [one.name for one in record.children] == [
        f"{name}{fold}" for name in ("volatile", "trending") for fold in ("", " fold 1", " fold 2")
    ]
    whole, fold = record.children[3], record.children[4]
    assert {name for name in whole.metrics if name.startswith("gate.")} == {
        f"gate.{name}" for name in NAMES if name != "dsr"
    }
    for one in (whole, fold):
        told = {name for name in one.metrics if name.startswith("in_sample.")}
        assert told
        assert {name.replace("in_sample", "out_of_sample") for name in told} <= set(one.metrics)
        assert {"keel.specialist", "keel.regime", "keel.fold", "keel.genome_sha256"} <= set(one.tags)
        assert {"keel.data_sha256", "keel.config_version", "keel.git_commit", "keel.run"} <= set(one.tags)
        assert set(one.curves) == {f"search.{name}" for name in ("best", "median", "spread", "infeasible", "costs")}
        assert one.settings["gene.trend_strength_min"] == 20.0
    assert (whole.tags["keel.fold"], fold.tags["keel.fold"]) == ("0", "1")
    assert whole.tags["keel.passed"] == "false"
    assert (len(whole.pages), fold.pages, fold.genome, fold.model) == (3, (), None, None)
    assert whole.genome is not None
    assert genome_from_json(whole.genome.read_text()).sha256 == whole.tags["keel.genome_sha256"]


def test_only_figures_reach_the_tracker(desk: Desk) -> None:
    tracker = Evolutions()
    publish(desk, tracker, evolution_report(idle(Regime.CRISIS)), print)
    (record,) = tracker.kept
    (one,) = record.children
    assert not any(name.startswith("gate.") for name in one.metrics)
    assert "out_of_sample.sharpe" not in one.metrics
    assert record.tags["keel.passed"] == "none"
    assert all(isinstance(value, float) for value in (*record.metrics.values(), *one.metrics.values()))


def test_only_what_the_backtest_gave_too_is_registered_and_shelved(desk: Desk) -> None:
    tracker = Evolutions()
    report = evolution_report(
        candidate(Regime.VOLATILE), candidate(Regime.TRENDING, "dsr"), candidate(Regime.CRISIS, matched=False)
    )
    publish(desk.at(FOUND), tracker, report, print)
    models = {one.name: one.model for one in tracker.kept[0].children if one.tags["keel.fold"] == "0"}
    assert models == {
        "volatile": "specialist-volatile-binance-BTC-USDT-ETH-USDT-1h",
        "trending": "specialist-trending-binance-BTC-USDT-ETH-USDT-1h",
        "crisis": None,
    }
    shelf = shelf_of(desk)
    kept = {name: shelf.challenger(name) for name in models}
    assert kept["crisis"] is None
    assert kept["volatile"] is not None
    assert kept["trending"] is not None
    assert (kept["volatile"].passed, kept["trending"].passed) == (True, False)
    one = kept["volatile"]
    assert (one.run, one.since, one.model, one.version) == (RUN, FOUND, models["volatile"], "1")
    assert one.genome == genome_to_json(report.candidates[0].genome)


def test_a_challenger_is_one_since_it_was_found_and_not_since_its_training_ended(desk: Desk) -> None:
    """The shadow begins there: the held bars between would be a look into the vault."""
    shelf = shelf_of(desk)

    def since(at: int, *candidates: Candidate) -> int:
        publish(desk.at(at), Evolutions(), evolution_report(*candidates), print)
        found = shelf.challenger("volatile")
        assert found is not None
        return found.since

    plain = candidate(Regime.VOLATILE)
    assert since(FOUND, plain) == FOUND
    assert since(FOUND + 1, plain) == FOUND, "found again, it stays one"
    assert since(FOUND + 2, replace(plain, genome=bred(Regime.VOLATILE, 700))) == FOUND + 2
    (desk.home / "state" / "genomes" / "volatile.challenger.json").write_text("{")
    assert since(FOUND + 3, plain) == FOUND + 3


def test_the_champion_does_not_become_its_own_challenger(desk: Desk) -> None:
    publish(desk, Evolutions(), evolution_report(), print)
    shelf = shelf_of(desk)
    shelf.promote("volatile")
    publish(desk, Evolutions(), evolution_report(), print)
    assert shelf.challenger("volatile") is None
    assert shelf.challenger("trending") is not None


def test_a_tracker_that_does_not_answer_takes_nothing_away(desk: Desk) -> None:
    said: list[str] = []
    shown = publish(desk, Evolutions(down=True), evolution_report(), said.append)
    (warning,) = said
    assert warning.startswith("MLflow did not take the evolution; the evolution is not lost: ")
    assert all(page.is_file() for page in shown.pages.values())
    assert files_of(desk).read_text(RUN, REPORT) is not None
    kept = shelf_of(desk).challenger("volatile")
    assert kept is not None
    assert (kept.model, kept.version) == ("specialist-volatile-binance-BTC-USDT-ETH-USDT-1h", "")


def test_names_and_hashes_hold_for_any_symbols() -> None:
    report = replace(evolution_report(), series=("alpaca BRK.B 1d",))
    assert model_name(report, "crisis") == "specialist-crisis-alpaca-BRK-B-1d"
    other = replace(report, data_sha256={"BRK.B": "0" * 64})
    assert dataset_sha256(other) != dataset_sha256(report)
    assert len(dataset_sha256(report)) == 64


def test_the_ledger_is_shown_by_run_and_specialist_and_added_up_by_data(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite")
    ledger = TrialLedger(journal.engine)
    plain = Trial("a", RUN, "search", "volatile", 0, "binance BTC/USDT 1h", "d" * 64, 1000, END)
    for one in (
        plain,
        replace(plain, key="b", fold=1, evaluations=500, at=END + 1),
        replace(plain, key="c", kind="placebo", evaluations=40),
        replace(plain, key="d", specialist="crisis", evaluations=7),
        replace(plain, key="e", kind="vault", evaluations=1, at=END + 5, note="at last"),
        replace(plain, key="f", run="f" * 12, data_sha256="e" * 64, evaluations=3, at=END - 1),
    ):
        ledger.charge(one)
    ledger.note_effective(RUN, "volatile", 12.5)
    view = ledger_of(journal)
    first, second, third = view.rows
    assert (first.specialist, first.effective, first.last, first.notes) == ("volatile", 12.5, END + 5, ("at last",))
    assert first.evaluations == {"search": 1500, "placebo": 40, "judgement": 0, "vault": 1}
    assert (second.specialist, second.effective) == ("crisis", None)
    assert third.data_sha256 == "e" * 64
    found = json.loads(json.dumps(view.as_json()))
    assert found["trials"] == 1500 + 40 + 7 + 1 + 3
    assert [(one["series"], one["evaluations"]) for one in found["totals"]] == [("binance BTC/USDT 1h", 1551)]
    assert found["effective_trials"] == found["totals"][0]["effective"] >= 12.5 + 1
    assert [row["data"] for row in view.table()] == ["d" * 8, "d" * 8, "e" * 8]
    assert view.totals_table()[0]["looks into the vault"] == 1
    assert ledger_of(None).as_json() == {"trials": 0, "effective_trials": 0, "totals": [], "rows": []}
