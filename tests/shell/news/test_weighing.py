"""What a source's word counts in a regime that the lake's bars have: as the table of conditions says it."""

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml
from fake_news import FakeSource, PlainReader, item
from lakes import merge
from made_news import START

from conf.home import PROJECT
from data.news import read_headlines
from data.regimes import RegimeRows, RegimeStore
from models.types import Bars, Regime, Series
from models.types.timeframes import DAY, HOUR
from tasks.adapters.clocks import FixedClock
from tasks.bootstrap import build_desk, build_journal
from tasks.session.desk import Desk
from tasks.session.detection import regime_settings
from tasks.session.news.round import hear_round
from tasks.session.news.weighing import Weigher
from tasks.session.regimes.history import detection, keep_history

BTC = Series("binance", "BTC/USDT", "1h")
FLAGS = {"trading.venue": "binance", "trading.symbols": ["BTC/USDT"], "trading.timeframe": "1h"}
REGIMES = ["ranging", "trending", "volatile", "crisis"]


def restless() -> Bars:
    """A seeded walk of 200 days before START, four times as wide in the last 20: it goes through every regime."""
    ts = np.arange(START - 200 * DAY, START + 5 * DAY, HOUR, dtype=np.int64)
    steps = np.random.default_rng(2).normal(0.0, 1.0, ts.size) * np.where(ts > START - 20 * DAY, 0.02, 0.005)
    close = 40_000.0 * np.exp(np.cumsum(steps))
    opens = np.concatenate([close[:1], close[:-1]])
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.full(ts.size, 10.0))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = build_desk(FLAGS, as_of=START, folder=tmp_path_factory.mktemp("home"))
    merge(made.bars, BTC, restless())
    keep_history(made, BTC, regime_settings(made))
    return made


@pytest.fixture(scope="module")
def history(desk: Desk) -> RegimeRows:
    """As the lake has it."""
    return RegimeStore(desk.lake).read(BTC, detection(regime_settings(desk)))


def by_hand(regime: str) -> dict[str, float]:
    """Base weight times the factor of the source's group, of all sources together 1."""
    news: dict[str, Any] = yaml.safe_load((PROJECT / "conf" / "base.yaml").read_text(encoding="utf-8"))["news"]
    factors = news["conditions"][regime]
    raw = {name: one["weight"] * factors[one["group"]] for name, one in news["sources"].items()}
    return {name: one / sum(raw.values()) for name, one in raw.items()}


def test_a_round_weighs_by_the_regime_that_held_at_the_last_close(desk: Desk, history: RegimeRows) -> None:
    last = {one: int(np.flatnonzero(history.codes["label"] == Regime[one.upper()])[-1]) for one in REGIMES}
    for regime, row in sorted(last.items(), key=lambda pair: pair[1]):
        now = replace(desk, clock=FixedClock(int(history.known_at[row]) + HOUR // 2))
        expected = by_hand(regime)
        # Without a tone, so that they are no signals for the rounds behind them.
        sources = [FakeSource(name, (item(name, row, f"Bitcoin {name} {regime}"),)) for name in expected]
        found = asyncio.run(hear_round(now, build_journal(now), sources, PlainReader, None, lambda _: None))
        assert {one.source: one.weight.weight for one in found.health} == pytest.approx(expected)
        assert all(f"while it is {regime}" in one.weight.why for one in found.health)
        stored = {one.source: one.weight for one in read_headlines(desk.lake, since=now.clock.now())}
        assert stored == pytest.approx(expected), "with each headline stays what its source's word counted"


def test_a_regime_holds_from_the_close_that_showed_it(desk: Desk, history: RegimeRows) -> None:
    weigher, labels = Weigher(desk), history.codes["label"]
    turn = int(np.flatnonzero(np.diff(labels))[-1]) + 1
    before, after = (Regime(int(labels[row])).name.lower() for row in (turn - 1, turn))
    assert before != after
    assert weigher.regime(int(history.known_at[turn]) - 1) == before
    assert weigher.regime(int(history.known_at[turn])) == after
    assert weigher.regime(int(history.known_at[0]) - 1) is None


def test_the_table_tells_the_regimes_apart() -> None:
    assert len({tuple(by_hand(regime).values()) for regime in REGIMES}) == len(REGIMES)
