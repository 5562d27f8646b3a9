"""What the word of each source counts at a moment, and how far assets usually move: by what was known then."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from models.news.moves import usual_move_bps
from models.news.opportunities import OpportunitySettings
from models.news.priority import Weight, weights_of
from models.news.reliability import Outcome, Signal, outcomes_of, reliability_of
from models.types import BadInput, Bars, Damaged, IntArray, Regime, Series
from models.types.news import Headline
from models.types.timeframes import DAY, HOUR
from tasks.session.actions import bars_for_features
from tasks.session.desk import Desk
from tasks.session.detection import regime_settings
from tasks.session.regimes.history import regime_inputs

logger = logging.getLogger(__name__)

# Of several series of an asset, one that is priced in these is taken first.
QUOTES = ("USDT", "USD", "USDC")


@dataclass(slots=True, eq=False)
class Weigher:
    """Bars and regimes of the lake, each read once; everything is asked as of a moment (UTC microseconds)."""

    desk: Desk
    _bars: dict[str, Bars | None] = field(default_factory=dict)
    _regimes: tuple[IntArray, IntArray] | None = None

    def weights(self, at: int, headlines: Iterable[Headline], others: Collection[str] = ()) -> dict[str, Weight]:
        """Weights of the configured sources and of `others` by the market's condition and by what became of
        `headlines`.
        """
        news = self.desk.loaded.settings.news
        regime = self.regime(at)
        condition: dict[str, float] = {}
        if regime is not None:
            factors = getattr(news.conditions, regime)
            condition = {name: getattr(factors, source.group) for name, source in news.sources.items()}
        base = {name: source.weight for name, source in news.sources.items()}
        rules = news.reliability
        records = reliability_of(self.outcomes(at, headlines), at, rules.prior, round(rules.half_life_days * DAY))
        return weights_of(base, condition, records, regime, others)

    def outcomes(self, at: int, headlines: Iterable[Headline]) -> list[Outcome]:
        """What became of the signals of the last days, as far as the lake's bars tell."""
        rules = self.desk.loaded.settings.news.reliability
        since = at - round(rules.look_back_days * DAY)
        recent = (one for one in headlines if since <= one.arrived <= at)
        found: list[Outcome] = []
        for asset, signals in signals_of(recent, rules.least_tone).items():
            bars = self.bars(asset)
            if bars is not None:
                found += outcomes_of(signals, bars.ts, bars.open, round(rules.horizon_hours * HOUR))
        return found

    def regime(self, at: int) -> str | None:
        """Name of the regime of the book's leading series that held at its last close, None where no bars tell it."""
        if self._regimes is None:
            self._regimes = self._detected()
        closes, labels = self._regimes
        row = int(np.searchsorted(closes, at, side="right")) - 1
        return None if row < 0 else Regime(int(labels[row])).name.lower()

    def moves_bps(self, assets: Iterable[str], at: int, horizon: int) -> dict[str, float | None]:
        """Mean absolute move of each asset over `horizon` microseconds, by its bars of the last days."""
        return {asset: self._move(asset, at, horizon) for asset in assets}

    def bars(self, asset: str) -> Bars | None:
        """The asset's bars, None where the lake has none that can be read."""
        if asset not in self._bars:
            series = series_of(self.desk, asset)
            self._bars[asset] = None if series is None else self._read(series)
        return self._bars[asset]

    def _read(self, series: Series) -> Bars | None:
        try:
            # A split is no move.
            return bars_for_features(self.desk, series, self.desk.bars.read(series))
        except (BadInput, Damaged) as error:
            logger.warning("news is weighed without the bars of %s: %s", series, error)
            return None

    def _move(self, asset: str, at: int, horizon: int) -> float | None:
        bars, series = self.bars(asset), series_of(self.desk, asset)
        if bars is None or series is None:
            return None
        since = at - round(self.desk.loaded.settings.news.opportunities.volatility_days * DAY)
        first = int(np.searchsorted(bars.ts, since))
        stop = first + int(np.searchsorted(self.desk.closes(series, bars.ts[first:]), at, side="right"))
        return usual_move_bps(bars.ts[first:stop], bars.close[first:stop], horizon)

    def _detected(self) -> tuple[IntArray, IntArray]:
        """Closes of the leading series' bars, and the regime that held at each."""
        leading = self.desk.universe()[0]
        try:
            inputs, _ = regime_inputs(self.desk, leading)
        except (BadInput, Damaged) as error:
            logger.warning("news is weighed without the market's condition: %s", error)
            return np.empty(0, np.int64), np.empty(0, np.int64)
        labels = self.desk.regimes.of(leading, inputs, regime_settings(self.desk))
        return self.desk.closes(leading, inputs.bars.ts), labels


def series_of(desk: Desk, asset: str) -> Series | None:
    """The lake's series that tells of an asset (BTC: BTC/USDT, AAPL: AAPL): of the book's venue, of the book's
    timeframe, priced in dollars, in this order of importance; None where there is none.
    """
    trading = desk.loaded.settings.trading
    found = [one for one in desk.lake.series() if one.symbol.partition("/")[0] == asset]

    def distance(one: Series) -> tuple[bool, bool, bool, Series]:
        quote = one.symbol.partition("/")[2]
        return one.venue != trading.venue, one.timeframe != trading.timeframe, quote not in ("", *QUOTES), one

    return min(found, key=distance, default=None)


def signals_of(headlines: Iterable[Headline], least_tone: float) -> dict[str, list[Signal]]:
    """What sources said of their own, by asset: each item is judged by its first text in a clear tone."""
    found: dict[str, list[Signal]] = {}
    judged: set[str] = set()
    for one in headlines:
        if is_signal(one, least_tone) and one.id not in judged:
            judged.add(one.id)
            for link in one.links:
                found.setdefault(link.asset, []).append(Signal(one.source, one.arrived, one.tone.score))
    return found


def is_signal(headline: Headline, least_tone: float) -> bool:
    """Whether a source said it of its own, about some asset, and in a clear tone."""
    return headline.twin is None and bool(headline.links) and abs(headline.tone.score) >= least_tone


def opportunity_settings(desk: Desk) -> OpportunitySettings:
    """How the configuration makes opportunities."""
    rules = desk.loaded.settings.news.opportunities
    return OpportunitySettings(
        window=round(rules.window_hours * HOUR),
        decay=round(rules.decay_hours * HOUR),
        horizon=round(rules.horizon_hours * HOUR),
        full=rules.full_support,
        least_agreement=rules.least_agreement,
        least_confidence=rules.least_confidence,
        evidence=rules.evidence,
    )


def plain_weights(weights: Mapping[str, Weight]) -> dict[str, float]:
    """The figures alone."""
    return {source: one.weight for source, one in weights.items()}
