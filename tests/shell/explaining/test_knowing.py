"""Which decisions one look at the lake serves."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from models.types import Series
from tasks.session.explaining.knowing import alike

SERIES = Series("binance", "AAA/USDT", "1h")


def _alike(known_at: list[int], decided_at: list[int]) -> list[list[int]]:
    """Runs of decisions for the bars 0, 1, ..., of which each became known at such a moment."""
    ts = np.arange(len(known_at))
    columns = SimpleNamespace(bars=SimpleNamespace(ts=ts), known_at=np.array(known_at))
    desk: Any = SimpleNamespace(bars=SimpleNamespace(columns=lambda _: columns))
    decisions: list[Any] = [SimpleNamespace(bar=bar, decided_at=at) for bar, at in enumerate(decided_at)]
    return [[one.bar for one in some] for some in alike(desk, decisions, [SERIES])]


def test_neighbours_that_knew_the_same_share_a_look() -> None:
    assert _alike([10, 20, 30], [11, 21, 31]) == [[0, 1, 2]]


def test_a_bar_that_came_late_parts_them() -> None:
    assert _alike([10, 25, 30], [11, 21, 31]) == [[0, 1], [2]]


def test_a_clock_that_was_put_back_had_not_seen_what_was_seen_before() -> None:
    assert _alike([10, 45, 30], [11, 50, 31]) == [[0], [1], [2]]
