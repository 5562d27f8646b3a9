"""Trials that somebody tries not to pay for, and honest ones that must not be refused."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from planted_markets import ground_of, random_walk
from studies import land_of, study_of

from data.journal import TrialLedger
from models.evolution.fitness import years_of
from models.evolution.ground import Ground
from models.evolution.problem import Problem
from models.types import BadInput, Regime, Series, parse_time
from tasks.session.evolving.charging import Charges
from tasks.session.evolving.plan import bars_sha256, problems_of, run_id
from tasks.session.evolving.studying import Study
from tasks.session.evolving.vault import require_unseen

CHOSEN = {"population": 8, "folds": 2, "sampled": 30, "generations": 6}


@pytest.fixture(scope="module")
def ground() -> Ground:
    return ground_of(random_walk(3_000, 1))


@pytest.fixture
def study(ground: Ground, tmp_path: Path) -> Study:
    return study_of(land_of([ground]), tmp_path, CHOSEN)


@pytest.fixture
def problem(study: Study) -> Problem:
    return problems_of(study.land, study.settings, study.plan, [Regime.TRENDING])[0]


def charged(study: Study) -> int:
    return sum(one.evaluations for one in TrialLedger(study.charges.ledger.engine).rows())


def test_other_checkpoints_are_charged_and_not_refused(study: Study, problem: Problem):
    """After a whole run: the same again with other stretches between checkpoints, which nothing of its id knows of."""
    study.charges.search(problem, 6, 6)
    for until in (3, 6):
        study.charges.search(problem, until, 3)
    assert charged(study) >= 6 * 8
    study.charges.search(problem, 6, 6)
    assert charged(study) <= 12 * 8, "the same stretch is charged once"


def test_more_placebos_and_neighbours_of_the_same_run_are_charged_and_not_refused(study: Study, problem: Problem):
    for more in (100, 200):
        study.charges.placebos(problem.specialist, more)
        study.charges.judged(problem.specialist, more)
    assert charged(study) == 2 * (100 + 200)
    study.charges.placebos(problem.specialist, 200)
    assert charged(study) == 2 * (100 + 200)


def test_looks_of_one_run_at_other_data_are_charged_and_not_refused(study: Study):
    """The lake has grown, and another share of it is held: the look is of the same book all the same."""
    charges = study.charges
    charges.look([Regime.TRENDING], 1, "before paper")
    grown = replace(charges, data_sha256="1" * 64)
    grown.look([Regime.TRENDING], 1, "after more bars")
    assert [one.kind for one in charges.ledger.rows()] == ["vault", "vault"]
    assert charges.ledger.totals(charges.series).evaluations == 2


def test_a_run_has_another_id_where_finer_bars_differ(study: Study, ground: Ground):
    """They decide whether stop or target was met first, so a search goes otherwise."""
    rows = np.zeros_like(ground.panel.finer_rows)
    finer = np.array([[1.0, 2.0]])
    rows[5, 0] = (0, 1)
    other = replace(ground, panel=ground.panel._replace(finer=finer, finer_rows=rows))
    ids = [run_id(land_of([one]), study.settings, ()) for one in (ground, other)]
    assert ids[0] != ids[1]
    # Those of held bars stand behind them, and nothing is known of these.
    later = replace(other, panel=other.panel._replace(finer=np.array([[1.0, 2.0], [3.0, 4.0]])))
    assert run_id(land_of([later]), study.settings, ()) == ids[1]


@pytest.mark.parametrize("seed", [1, 2])
def test_another_seed_and_other_costs_are_charged_on_the_same_data(ground: Ground, tmp_path: Path, seed: int):
    dear = ground.parameters.instruments * (1.0 + seed / 10.0)
    other = replace(ground, parameters=replace(ground.parameters, instruments=dear))
    lands = [land_of([ground]), land_of([other])]
    assert bars_sha256(lands[0]) == bars_sha256(lands[1])
    runs = {study_of(one, tmp_path / str(k), CHOSEN | {"seed": seed}).charges.run for k, one in enumerate(lands)}
    assert len(runs) == 2


def test_every_charge_names_its_run(study: Study, problem: Problem):
    study.charges.choosing(problem, 7)
    assert isinstance(study.charges, Charges)
    assert all(one.key.startswith(f"{study.charges.run}/") for one in study.charges.ledger.rows())


def test_a_symbol_that_has_just_begun_does_not_end_the_evolution(ground: Ground, tmp_path: Path):
    """It is listed 100 bars before the first fold's training ends: too few for six groups, and no reason to stop."""
    whole = study_of(land_of([ground]), tmp_path, CHOSEN)
    ends = int(np.searchsorted(ground.panel.ts, whole.plan[0].train[1]))
    late = replace(ground.rows(ends - 100, ground.panel.ts.size), symbol="LATE/USDT")
    land = land_of([ground, late])
    problems = problems_of(land, whole.settings, whole.plan, [Regime.TRENDING])
    assert [len(one.grounds) for one in problems] == [2, 1, 2]
    for one in problems:
        for symbol in range(len(one.grounds)):
            assert one.course(symbol, 0).count == whole.settings.groups
    assert years_of(replace(problems[0], grounds=problems[0].grounds[::-1])) == years_of(problems[0])


def test_bars_that_a_run_was_searched_on_are_never_called_held():
    report = {"held_from": "2024-01-01T00:00:00Z", "series": ["binance BTC/USDT 1h"]}

    def held(when: str, symbol: str = "BTC/USDT"):
        book = SimpleNamespace(models=(Series("binance", symbol, "1h"),))
        return SimpleNamespace(land=SimpleNamespace(held_from=parse_time(when)), book=book)

    require_unseen(report, "0123456789ab", held("2024-01-01"))
    require_unseen(report, "0123456789ab", held("2024-06-01"))
    with pytest.raises(BadInput, match="was searched on bars before 2024-01-01"):
        require_unseen(report, "0123456789ab", held("2023-12-31"))
    with pytest.raises(BadInput, match="was searched on binance BTC/USDT 1h, the book is binance ETH/USDT 1h"):
        require_unseen(report, "0123456789ab", held("2024-01-01", "ETH/USDT"))
