"""Bars after now for a configured book, as one scenario has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from conf.scenarios import Proxy
from models.engine import Panel, Parameters, align, parameters_of
from models.features import Declaration, declared, without_predictors
from models.scenarios import Scenario, Shock, Window, move_of
from models.types import FloatArray, Instrument, bar_micros
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.market import MarketView
from tasks.session.stressing.paths import invented, lived_again
from tasks.session.stressing.present import Asset, Index, index_of, present_of
from tasks.session.stressing.sources import Sources
from tasks.session.stressing.splicing import spliced
from tasks.session.stressing.tailing import TailsNow, tails_after, tails_now
from tasks.session.stressing.troubles import bars_of, worth_at

BPS = 1e4
# A taker pays at most this much of the price for the spread, whatever the multiple.
WIDEST = 0.5
# What the bars of a scenario depend on.
Prices = tuple[Window | None, float, Shock]


@dataclass(frozen=True, slots=True, eq=False)
class Stressed:
    """What a scenario does to a book.

    Attributes:
        panel: bars after now, every one of them decided; its tails are those of the profile in force.
        tails: by profile, what `panel.tails` would be.
        worth: shape (n_times,): of a unit of the book's quote currency, 1.0 before the first row; None: always 1.0.
        spread: multiple of the half spread.
        funding: charged per day on what carries, fraction of its value.
        starts: open of the first row, UTC microseconds; `bar` is how long one lasts.
        mapped: what stands in for a symbol without candles of its own, "1.25 x binance BTC/USDT".
        shocked_rows: bars of the stretch itself, those of a halted market among them; what follows is watched.
    """

    scenario: Scenario
    panel: Panel
    tails: Mapping[str, FloatArray]
    worth: FloatArray | None
    spread: float
    funding: float
    starts: int
    bar: int
    mapped: Mapping[str, str]
    shocked_rows: int


@dataclass(frozen=True, slots=True, eq=False)
class StressMarket:
    """A book's present, behind which scenarios are put. Those that only change costs share the bars of the others.

    Attributes:
        assets: columns of the book, then the leader of its venue where it is none of them.
        declaration: of every column's features, what the step reads of them.
        newest: open of the newest bar, UTC microseconds.
        profile: that is in force.
    """

    book: Book
    assets: tuple[Asset, ...]
    declaration: Declaration
    tails: TailsNow
    sources: Sources
    index: Index | None
    newest: int
    profile: str
    made: dict[Prices, Stressed] = field(default_factory=dict)

    def stressed(self, scenario: Scenario) -> Stressed:
        """The book's bars in the scenario.

        Raises:
            BadInput: the lake has no bars of the window, nor of a proxy; or nothing is left to be seen.
            Damaged: stored data does not match its checksum.
        """
        shock = scenario.shock
        prices = scenario.window, scenario.calm_days, replace(shock, spread=1.0, funding_bps_per_day=0.0)
        if prices not in self.made:
            self.made[prices] = self._made(scenario)
        funding = shock.funding_bps_per_day / BPS
        return replace(self.made[prices], scenario=scenario, spread=shock.spread, funding=funding)

    def touches(self, scenario: Scenario) -> bool:
        """Whether anything happens to this book in the scenario."""
        shock, own = scenario.shock, self.assets[: len(self.book.series)]
        if scenario.window is not None or shock.correlation is not None:
            return True
        if (shock.volatility, shock.spread, shock.liquidity) != (1.0, 1.0, 1.0):
            return True
        coins = {part for one in own for part in one.series.symbol.partition(":")[0].split("/")}
        charged = shock.funding_bps_per_day > 0.0
        return (
            any(move_of(shock, one.series.symbol, one.asset_class) != 0.0 for one in own)
            or any(venue == one.series.venue for venue, _ in shock.halted for one in own)
            or any(coin in coins for coin, _ in shock.depeg)
            or (charged and any(_carries(slot.instrument) for _, slot in self.book.parameters.rows))
        )

    def _made(self, scenario: Scenario) -> Stressed:
        calendar, timeframe = self.sources.calendar, self.sources.timeframe
        if scenario.window is None:
            course = invented(scenario, self.assets, calendar, timeframe, self.newest)
        else:
            course = lived_again(scenario.window, self.assets, self.sources, self.index, self.newest)
        bars = bars_of(course, scenario, self.assets)
        columns = spliced(self.assets, bars, self.declaration, self.book, self.newest)
        panel = align(tuple(column.row for column in columns))
        panel, tails = tails_after(panel, self.tails, self.assets, columns, bar_micros(timeframe))
        symbols = [one.series.symbol for one in self.assets]
        return Stressed(
            scenario=scenario,
            panel=panel._replace(tails=tails[self.profile]),
            tails=MappingProxyType(tails),
            worth=worth_at(course, scenario, symbols[0], panel.ts),
            spread=1.0,
            funding=0.0,
            starts=int(course.ts[0]),
            bar=bar_micros(timeframe),
            mapped=MappingProxyType(
                {symbol: path.proxy for symbol, path in zip(symbols, course.paths, strict=True) if path.proxy}
            ),
            shocked_rows=course.shocked_rows,
        )


def stress_market(
    desk: Desk, book: Book, views: Sequence[MarketView], betas: Mapping[str, tuple[Proxy, ...]]
) -> StressMarket:
    """The present of the book: `views` are those of its series, as known by the desk's clock; `betas` say what stands
    in for an asset without a past.

    Raises:
        BadInput: a series has no bar that had closed by then.
        Damaged: stored data does not match its checksum.
    """
    assets = present_of(desk, book, views)
    series, model = book.series[0], desk.loaded.settings.model
    calendar = desk.calendar(series)
    return StressMarket(
        book=book,
        assets=assets,
        declaration=without_predictors(declared(calendar, series.timeframe, model.momentum_short, model.momentum_long)),
        tails=tails_now(desk, book, views),
        sources=Sources(desk, calendar, series.timeframe, betas, frozenset(desk.lake.series())),
        index=index_of(desk, series),
        newest=max(int(one.bars.ts[-1]) for one in assets),
        profile=desk.loaded.settings.trading.profile,
    )


def stressed_parameters(parameters: Parameters, stressed: Stressed) -> Parameters:
    """The parameters with the scenario's spread and funding. Entries know: their edge is held against these costs."""
    if stressed.spread == 1.0 and stressed.funding == 0.0:
        return parameters
    systems = tuple(
        replace(one, slots=tuple(replace(slot, instrument=_dearer(slot.instrument, stressed)) for slot in one.slots))
        for one in parameters.systems
    )
    return parameters_of(systems, parameters.house)


def _dearer(instrument: Instrument, stressed: Stressed) -> Instrument:
    funding = stressed.funding if _carries(instrument) else 0.0
    return instrument._replace(
        half_spread=min(instrument.half_spread * stressed.spread, WIDEST),
        long_carry=instrument.long_carry + funding,
        short_carry=instrument.short_carry + funding,
    )


def _carries(instrument: Instrument) -> bool:
    """Whether holding it costs anything, or is on margin."""
    return instrument.margin < 1.0 or instrument.long_carry != 0.0 or instrument.short_carry != 0.0
