"""The systems' figures, their shares, the haven and the detector: what is allowed and what is refused."""

from pathlib import Path

import pytest

from conf import load
from models.types import BadInput


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


# Key below systems, values just allowed, values just refused.
SYSTEMS = [
    ("swing.share", [0.0, 0.6], [-0.01, 1.01]),
    ("swing.underperformance", [0.025, 0.99], [0.0, 1.0]),
    ("swing.recovery", [0.0, 0.05], [-0.01, 0.0501, 1.0]),
    ("swing.prior_trades", [0.0, 20, 1000.0], [-1.0, 1001.0]),
    ("swing.memory_days", [0.1, 3650.0], [0.0, 3651.0]),
    ("swing.crowded_at", [0.01, 10.0], [0.0, 10.1]),
    ("swing.crowded_share", [0.0, 1.0], [-0.1, 1.1]),
    ("long.share", [0.0, 0.4], [-0.01, 1.01]),
    ("long.weights.volatile", [0.0, 1.0], [-0.1, 1.1]),
    ("long.weights.trending", [0.0, 1.0], [-0.1, 1.1]),
    ("long.weights.ranging", [0.0, 1.0], [-0.1, 1.1]),
    ("long.weights.crisis", [0.0, 0.7], [-0.1, 0.71, 1.1]),
    ("long.band", [0.01, 1.0], [0.0, 1.1]),
    ("long.haven_share", [0.0, 0.5], [-0.1, 0.51]),
]


@pytest.mark.parametrize(("key", "allowed", "refused"), SYSTEMS, ids=lambda value: value if type(value) is str else "")
def test_every_figure_of_the_systems_has_its_bounds(key: str, allowed: list[float], refused: list[float]) -> None:
    for value in allowed:
        group = load({f"systems.{key}": value}).settings.systems
        for part in key.split("."):
            group = getattr(group, part)
        assert group == value
    for wrong in (*refused, float("nan"), True):
        with pytest.raises(BadInput, match=rf"systems\.({key}|long\.haven_share): found .*, allowed"):
            load({f"systems.{key}": wrong})


@pytest.mark.parametrize(
    ("swing", "long", "allowed"),
    [
        (0.6, 0.4, True),
        (1.0, 0.0, True),
        (0.0, 1.0, True),
        (0.0, 0.001, True),
        (0.8, 0.2, True),
        (0.3, 0.7, True),
        (0.1, 0.2, True),
        (0.0, 0.0, False),
        (0.7, 0.301, False),
        (1.0, 1.0, False),
    ],
)
def test_the_systems_share_at_most_the_capital_and_one_of_them_trades(swing: float, long: float, allowed: bool) -> None:
    flags = {"systems.swing.share": swing, "systems.long.share": long}
    if allowed:
        systems = load(flags).settings.systems
        assert (systems.swing.share, systems.long.share) == (swing, long)
        return
    with pytest.raises(BadInput, match=rf"swing\.share: found {swing:g} beside systems\.long\.share {long:g}, allowed"):
        load(flags)


def test_the_shipped_systems_are_the_documented_ones() -> None:
    settings = load().settings
    assert settings.systems.model_dump() == {
        "swing": {
            "share": 0.6,
            "controller": "adaptive",
            "underperformance": 0.05,
            "recovery": 0.025,
            "prior_trades": 10.0,
            "memory_days": 90.0,
            "crowded_at": 0.7,
            "crowded_share": 0.5,
        },
        "long": {
            "share": 0.4,
            "weights": {"volatile": 0.6, "trending": 0.9, "ranging": 0.9, "crisis": 0.3},
            "band": 0.2,
            "haven_share": 0.3,
        },
    }
    assert settings.regimes.model_dump() == {"detector": "rules", "context": "1d", "trigger": "1h"}
    assert set(settings.specialists.model_dump().values()) == {"default"}
    assert settings.stress.model_dump() == {
        "on_breach": "auto",
        "recovery_paths": 2000,
        "recovery_horizon_days": 1825,
        "block_days": 20.0,
    }
    assert settings.validation.model_dump() == {
        "paths": 1000,
        "costs": (0.5, 1.0, 1.5, 2.0, 3.0),
        "delays": (1, 2, 3),
        "missing": (0.01, 0.05, 0.1),
        "draws": 5,
    }
    assert settings.evolution.gates.model_dump() == {
        "data_quality": 0.02,
        "prefix_invariance": 0.0,
        "placebo": 0.05,
        "walk_forward": 0.95,
        "dsr": 0.95,
        "pbo": 0.2,
        "spa": 0.05,
        "plateau": 0.5,
        "double_costs": 0.0,
    }
    assert settings.evolution.model_dump(exclude={"gates"}) == {
        "generations": 1000,
        "population": 100,
        "fitness": "robust",
        "pareto": False,
        "seed": 1,
        "train_from": "2015-01-01",
        "held_from": "2024-01-01",
        "held_share": 0.2,
        "folds": 5,
        "groups": 6,
        "test_groups": 2,
        "quantile": 0.25,
        "jitter": 0.05,
        "cost_jitter": 0.5,
        "least_trades": 30,
        "most_drawdown": 0.25,
        "least_bars": 2000,
        "checkpoint_generations": 250,
        "placebo_draws": 19,
        "placebo_generations": 50,
        "neighbours": 64,
        "sampled": 100,
        "promotion": "person",
        "workers": None,
        "dask_address": None,
    }
    assert settings.trading.haven is None


def test_crisis_weight_and_haven_may_use_the_whole_equity_to_the_last_bit() -> None:
    for crisis, haven in ((0.9, 0.1), (0.7, 0.3), (0.6, 0.4), (0.8, 0.2)):
        load({"systems.long.weights.crisis": crisis, "systems.long.haven_share": haven})
        with pytest.raises(BadInput, match=r"systems\.long\.haven_share: found "):
            load({"systems.long.weights.crisis": crisis, "systems.long.haven_share": haven + 1e-6})


def test_a_haven_is_a_symbol_beside_the_others_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load({"trading.haven": "GLD"}).settings.trading.haven == "GLD"
    monkeypatch.setenv("KEEL_TRADING__HAVEN", "TLT")
    assert load().settings.trading.haven == "TLT"
    monkeypatch.setenv("KEEL_TRADING__HAVEN", "null")
    assert load().settings.trading.haven is None


def test_the_trigger_may_be_as_large_as_the_context() -> None:
    regimes = load({"regimes.context": "4h", "regimes.trigger": "4h", "regimes.detector": "hmm"}).settings.regimes
    assert (regimes.detector, regimes.context, regimes.trigger) == ("hmm", "4h", "4h")
