"""The configured book: its series, and the trading systems that share them and the account."""

import math
from dataclasses import dataclass, field
from types import MappingProxyType

from conf import Settings
from conf.genomes import Chosen, choose_genomes
from conf.limits import Limits, account_limits, limits_of
from models.engine import Parameters, Slot, System, parameters_of
from models.meta import Controller, plain_controller
from models.regime import RegimeSettings
from models.specialists.genomes import Genome
from models.specialists.rules import Rules
from models.types import Regime, Series
from tasks.session.desk import Desk
from tasks.session.detection import regime_settings
from tasks.session.limits import BookLimits, house_of, limited, no_limits, risk_profile
from tasks.session.strategies import long_rules, swing_controller, swing_rules, weights
from tasks.session.strategy_limits import Own, genome_limits, weight_limits

SWING, LONG = "swing", "long"
# What a haven is a haven from: the first symbol of the book.
GUIDE = 0


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """One account's worth of symbols that decide together; all series share venue and timeframe.

    Attributes:
        series: columns of the panel: what is traded, then the haven where there is one.
        traded: how many of them are traded on what a model says.
        parameters: the systems; a row of the book's state is a symbol as one of them trades it.
        regimes: how the regime of a traded symbol is found.
        period: bars of the range that rules read.
        capital: of all systems together, quote currency.
        limits: what stands behind the bounds that its decisions name.
    """

    name: str
    series: tuple[Series, ...]
    traded: int
    parameters: Parameters
    regimes: RegimeSettings
    period: int
    capital: float
    limits: BookLimits = field(default_factory=no_limits)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in the order of the panel's columns."""
        return tuple(one.symbol for one in self.series)

    @property
    def rows(self) -> list[tuple[str, str]]:
        """System and symbol of every row of the state."""
        return [(system.name, slot.symbol) for system, slot in self.parameters.rows]

    @property
    def models(self) -> tuple[Series, ...]:
        """The series for which a model speaks."""
        return self.series[: self.traded]


def configured_book(desk: Desk, timed: bool = False) -> Book:
    """The book of the settings in force.

    `timed`: what stops trading ends by itself after risk.breakers.release_days, as backtests want it; in paper and
    live a person ends it.

    Raises:
        BadInput: the lake lacks one of its series, or a genome cannot be used.
        Damaged: a genome's file was changed after it was sealed.
    """
    series, traded = desk.universe(), len(desk.universe())
    haven = desk.haven()
    if haven is not None:
        series = (*series, haven)
    for one in series:
        desk.lake.require(one)
    settings = desk.loaded.settings
    chosen = choose_genomes(settings.specialists)
    genomes = tuple(one.genome for one in chosen)
    limits = _limits(desk, series, traded, genomes)
    systems = _systems(desk, series, traded, chosen, limits, timed)
    return Book(
        name=book_name(settings.stage, line_of(settings)),
        series=series,
        traded=traded,
        parameters=parameters_of(systems, house_of(desk.loaded, timed)),
        regimes=regime_settings(desk),
        period=int(genomes[Regime.RANGING]["mean_reversion_period"]),
        capital=math.fsum(one.capital for one in systems),
        limits=limits,
    )


def line_of(settings: Settings) -> str:
    """What a book is called whatever its stage, such as `binance|1h|BTC/USDT`."""
    trading = settings.trading
    return "|".join([trading.venue, trading.timeframe, "+".join(sorted(trading.symbols))])


def book_name(stage: str, line: str) -> str:
    """The book of a line in a stage, such as `paper|binance|1h|BTC/USDT`."""
    return f"{stage}|{line}"


def _shares(desk: Desk) -> dict[str, float]:
    """Of the capital, by the name of the systems that trade."""
    chosen = desk.loaded.settings.systems
    return {name: getattr(chosen, name).share for name in (SWING, LONG) if getattr(chosen, name).share > 0.0}


def _limits(desk: Desk, series: tuple[Series, ...], traded: int, genomes: tuple[Genome, ...]) -> BookLimits:
    rows: dict[tuple[str, str], Limits] = {}
    own: Own = {}
    held = weights(desk, series, traded)
    for column, one in enumerate(series):
        for system in _shares(desk):
            rows[system, one.symbol] = limits_of(desk.loaded, system, one.symbol, desk.venue(one.venue).asset_class)
        own |= genome_limits(desk.loaded, SWING, one.symbol, column >= traded, genomes)
        own |= weight_limits(desk.loaded, LONG, one.symbol, column >= traded, held[column])
    return BookLimits(MappingProxyType(rows), account_limits(desk.loaded), MappingProxyType(own))


def _systems(
    desk: Desk,
    series: tuple[Series, ...],
    traded: int,
    chosen: tuple[Chosen, ...],
    limits: BookLimits,
    timed: bool,
) -> tuple[System, ...]:
    """Those with a share of the capital; between them they take no more of a bar's volume than one order may."""
    shares = _shares(desk)
    drawn: dict[str, tuple[Controller, list[tuple[Rules, ...]]]] = {
        SWING: (swing_controller(desk), swing_rules(desk, series, traded, chosen)),
        LONG: (plain_controller(), long_rules(desk, series, traded)),
    }
    return tuple(
        System(
            name,
            desk.loaded.settings.trading.capital * share,
            risk_profile(desk.loaded, limits.rows[name, series[0].symbol], timed),
            drawn[name][0],
            tuple(
                _slot(desk, one, column, traded, limits.rows[name, one.symbol], len(shares), rules)
                for column, (one, rules) in enumerate(zip(series, drawn[name][1], strict=True))
            ),
        )
        for name, share in shares.items()
    )


def _slot(
    desk: Desk, one: Series, column: int, traded: int, limits: Limits, systems: int, rules: tuple[Rules, ...]
) -> Slot:
    whole = limited(desk.instrument(one), limits)
    instrument = whole._replace(volume_share=whole.volume_share / systems)
    haven = column >= traded
    return Slot(one.symbol, column, GUIDE if haven else column, haven, instrument, rules)
