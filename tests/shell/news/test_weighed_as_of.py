"""Whatever bars come after a moment: what was weighed at it stays as it was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_news import PlainReader
from lakes import merge
from made_news import START, headline

from data.news import read_headlines
from models.types import Bars, Series
from models.types.timeframes import DAY, HOUR
from tasks.adapters.archives import read_headline_archive
from tasks.adapters.clocks import FixedClock
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.news.importing import Imported, import_headlines
from tasks.session.news.weighing import Weigher

BTC = Series("binance", "BTC/USDT", "1h")
FLAGS = {"trading.venue": "binance", "trading.symbols": ["BTC/USDT"], "trading.timeframe": "1h"}
# Half an hour after the last words of the archive, and before those of the day before have become right or wrong.
AT, LAST = START + 19 * DAY + HOUR // 2, START + 60 * DAY
Tell = Callable[[int], Desk]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """A desk whose bars that close after AT depend on the seed: a day up and then wild, or a day down and then calm."""

    def desk_of(seed: int) -> Desk:
        monkeypatch.setenv("KEEL_HOME", str(tmp_path / f"home{seed}"))
        desk = build_desk(FLAGS, as_of=LAST)
        ts = np.arange(START - 90 * DAY, LAST, HOUR, dtype=np.int64)
        early = np.random.default_rng(0).normal(0.0, 0.005, ts.size)
        later = np.random.default_rng(seed).normal(0.0, 0.05 if seed == 1 else 0.0005, ts.size)
        late = np.where(ts < AT + DAY, 0.03 if seed == 1 else -0.03, later)
        close = 40_000.0 * np.exp(np.cumsum(np.where(ts + HOUR <= AT, early, late)))
        opens = np.concatenate([close[:1], close[:-1]])
        bars = Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.full(ts.size, 10.0))
        merge(desk.bars, BTC, bars)
        return desk

    return desk_of


def test_weights_regimes_and_moves_know_nothing_of_later_bars(told: Tell) -> None:
    words = [headline(day, arrived=START + day * DAY, score=0.8) for day in range(60)]
    found = []
    for seed in (1, 2):
        weigher = Weigher(told(seed))
        found.append((weigher.weights(AT, words), weigher.regime(AT), weigher.moves_bps(["BTC"], AT, DAY)))
    assert found[0] == found[1]
    weights, regime, moves = found[0]
    assert weights["reuters"].reliability.count > 5.0, "the test would see it"
    assert regime is not None
    assert moves["BTC"] is not None


def test_an_import_knows_nothing_of_bars_after_its_last_arrival(told: Tell, tmp_path: Path) -> None:
    times = pd.to_datetime([START + day * DAY + 1 for day in range(20)], unit="us", utc=True)
    rows = pd.DataFrame({"ts": times, "title": [f"Bitcoin rises {n}" for n in range(20)], "source": "reuters"})
    rows["url"] = [f"https://reuters.example/{n}" for n in range(20)]
    rows.to_parquet(tmp_path / "a.parquet")
    found: list[tuple[Imported, list[float]]] = []
    for seed in (1, 2):
        desk = replace(told(seed), clock=FixedClock(LAST))
        archive = read_headline_archive(tmp_path / "a.parquet")
        made = import_headlines(desk, archive, PlainReader, lambda _: None)
        found.append((made, [one.weight for one in read_headlines(desk.lake)]))
    assert found[0][1] == found[1][1]
    assert found[0][0].opportunities == found[1][0].opportunities
    assert len(set(found[0][1])) > 5, "the test would see it"
