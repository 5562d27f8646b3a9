"""What was not said by a decision is never said: late words, words of models that are too old, of later inputs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from later_home import AAA, COUNT, desk_on_copy, settle_with_later
from synthetic import START

from models.predictors import Predictions
from models.predictors.predictions import LATE_FOLD, SILENT_FOLD
from models.types.speakers import MODELS
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.learning.speaking import Manner, Spoken, spoken_of
from tasks.session.market import market_view
from tasks.session.parity import hold_against_backtest

LATER = 24


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle_with_later(tmp_path_factory.mktemp("later") / "home", LATER)


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_on_copy(template, tmp_path, monkeypatch)


def session(desk: Desk, bars: range) -> None:
    journal = build_journal(desk)
    for k in bars:
        at = desk.at(START + (k + 1) * HOUR)
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)


def aged(desk: Desk, days: float) -> Desk:
    model = desk.loaded.settings.model.model_copy(update={"longest_age_days": days})
    settings = desk.loaded.settings.model_copy(update={"model": model})
    return replace(desk, loaded=replace(desk.loaded, settings=settings))


def words(desk: Desk, folds: dict[int, int]) -> Edges:
    """Edges of the trees alone, with the folds of the rows counted from the last one set to those given."""
    view = market_view(desk, AAA)
    spoken = spoken_of(desk, view, ("xgboost",), Manner.COMPLETE)
    said = spoken.said["xgboost"]
    nobody = Predictions.none(said.ts)
    for row, fold in folds.items():
        for name in Predictions.__slots__[1:]:
            getattr(said, name)[row] = getattr(nobody, name)[row]
        said.fold[row] = fold
    said.familiarity[-8] = 0.5
    speaks = np.zeros((said.ts.size, len(MODELS)), bool)
    speaks[:, MODELS.index("xgboost")] = True
    return edges_of(desk, view, Spoken({}, {"xgboost": said}, {}), speaks)


def test_a_word_stands_in_for_a_silent_bar_with_its_own_familiarity(desk: Desk) -> None:
    found = words(desk, dict.fromkeys(range(-7, 0), SILENT_FOLD))
    # The horizon is six bars.
    assert np.isfinite(found.edge_bps[-8:-1]).all()
    assert np.isnan(found.edge_bps[-1])
    assert found.trust[-8:].tolist() == [0.5] * 7 + [1.0]


def test_no_earlier_word_stands_in_for_a_late_one(desk: Desk) -> None:
    found = words(desk, {-7: LATE_FOLD, -6: SILENT_FOLD})
    assert np.isfinite(found.edge_bps[-8])
    assert np.isnan(found.edge_bps[-7:-5]).all()
    assert found.trust[-8:-5].tolist() == [0.5, 1.0, 1.0]
    assert np.isfinite(found.edge_bps[-5])


def test_a_model_that_is_too_old_has_no_edge_at_once(desk: Desk) -> None:
    view = market_view(desk, AAA)
    old = aged(desk, 10 / 24)
    spoken = spoken_of(old, view, ("xgboost",), Manner.COMPLETE)
    assert "longest_age_days" in spoken.troubles["xgboost"]
    assert (spoken.said["xgboost"].fold[-LATER:] == LATE_FOLD).tolist() == [False] * 10 + [True] * (LATER - 10)
    speaks = np.zeros((len(view.bars), len(MODELS)), bool)
    speaks[:, MODELS.index("xgboost")] = True
    edge = edges_of(old, view, spoken, speaks).edge_bps[-LATER:]
    assert np.isfinite(edge).tolist() == [True] * 10 + [False] * (LATER - 10)
    assert old.loaded.settings.model.longest_age_days * DAY == 10 * HOUR


def test_a_limit_that_is_raised_later_does_not_put_words_into_past_decisions(desk: Desk) -> None:
    session(aged(desk, 4 / 24), range(COUNT, COUNT + 12))
    session(desk, range(COUNT + 12, COUNT + LATER))
    card = desk.models.current(AAA, "xgboost")
    assert card is not None
    fold = desk.predictions.read(AAA, "xgboost", card.version).aligned(market_view(desk, AAA).bars.ts).fold[-LATER:]
    assert (fold == LATE_FOLD).tolist() == [False] * 4 + [True] * 8 + [False] * 12
    parity = hold_against_backtest(desk, build_journal(desk))
    assert parity.first_difference is None
