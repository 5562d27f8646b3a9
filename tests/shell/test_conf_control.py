"""Guardian, session, stages, gap and housekeeping: what is shipped, what is allowed and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from conf import load
from models.types import BadInput


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


CRITERIA: dict[str, tuple[list[Any], list[Any]]] = {
    "least_days": ([0.0], [-1.0, 3651.0]),
    "most_days": ([3650.0], [0.0, 3651.0]),
    "sharpe": ([0.0, 10.0], [-0.1, 10.1]),
    "drawdown": ([0.01, 1.0], [0.0, 1.01]),
    "win_rate": ([0.0, 1.0], [-0.1, 1.1]),
    "profit_factor": ([0.0, 100.0], [-0.1, 101.0]),
    "least_trades": ([1, 100_000], [0, 100_001, 1.5]),
    "crashes": ([0, 1000], [-1, 1001]),
    "breaches": ([0, 1000], [-1, 1001]),
    "release_hours": ([0.0, 8760.0], [-1.0, 8761.0]),
    "gap_bps": ([0.1, 10_000.0], [0.0, 10_001.0]),
}
KEYS: dict[str, tuple[list[Any], list[Any]]] = {
    "guardian.required": (["live", "always"], ["never", True]),
    "guardian.beat_seconds": ([0.1, 5.0], [0.0, 61.0]),
    "guardian.silence_seconds": ([6.0, 3600.0], [0.5, 3601.0]),
    "guardian.cycle_seconds": ([10.0, 7200.0], [9.0, 7201.0]),
    "guardian.on_silence": (["cancel", "flatten"], ["nothing"]),
    "guardian.feed_minutes": ([0.1, 10_080.0], [0.0, 10_081.0]),
    "session.settle_seconds": ([0.0, 600.0], [-1.0, 601.0]),
    "session.late_seconds": ([1.0, 86_400.0], [0.0, 86_401.0]),
    "session.patience_seconds": ([1.0, 3600.0], [0.0, 3601.0]),
    "stages.money.micro_least": ([1.0, 500.0], [0.0]),
    "stages.money.micro_most": ([100.0], [0.0]),
    "stages.money.rung_days": ([[1.0]], [[], [-5.0]]),
    "stages.money.currencies": ([["USD"], ["EUR", "USD"]], [[]]),
    "gap.window_days": ([0.5, 3650.0], [0.0, 3651.0]),
    "gap.limit_bps": ([0.1, 10_000.0], [0.0, 10_001.0]),
    "gap.least_money": ([0.0, 5.0], [-1.0]),
    "housekeeping.runs_days": ([0.1, 3650.0], [0.0, 3651.0]),
    "housekeeping.features_keep": ([1, 1000], [0, 1001]),
    "housekeeping.reports_days": ([0.1, 36_500.0], [0.0, 36_501.0]),
    "housekeeping.free_share": ([0.01, 1.0], [0.0, 1.1]),
    "housekeeping.backups_keep": ([0, 1000], [-1, 1001]),
    **{f"stages.{stage}.{key}": one for stage in ("exploration", "paper", "micro") for key, one in CRITERIA.items()},
}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_its_bounds(key: str) -> None:
    allowed, refused = KEYS[key]
    for value in allowed:
        found: Any = load({key: value}).settings
        for part in key.split("."):
            found = getattr(found, part)
        assert (list(found) if isinstance(found, tuple) else found) == value
    for wrong in refused:
        with pytest.raises(BadInput, match=key.replace(".", r"\.")):
            load({key: wrong})


def test_no_key_is_left_out() -> None:
    tree = load().settings.model_dump(include={"guardian", "session", "stages", "gap", "housekeeping"})

    def leaves(branch: dict[str, Any], at: str) -> set[str]:
        found: set[str] = set()
        for name, value in branch.items():
            found |= leaves(value, f"{at}{name}.") if isinstance(value, dict) else {f"{at}{name}"}
        return found

    assert leaves(tree, "") == set(KEYS)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"guardian.beat_seconds": 6.0}, r"guardian\.silence_seconds: found 15, allowed is three beats \(18\)"),
        ({"stages.paper.least_days": 181.0}, r"stages\.paper\.most_days: found 180, allowed is least_days \(181\)"),
        ({"stages.money.micro_least": 600.0}, r"stages\.money\.micro_most: found 500, allowed is micro_least \(600\)"),
    ],
)
def test_what_has_to_fit_together(flags: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        load(flags)


def test_the_shipped_stages_ask_for_what_the_sources_say() -> None:
    stages = load().settings.stages
    steps = stages.exploration, stages.paper, stages.micro
    assert [(one.least_days, one.most_days) for one in steps[:2]] == [(30.0, 90.0), (60.0, 180.0)]
    assert [one.win_rate for one in steps] == [0.5, 0.55, 0.55]
    for one in steps:
        assert (one.sharpe, one.drawdown, one.profit_factor) == (1.5, 0.15, 1.5)
        assert (one.crashes, one.breaches, one.release_hours) == (0, 0, 48.0)
    assert (stages.money.micro_least, stages.money.micro_most) == (100.0, 500.0)
    assert load().settings.risk.ladder.rungs == (1000.0, 2500.0, 5000.0, 10000.0)
