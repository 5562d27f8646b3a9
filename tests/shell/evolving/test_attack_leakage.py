"""Held bars that are others in the lake itself, before models are trained and anything is made of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sample_home import sample_home

from conf import load
from data.bars import BarStore
from models.types import Bars
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.evolving.grounds import terrain_of
from tasks.session.evolving.land import Land
from tasks.session.evolving.plan import bars_sha256, folds_of, run_id, settings_of

FOLDS = 3
# Two lakes, each with its models.
pytestmark = pytest.mark.slow


def land_in(home: Path, factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Land:
    patch.setenv("KEEL_HOME", str(home))
    patch.delenv("MLFLOW_TRACKING_URI", raising=False)
    sample_home(factory, home)
    desk = build_desk({"evolution.folds": FOLDS, "model.xgboost.rounds": 10})
    return terrain_of(desk, build_tracker(desk), lambda _: None).land


def spoiled(bars: Bars, held_from: int) -> Bars:
    """Other moves from `held_from` on, ten times as large, on half of the volume."""
    late = bars.ts >= held_from
    moves = np.random.default_rng(5).normal(0.0, 0.05, int(late.sum()))
    factor = np.ones(late.size)
    factor[late] = np.exp(np.cumsum(moves))
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bars, **prices, volume=np.where(late, bars.volume / 2.0, bars.volume))


@pytest.fixture(scope="module")
def lands(tmp_path_factory: pytest.TempPathFactory) -> tuple[Land, Land]:
    """Of the sample, and of the same with other held bars."""
    folder = tmp_path_factory.mktemp("spoiled")
    with pytest.MonkeyPatch.context() as patch:
        sound = land_in(folder / "sound", tmp_path_factory, patch)
        read = BarStore.read

        def other(store: BarStore, *given: object, **named: object) -> Bars:
            return spoiled(read(store, *given, **named), sound.held_from)

        patch.setattr(BarStore, "read", other)
        return sound, land_in(folder / "other", tmp_path_factory, patch)


def test_nothing_that_a_search_reads_knows_of_held_bars(lands: tuple[Land, Land]):
    sound, other = lands
    assert (sound.begin, sound.held_from) == (other.begin, other.held_from)
    for mine, theirs in zip(sound.grounds, other.grounds, strict=True):
        late = mine.panel.ts >= sound.held_from
        assert late.sum() > 100
        assert not np.array_equal(mine.panel.prices[late], theirs.panel.prices[late])
        assert not np.array_equal(mine.panel.figures[late], theirs.panel.figures[late], equal_nan=True)
    pairs = zip(*(one.between(one.begin, one.held_from) for one in lands), strict=True)
    for mine, theirs in pairs:
        for name in ("ts", "prices", "figures", "codes", "actions", "decided", "tails", "finer_rows", "link_rows"):
            assert getattr(mine.panel, name).tobytes() == getattr(theirs.panel, name).tobytes(), name
        assert mine.ranges.tobytes() == theirs.ranges.tobytes()
        assert mine.labels.tobytes() == theirs.labels.tobytes()


def test_the_run_is_the_same_run_on_the_same_data(lands: tuple[Land, Land]):
    chosen = load({"evolution.folds": FOLDS}).settings.evolution
    settings = settings_of(chosen, 24, 24)
    ids = {run_id(one, settings, folds_of(one, settings, FOLDS)) for one in lands}
    assert len(ids) == len({bars_sha256(one) for one in lands}) == 1
