"""What a winner is held against besides cash: nothing that was earned by being in the market counts as skill."""

from types import SimpleNamespace

import numpy as np
import pytest

from models.engine.panel import DIVIDEND, REGIME, SPLIT, empty_panel
from models.evolution.streams import Stream
from models.types import Regime
from models.types.timeframes import DAY
from tasks.session.evolving.telling import held_alike

DAYS = 400
OWN, OTHER = Regime.VOLATILE, Regime.TRENDING


def run_of(closes: np.ndarray, regimes: np.ndarray, held: np.ndarray, actions: dict[int, tuple[float, float]]):
    """An account of 1.0 that never changes, on daily bars of one price each."""
    panel = empty_panel(np.arange(closes.size) * DAY, 1, np.empty((0, 2)))
    panel.prices[:, 0, :4] = closes[:, None]
    panel.codes[:, 0, REGIME] = regimes
    for row, (split, dividend) in actions.items():
        panel.actions[row, 0, SPLIT], panel.actions[row, 0, DIVIDEND] = split, dividend
    return SimpleNamespace(panel=panel, held=held[:, None], equity=np.ones(closes.size))


def benchmark(*runs) -> np.ndarray:
    days = runs[0].panel.ts
    return held_alike(SimpleNamespace(runs=runs, stream=Stream(days, np.zeros(days.size))), OWN)


@pytest.fixture
def rising() -> np.ndarray:
    return 100.0 * 1.01 ** np.arange(DAYS)


def test_who_holds_on_into_other_regimes_is_held_against_those_too(rising: np.ndarray):
    """Entered on the one bar of its regime, held for nine of another: a drift, and no choice of moments."""
    regimes = np.where(np.arange(DAYS) % 10 == 0, OWN, OTHER)
    found = benchmark(run_of(rising, regimes, 0.5 / rising, {}))
    np.testing.assert_allclose(found[1:], 0.5 * 0.01, rtol=1e-9)


def test_who_was_short_is_held_against_being_short(rising: np.ndarray):
    falling = rising[::-1].copy()
    found = benchmark(run_of(falling, np.full(DAYS, OWN), -0.5 / falling, {}))
    assert (found[1:] > 0.0).all()


def test_splits_and_dividends_are_no_losses_of_the_holder(rising: np.ndarray):
    regimes = np.full(DAYS, OWN)
    plain = benchmark(run_of(rising, regimes, 0.5 / rising, {}))
    halved = rising / np.where(np.arange(DAYS) >= 200, 2.0, 1.0)
    split = benchmark(run_of(halved, regimes, 0.5 / halved, {200: (2.0, 0.0)}))
    np.testing.assert_allclose(split, plain, rtol=1e-9)
    paid = rising * np.where(np.arange(DAYS) >= 200, 0.9, 1.0)
    income = rising[200] * 0.1
    dividend = benchmark(run_of(paid, regimes, 0.5 / paid, {200: (1.0, income)}))
    np.testing.assert_allclose(dividend, plain, rtol=1e-9)


def test_only_choosing_moments_differs_from_it(rising: np.ndarray):
    """Half of the bars, at random: the benchmark holds half as much through all of them."""
    there = np.random.default_rng(1).random(DAYS) < 0.5
    found = benchmark(run_of(rising, np.full(DAYS, OWN), there / rising, {}))
    np.testing.assert_allclose(found[1:], there[:-1].mean() * 0.01, rtol=1e-9)


def test_a_symbol_without_a_position_takes_part_with_nothing(rising: np.ndarray):
    regimes = np.full(DAYS, OWN)
    runs = [run_of(rising, regimes, held, {}) for held in (0.5 / rising, np.zeros(DAYS))]
    np.testing.assert_allclose(benchmark(*runs)[1:], 0.25 * 0.01, rtol=1e-9)
