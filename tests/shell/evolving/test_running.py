"""A whole evolution of the configured book: searched, judged, published, looked at, and not promoted."""

import json
from pathlib import Path

import numpy as np
import pytest
from sample_home import sample_home

from conf.schema import Settings
from data.journal import Journal, TrialLedger
from models.specialists.genome_text import genome_from_json
from models.types import BadInput, Regime, parse_time
from tasks.adapters.runners import ThreadRunner
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.desk import Desk
from tasks.session.evolving.grounds import terrain_of
from tasks.session.evolving.promoting import promote
from tasks.session.evolving.publishing import publish
from tasks.session.evolving.report import EvolutionReport
from tasks.session.evolving.running import Request, evolve
from tasks.session.evolving.vault import open_vault

CHOSEN = {
    "population": 8,
    "folds": 2,
    "placebo_draws": 2,
    "placebo_generations": 2,
    "neighbours": 10,
    "sampled": 30,
    "least_trades": 1,
    "least_bars": 100,
}
FLAGS = {f"evolution.{name}": value for name, value in CHOSEN.items()}
REQUEST = Request((Regime.TRENDING, Regime.RANGING), 3, resume=False)
QUIET = lambda *_: None  # noqa: E731


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    home = tmp_path_factory.mktemp("evolved") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEL_HOME", str(home))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        sample_home(tmp_path_factory, home)
        return build_desk(FLAGS)


@pytest.fixture(scope="module")
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


@pytest.fixture(scope="module")
def report(desk: Desk, journal: Journal) -> EvolutionReport:
    told: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        tracker = build_tracker(desk)
        found = evolve(desk, journal, tracker, ThreadRunner(2), REQUEST, lambda _, share: told.append(share))
        assert told == sorted(told), "progress never goes back"
        assert told[-1] == 1.0
        return publish(desk, tracker, found, QUIET)


def test_every_gate_is_judged_and_nothing_is_claimed(report: EvolutionReport) -> None:
    names = ["data_quality", "prefix_invariance", "placebo", "walk_forward", "dsr", "pbo", "spa", "plateau"]
    for one in report.candidates:
        assert [gate.name for gate in one.gates] == [*names, "double_costs", "stress"]
        assert one.matched
        assert len(one.folds) == 2
        assert one.gates[1].value == 0.0, "nothing looks ahead"
        assert all(gate.sentence for gate in one.gates)
    assert report.verdict == "No specialist passed: hold cash."


def test_no_search_read_a_held_bar(desk: Desk, report: EvolutionReport) -> None:
    assert report.window[1] < report.held_from
    for one in report.candidates:
        assert one.folds[-1].test[1] < report.held_from
        for fold in one.folds:
            assert fold.train[1] < fold.test[0]
        assert one.inside.days[-1] < report.held_from


def test_held_bars_do_not_change_what_is_found(
    desk: Desk, journal: Journal, report: EvolutionReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices of the vault turned upside down: the same winners."""
    import tasks.session.evolving.running as running

    def spoiled(*given: object) -> object:
        terrain = terrain_of(*given)
        for one in terrain.land.grounds:
            late = one.panel.ts >= terrain.land.held_from
            assert late.any()
            one.panel.prices[late] = one.panel.prices[late][::-1].copy()
            one.panel.figures[late] = np.nan
        return terrain

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(running, "terrain_of", spoiled)
    again = evolve(desk, journal, build_tracker(desk), ThreadRunner(1), REQUEST, QUIET)
    assert again.run == report.run
    for one, other in zip(again.candidates, report.candidates, strict=True):
        assert one.genome == other.genome
        assert one.in_sample == other.in_sample
        assert one.out_of_sample == other.out_of_sample
    assert again.ledger_trials == report.ledger_trials, "the same trials are charged once"


def test_every_evaluation_is_in_the_ledger(desk: Desk, journal: Journal, report: EvolutionReport) -> None:
    rows = TrialLedger(journal.engine).rows()
    searches = [one for one in rows if one.kind == "search" and not one.note]
    assert sum(one.evaluations for one in searches) == 2 * 3 * 3 * CHOSEN["population"]
    assert {one.kind for one in rows} >= {"search", "placebo", "judgement"}
    assert report.trials == sum(one.evaluations for one in rows if one.kind != "vault")
    assert report.ledger_trials >= report.trials
    assert 1.0 <= report.effective < report.trials


def test_a_look_into_the_vault_is_logged_and_charged(
    desk: Desk, journal: Journal, report: EvolutionReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    tracker = build_tracker(desk)
    before = TrialLedger(journal.engine).totals(_series(report, journal))
    with pytest.raises(BadInput, match="reason"):
        open_vault(desk, journal, tracker, "  ", QUIET)
    assert TrialLedger(journal.engine).totals(_series(report, journal)) == before
    first = open_vault(desk, journal, tracker, "before paper", QUIET)
    second = open_vault(desk, journal, tracker, "again", QUIET)
    assert (first.looks, second.looks) == (1, 2)
    assert first.window[0] == report.held_from
    assert first.held == second.held
    assert first.in_sample["trending"].trades == report.candidates[0].in_sample.trades
    assert first.out_of_sample["trending"] == report.candidates[0].out_of_sample
    after = TrialLedger(journal.engine).totals(_series(report, journal))
    assert after.looks == before.looks + 2
    assert after.evaluations == before.evaluations + 2 * len(report.candidates)
    assert after.effective == before.effective + 2 * len(report.candidates)
    assert [one.note for one in TrialLedger(journal.engine).looks(_data(report, journal))][:1] == ["before paper"]


def _series(report: EvolutionReport, journal: Journal) -> str:
    return next(one.series for one in TrialLedger(journal.engine).rows() if one.run == report.run)


def _data(report: EvolutionReport, journal: Journal) -> str:
    return next(one.data_sha256 for one in TrialLedger(journal.engine).rows() if one.run == report.run)


def test_what_was_published_is_what_was_found(desk: Desk, report: EvolutionReport) -> None:
    folder = desk.home / "state" / "evolution" / report.run
    written = json.loads((folder / "report.json").read_text())
    assert written["candidates"] == json.loads(json.dumps(report.as_json()))["candidates"]
    for one in report.candidates:
        assert genome_from_json((folder / "genomes" / f"{one.name}.json").read_text()) == one.genome
        assert Path(report.pages[one.name]).is_file()


def test_what_failed_is_not_promoted(desk: Desk, report: EvolutionReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    refused = promote(desk, build_tracker(desk), "trending", None)
    assert not refused.done
    assert not (desk.home / "state" / "genomes" / "trending.json").exists()


def test_held_bars_begin_where_the_settings_say_or_at_the_last_share(desk: Desk, report: EvolutionReport) -> None:
    """The sample ends in 2018: the last fifth is held, not the year 2024."""
    settings: Settings = desk.loaded.settings
    assert report.held_from < parse_time(settings.evolution.held_from)
    assert report.window[0] < report.held_from
    days = (report.window[1] - report.window[0]) / (report.held_from - report.window[0])
    assert days == pytest.approx(1.0, abs=0.01)
