"""Edges out of a lake: whose words count, from which settings, and the same in a session as in its replay."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plain_harmoniser import blended_bars, skills
from synthetic import SETTINGS, START, SYMBOLS, current_versions, spoken_words, swinging_bars, train_routed

from data.journal import Decision
from models.actions import ActionKind, CorporateAction
from models.engine.panel import EDGE
from models.predictors.duel import Duel
from models.types import Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import book_inputs
from tasks.session.intake import take_in_archive
from tasks.session.learning import training
from tasks.session.learning.speaking import NOBODY, Manner, Spoken, in_sample_of, parents_said, spoken_of
from tasks.session.learning.versions import versions_in
from tasks.session.market import market_view
from tasks.session.parity import hold_against_backtest
from tasks.session.recorded import recorded_panel

pytestmark = pytest.mark.risk

COUNT, EARLIER = 3000, 2900
AAA, BBB = (Series("binance", symbol, "1h") for symbol in SYMBOLS)
HORIZON = 6
ROUTED = ("momentum", "xgboost")
# Other figures than the defaults, one by one.
BELIEFS = {
    "HALF_LIFE_BARS": 3.0,
    "PRIOR_BPS": 2.0,
    "PRIOR_ERROR_BPS": 70.0,
    "MODEL_ERROR_BPS": 35.0,
    "PRIOR_SKILL": 0.3,
    "PRIOR_PAIRS": 40.0,
    "MOST_SKILL": 1.25,
}


def environment(home: Path, **more: str) -> dict[str, str]:
    beliefs = {f"KEEL_RISK__HARMONISER__{name}": str(figure) for name, figure in BELIEFS.items()}
    return SETTINGS | beliefs | more | {"KEEL_HOME": str(home)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a model of each symbol, and a hundred bars that came after it."""
    home = tmp_path_factory.mktemp("edges")
    before = dict(os.environ)
    os.environ.update(environment(home))
    desk = build_desk()
    for seed, series in enumerate((AAA, BBB)):
        bars = swinging_bars(seed + 1, COUNT)
        take_in_archive(desk, series, bars.rows(slice(0, EARLIER)))
        train_routed(desk, series)
        take_in_archive(desk, series, bars)
    os.environ.clear()
    os.environ.update(before)
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = shutil.copytree(template, tmp_path / "home")
    for name, value in environment(copy).items():
        monkeypatch.setenv(name, value)
    return copy


@pytest.fixture
def desk(home: Path) -> Desk:
    return build_desk()


def by_hand(desk: Desk, models: tuple[int, ...] = (0, 1), split: int = COUNT) -> np.ndarray:
    view = market_view(desk, AAA)
    spoken = spoken_of(desk, view, ROUTED, Manner.COMPLETE)
    said = [spoken.said[one] for one in ROUTED]
    words = np.column_stack([one.edge_bps for one in said])
    sure = np.column_stack([one.confidence for one in said])
    close = view.bars.close * np.where(np.arange(COUNT) < split, 1.0, 2.0)
    record = np.column_stack([skills(words[:, k], close, HORIZON, 0.3, 40.0, 1.25) for k in range(2)])
    return blended_bars(words, sure, record, models, 3.0, HORIZON, 2.0, 70.0, 35.0)


def told(desk: Desk, series: Series = AAA, known_by: int | None = None) -> Edges:
    view = market_view(desk, series, known_by=known_by)
    return edges_of(desk, view, spoken_words(desk, view))


def test_every_figure_of_the_settings_is_used(desk: Desk) -> None:
    found = told(desk)
    columns = np.column_stack((found.edge_bps, found.error_bps, found.weight))
    np.testing.assert_allclose(columns, by_hand(desk), rtol=1e-10, atol=1e-10)
    assert np.isfinite(found.edge_bps).sum() > 400
    assert len(np.unique(found.error_bps[np.isfinite(found.error_bps)])) > 50


def test_a_split_is_no_loss(desk: Desk) -> None:
    """Skill is held against what a holder got: two units of half the price."""
    before, row = told(desk), COUNT - 60
    when = START + row * HOUR
    desk.actions.merge("binance", [CorporateAction(AAA.symbol, ActionKind.SPLIT, when, when, 2.0)])
    found = told(desk)
    np.testing.assert_allclose(found.weight, by_hand(desk, split=row)[:, 2], rtol=1e-10)
    assert np.array_equal(found.weight[:row], before.weight[:row])
    assert not np.isclose(found.weight[row + HORIZON :], before.weight[row + HORIZON :]).any()


