"""Winners that earn nothing, judged as if they were sound: the gates that ask about the search say so."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_markets import ground_of, random_walk
from studies import SOUND, land_of, study_of

from conf.genomes import default_genome
from models.evidence import effective_trials
from models.evolution.champion import UNSTEADY, Champion
from models.evolution.fitness import BROKEN
from models.evolution.searching import advanced, begun
from models.evolution.streams import walked
from models.types import Regime
from tasks.session.evolving import chunks
from tasks.session.evolving.judging import Judged, gates_of
from tasks.session.evolving.plan import problems_of
from tasks.session.evolving.searching import Searched
from tasks.session.evolving.studying import Study, study

CHOSEN = {"population": 8, "folds": 1, "sampled": 30, "generations": 1, "least_trades": 1, "neighbours": 20}
LOST = np.full(19, BROKEN - 1.0)


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    land = land_of([ground_of(random_walk(3_000, 1))])
    return {
        one: study_of(land, tmp_path_factory.mktemp(one), CHOSEN | {"fitness": one}) for one in ("robust", "scaled")
    }


def judged_of(work: Study) -> Judged:
    """The genome that comes with Keel on a walk, where it loses what it pays."""
    genes = np.array(default_genome(Regime.CRISIS).genes)
    problem = problems_of(work.land, work.settings, work.plan, [Regime.CRISIS])[0]
    walk = walked(problem.grounds, problem.specialist, genes, problem.terms)
    noise = np.random.default_rng(1).normal(0.0, 0.01, (walk.stream.days.size, 8))
    state = advanced(problem, begun(problem, genes[None, :]), 1)
    whole = Searched(problem, state, Champion(genes, 0, 1.0, 1))
    return Judged(problem.specialist, whole, walk, (walk,), (walk,), noise, effective_trials(noise))


def gate(work: Study, name: str, placebos: np.ndarray):
    found = gates_of(judged_of(work), SOUND, placebos, work.chosen, 5.0)
    return next(one for one in found if one.name == name)


def test_a_loser_has_no_plateau_whatever_it_was_searched_by(studies: dict[str, Study]):
    """The formula `scaled` gives points for a small drawdown: neighbours of a loser keep nearly all of them."""
    assert judged_of(studies["scaled"]).inside.stream.returns.sum() < 0.0
    for one in studies.values():
        found = gate(one, "plateau", LOST)
        assert (found.value, found.passed) == (None, False)


@pytest.mark.parametrize("fitness", [BROKEN - 0.5, UNSTEADY])
def test_a_winner_that_breaks_constraints_passes_no_placebo(studies: dict[str, Study], fitness: float):
    """That it breaks them by less than what is found on shuffled returns is nothing."""
    found = gate(studies["robust"], "placebo", np.append(fitness, LOST))
    assert (found.value, found.passed) == (None, False)
    assert gate(studies["robust"], "placebo", np.append(0.1, LOST)).passed


def test_neighbours_that_break_constraints_are_said_so(studies: dict[str, Study]):
    found = judged_of(studies["robust"])
    settings = replace(found.whole.problem.settings, least_trades=10_000)
    whole = replace(found.whole, problem=replace(found.whole.problem, settings=settings))
    gates = gates_of(replace(found, whole=whole), SOUND, np.append(0.1, LOST), studies["robust"].chosen, 5.0)
    assert next(one for one in gates if one.name == "plateau").value is None


def test_a_winner_that_never_trades_passes_none_of_the_gates_about_returns(studies: dict[str, Study], tmp_path: Path):
    """A market in which nobody says anything: every stream stands still, and nothing crashes."""
    ground = ground_of(random_walk(3_000, 1))
    ground.panel.figures[:, 0, 0] = np.nan
    silent = study_of(land_of([ground]), tmp_path, CHOSEN | {"placebo_draws": 2, "placebo_generations": 1})
    assert not np.isfinite(silent.land.grounds[0].panel.edge).any()
    for one in study(silent, (Regime.CRISIS, Regime.RANGING)):
        assert one.in_sample.trades == 0
        passed = {each.name for each in one.gates if each.passed}
        assert passed <= {"data_quality", "prefix_invariance", "stress"}, passed


def test_a_market_and_its_shuffled_copies_have_no_finer_bars_alike(
    studies: dict[str, Study], monkeypatch: pytest.MonkeyPatch
):
    """With them stop and target are met in their true order; a copy has none, and would look worse for it."""
    work = studies["robust"]
    ground = work.land.grounds[0]
    rows = np.zeros_like(ground.panel.finer_rows)
    rows[5, 0] = (0, 1)
    finer = replace(ground, panel=ground.panel._replace(finer=np.ones((1, 2)), finer_rows=rows))
    problem = problems_of(land_of([finer]), work.settings, work.plan, [Regime.CRISIS])[0]
    searched = []
    monkeypatch.setattr(chunks, "advanced", lambda problem, *_: searched.append(problem))
    monkeypatch.setattr(chunks, "champion_of", lambda *_: Champion(np.zeros(8), 0, 1.0, 1))
    for draw in (0, 1):
        chunks.found_on(chunks.Placebo(problem, np.empty((0, 8)), draw, 1))
    for one in searched:
        assert one.grounds[0].panel.finer.size == 0
        assert not one.grounds[0].panel.finer_rows.any()
    assert np.array_equal(searched[0].grounds[0].panel.prices, finer.panel.prices)
