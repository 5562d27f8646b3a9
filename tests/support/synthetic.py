"""A small market that is made, not recorded: seeded bars with slow swings, so that momentum has something to find."""

import os
from pathlib import Path

import numpy as np

from models.types import BadInput, Bars, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.ports import EvolutionRecord, Registered, TrainingRecord
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.learning.speaking import Manner, Spoken, spoken_of
from tasks.session.learning.training import train_models
from tasks.session.market import MarketView
from tasks.session.routing import models_for

START = 1_600_000_000_000_000 // HOUR * HOUR
SYMBOLS = ("AAA/USDT", "BBB/USDT")
# Small models: the tests are about what is done with predictions, not about how good they are.
SETTINGS = {
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[AAA/USDT, BBB/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    "KEEL_TRADING__PROFILE": "aggressive",
    "KEEL_MODEL__HORIZON": "6",
    "KEEL_MODEL__EMBARGO": "2",
    "KEEL_MODEL__FOLDS": "2",
    "KEEL_MODEL__MOMENTUM_SHORT": "4",
    "KEEL_MODEL__MOMENTUM_LONG": "12",
    "KEEL_MODEL__XGBOOST__ROUNDS": "20",
    "KEEL_VENUES__BINANCE__FEE_BPS": "1",
    "KEEL_VENUES__BINANCE__HALF_SPREAD_BPS": "1",
}


def swinging_bars(seed: int, count: int, start: int = START, step: int = HOUR) -> Bars:
    """`count` bars whose drift swings over some dozens of bars; prices on a grid of cents."""
    rng = np.random.default_rng(seed)
    drift = 0.006 * np.sin(np.arange(count) * 2 * np.pi / rng.uniform(40, 90) + rng.uniform(0, 6))
    close = np.round(100.0 * np.exp(np.cumsum(drift + rng.normal(0.0, 0.006, count))), 2)
    opens = np.concatenate([[100.0], close[:-1]])
    spread = np.abs(rng.normal(0.0, 0.002, (2, count)))
    high = np.round(np.maximum(opens, close) * (1 + spread[0]), 2)
    low = np.round(np.minimum(opens, close) * (1 - spread[1]), 2)
    ts = start + np.arange(count, dtype=np.int64) * step
    return Bars(
        ts,
        opens,
        np.maximum(high, np.maximum(opens, close)),
        np.minimum(low, np.minimum(opens, close)),
        close,
        np.round(rng.uniform(1.0, 9.0, count), 3),
    )


class MemoryTracker:
    """A tracker that remembers."""

    def __init__(self) -> None:
        self.records: list[TrainingRecord] = []
        self.evolutions: list[EvolutionRecord] = []
        self.registered: list[str] = []
        self.champions: dict[str, str] = {}

    def log_training(self, record: TrainingRecord) -> str:
        self.records.append(record)
        return str(len(self.records))

    def promote_training(self, series: Series, model: str, version: str) -> None:
        known = [one.version for one in self.records if (one.series, one.model) == (series, model)]
        if version not in known:
            raise BadInput(f"version of {model}: found {version!r}, allowed is one of {', '.join(known) or 'none'}")
        self.champions[f"{model} {series}"] = version

    def log_evolution(self, record: EvolutionRecord) -> Registered:
        self.evolutions.append(record)
        offered = [child.model for child in record.children if child.model is not None and child.genome is not None]
        self.registered += offered
        return Registered(
            f"evolution {len(self.evolutions)}", {name: str(self.registered.count(name)) for name in offered}
        )

    def promote(self, model: str, version: str) -> None:
        versions = [str(number + 1) for number in range(self.registered.count(model))]
        if version not in versions:
            raise BadInput(f"version of {model}: found {version!r}, allowed is one of {', '.join(versions) or 'none'}")
        self.champions[model] = version


def wounded(bars: Bars) -> Bars:
    """The bars with a day lost, a feed that froze for two days, and a split that nobody told of, near their end."""
    count = len(bars)
    rows = np.arange(count)
    frozen = (rows >= count - 110) & (rows < count - 60)
    prices = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for name, column in prices.items():
        column[frozen] = bars.close[count - 111]
        column[rows >= count - 45] = np.round(column[rows >= count - 45] / 2.0, 2)
        assert (column > 0).all(), name
    prices["open"][count - 45] = prices["close"][count - 46] / 2.0
    prices["high"][count - 45] = max(prices["high"][count - 45], prices["open"][count - 45])
    prices["low"][count - 45] = min(prices["low"][count - 45], prices["open"][count - 45])
    volume = np.where(frozen, 0.0, bars.volume)
    return Bars(bars.ts, volume=volume, **prices).rows((rows < count - 140) | (rows >= count - 116))


def train_routed(desk: Desk, series: Series) -> None:
    """Train the models that the router lets speak about the series."""
    train_models(desk, series, models_for(desk, series), MemoryTracker(), lambda _: None)


def spoken_words(desk: Desk, view: MarketView) -> Spoken:
    """All that the routed models say about the view's bars."""
    return spoken_of(desk, view, models_for(desk, view.series), Manner.COMPLETE)


def current_versions(desk: Desk, series: Series) -> str:
    """The versions that speak about the series, as a decision writes them."""
    cards = {model: desk.models.current(series, model) for model in models_for(desk, series)}
    return " ".join(f"{model}={card.version}" for model, card in cards.items() if card is not None)


def settle_in(home: Path, count: int = 4000, holes: bool = True, wounds: bool = False) -> Desk:
    """A home with two synthetic series and their models; the second symbol lacks some bars of the first. With `wounds`
    the first one's data is what no one should trade on.
    """
    os.environ.update(SETTINGS | {"KEEL_HOME": str(home)})
    desk = build_desk()
    for seed, symbol in enumerate(SYMBOLS):
        bars = swinging_bars(seed + 1, count)
        if wounds and seed == 0:
            bars = wounded(bars)
        if holes and seed == 1:
            missing = np.arange(count) % 97 < 3
            bars = bars.rows(~missing)
        series = Series("binance", symbol, "1h")
        take_in_archive(desk, series, bars)
        train_routed(desk, series)
    return desk