def test_bars_that_the_models_learnt_from_have_no_edge(desk: Desk) -> None:
    view = market_view(desk, AAA)
    spoken = spoken_words(desk, view)
    first = min(int(np.argmax(one.spoken)) for one in spoken.said.values())
    found = edges_of(desk, view, spoken)
    assert first > 100
    assert np.isnan(found.edge_bps[:first]).all()
    assert np.isfinite(found.edge_bps[first:]).all()
    learnt = edges_of(desk, view, in_sample_of(desk, view, spoken))
    assert np.isfinite(learnt.edge_bps[:first]).sum() > 100
    assert not np.array_equal(learnt.weight[first:], found.weight[first:])


@pytest.mark.parametrize("back", [1, 7, 60])
def test_an_edge_is_the_same_in_a_view_that_ends_with_it(desk: Desk, back: int) -> None:
    whole, part = told(desk), told(desk, known_by=START + (COUNT - back) * HOUR)
    assert part.edge_bps.size == COUNT - back
    for name in Edges.__slots__:
        assert getattr(part, name).tobytes() == getattr(whole, name)[: COUNT - back].tobytes(), name


def test_only_the_routed_models_speak(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_ROUTER__RULES", '[{"name": "all", "models": ["momentum"]}]')
    desk = build_desk()
    np.testing.assert_allclose(told(desk).edge_bps, by_hand(desk, (0,))[:, 0], rtol=1e-10, atol=1e-10)


def session(desk: Desk, bars: range) -> list[Decision]:
    journal = build_journal(desk)
    for k in bars:
        at = desk.at(START + (k + 1) * HOUR)
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
    return journal.decisions_of(configured_book(desk).name)


def test_a_session_with_two_models_replays_to_the_bit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bar has the edge by the whole record of the version that spoke then, before and after the change."""
    monkeypatch.setattr(training, "duel", lambda *_: Duel(0, None, None, True, "it is the newer one"))
    earlier = {one.symbol: current_versions(desk, one) for one in (AAA, BBB)}
    session(desk, range(EARLIER + 60, EARLIER + 72))
    for series in (AAA, BBB):
        train_routed(desk, series)
    decisions = session(desk, range(EARLIER + 72, EARLIER + 84))
    later = {one.symbol: current_versions(desk, one) for one in (AAA, BBB)}
    assert not set(earlier.values()) & set(later.values())
    assert [one.models for one in decisions] == [earlier] * 12 + [later] * 12
    parity = hold_against_backtest(desk, build_journal(desk))
    assert parity.first_difference is None
    panel = recorded_panel(desk, configured_book(desk), decisions, {}).panel
    for t, decision in enumerate(decisions):
        for i, symbol in enumerate(SYMBOLS):
            assert panel.figures[t, i, EDGE] == decision.inputs[symbol]["edge"]
    view = market_view(desk, AAA)
    said = Spoken({}, parents_said(desk, view, versions_in(earlier[AAA.symbol])), {})
    before = edges_of(desk, view, said).edge_bps[EARLIER + 60 : EARLIER + 84]
    assert panel.figures[:12, 0, EDGE].tolist() == before[:12].tolist()
    assert not np.isclose(panel.figures[12:, 0, EDGE], before[12:]).all()


def test_a_bar_for_which_no_model_spoke_has_no_edge_again(desk: Desk) -> None:
    decisions = session(desk, range(EARLIER + 60, EARLIER + 66))
    silent = [replace(one, models={}) if k in (2, 3) else one for k, one in enumerate(decisions)]
    panel = recorded_panel(desk, configured_book(desk), silent, {}).panel
    assert np.isnan(panel.figures[:, :, EDGE]).tolist() == [[k in (2, 3)] * 2 for k in range(6)]


def test_nobody_speaks_for_a_haven_or_without_a_model(desk: Desk) -> None:
    none = Edges.none(3)
    assert np.isnan(none.edge_bps).all()
    assert np.isnan(none.error_bps).all()
    assert none.weight.tolist() == [0.0] * 3
    view = market_view(desk, AAA)
    silent = edges_of(desk, view, NOBODY)
    assert np.isnan(silent.edge_bps).all()
    book = configured_book(desk)
    views = [market_view(desk, one) for one in book.series]
    read = book_inputs(desk, book, views, [Edges.none(len(one.bars)) for one in views])
    assert all(np.isnan(one.edge).all() for one in read.symbols)
