"""Everything a session works with, put together by bootstrap."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from conf import Loaded
from conf.schema import VenueConfig
from data.actions import ActionStore
from data.bars import BarStore
from data.coverage import CoverageStore
from data.lake import Lake
from data.model_files import ModelFiles
from data.predictions import PredictionStore
from models.sessions import bar_closes, listed_span
from models.types import CALENDARS, BadInput, Calendar, Instrument, IntArray, Series
from models.types.timeframes import MINUTE
from tasks.adapters.clocks import FixedClock
from tasks.ports import Clock
from tasks.session.labels import RegimeLabels
from tasks.session.seen import Seen
from tasks.session.speakers import Speakers
from tasks.session.tails import Tails

# Cboe publishes the close of VIX a quarter of an hour after the stocks have closed.
INDEX_DELAY = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Desk:
    """Settings, stores and a clock. No adapter that reaches outside is in here: sessions get those as arguments."""

    loaded: Loaded
    home: Path
    lake: Lake
    bars: BarStore
    coverage: CoverageStore
    actions: ActionStore
    predictions: PredictionStore
    models: ModelFiles
    speakers: Speakers
    clock: Clock
    regimes: RegimeLabels
    tails: Tails
    seen: Seen = field(default_factory=Seen)

    def at(self, moment: int) -> "Desk":
        """The same desk with a clock that stands at `moment` (UTC microseconds)."""
        return replace(self, clock=FixedClock(moment))

    def venue(self, name: str) -> VenueConfig:
        """Settings of a venue.

        Raises:
            BadInput: it is not configured.
        """
        venues = self.loaded.settings.venues
        if name not in venues:
            raise BadInput(f"venue {name!r} is not configured; it is one of {', '.join(venues)} (conf: venues)")
        return venues[name]

    def calendar(self, series: Series) -> Calendar:
        """The calendar that the series' venue keeps."""
        return CALENDARS[self.venue(series.venue).calendar]

    def closes(self, series: Series, ts: IntArray) -> IntArray:
        """When each bar of the series, by its open, was known; UTC microseconds, shape of `ts`."""
        delay = INDEX_DELAY if series.symbol == self.venue(series.venue).index else 0
        return bar_closes(self.calendar(series), series.timeframe, ts, delay)

    def listed_span(self, series: Series) -> tuple[int, int]:
        """First and last moment, UTC microseconds, at which a bar of the series may open."""
        rules = self.venue(series.venue).instruments.get(series.symbol)
        return listed_span(None, None) if rules is None else listed_span(rules.listed, rules.delisted)

    def instrument(self, series: Series) -> Instrument:
        """Order rules and costs of the series' symbol, as the venue has them."""
        venue = self.venue(series.venue)
        rules = venue.instruments.get(series.symbol, venue.default)
        return Instrument(
            tick=rules.tick,
            lot=rules.lot,
            min_notional=rules.min_notional,
            taker_fee=venue.fee_bps / 1e4,
            maker_fee=venue.maker_fee_bps / 1e4,
            half_spread=venue.half_spread_bps / 1e4,
            impact=venue.impact_bps / 1e4,
            volume_share=venue.volume_share,
            through=float(venue.through_ticks),
            fee_in_base=float(venue.fee_asset == "base"),
            margin=venue.margin,
            maintenance=venue.maintenance_margin,
            liquidation_fee=venue.liquidation_fee_bps / 1e4,
            shorts=float(venue.shorts),
            long_carry=venue.funding_bps_per_day / 1e4,
            short_carry=venue.borrow_bps_per_day / 1e4,
        )

    def universe(self) -> tuple[Series, ...]:
        """The series that the configured book trades on what a model says, in its order of symbols."""
        trading = self.loaded.settings.trading
        return tuple(Series(trading.venue, symbol, trading.timeframe) for symbol in trading.symbols)

    def haven(self) -> Series | None:
        """The series of what is held in crisis instead."""
        trading = self.loaded.settings.trading
        return None if trading.haven is None else Series(trading.venue, trading.haven, trading.timeframe)

    def book_series(self) -> tuple[Series, ...]:
        """All series of the configured book, the haven last."""
        haven = self.haven()
        return self.universe() if haven is None else (*self.universe(), haven)
