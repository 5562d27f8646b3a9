"""The configured book: its series, and the trading systems that share them and the account."""

import math
from dataclasses import dataclass

from conf.genomes import load_genomes
from models.engine import Parameters, Slot, System, parameters_of
from models.meta import Controller, plain_controller
from models.regime import RegimeSettings
from models.risk import RiskProfile
from models.specialists.genomes import Genome
from models.specialists.rules import Rules, held_rules
from models.specialists.translation import haven_rules_of, rules_of
from models.types import Instrument, Regime, Series, bar_micros, bars_per_day
from models.types.timeframes import HOUR
from tasks.session.desk import Desk
from tasks.session.detection import regime_settings

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
    """

    name: str
    series: tuple[Series, ...]
    traded: int
    parameters: Parameters
    regimes: RegimeSettings
    period: int
    capital: float

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


def configured_book(desk: Desk) -> Book:
    """The book of the settings in force.

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
    trading = settings.trading
    genomes = load_genomes(settings.specialists)
    systems = _systems(desk, series, traded, genomes)
    return Book(
        name="|".join([settings.stage, trading.venue, trading.timeframe, "+".join(trading.symbols)]),
        series=series,
        traded=traded,
        parameters=parameters_of(systems),
        regimes=regime_settings(desk),
        period=int(genomes[Regime.RANGING]["mean_reversion_period"]),
        capital=math.fsum(one.capital for one in systems),
    )


def risk_profile(desk: Desk) -> RiskProfile:
    """The chosen profile with the limits that hold for every profile."""
    settings = desk.loaded.settings
    risk = settings.risk
    profile = risk.profiles[settings.trading.profile]
    return RiskProfile(
        max_portfolio_risk=profile.max_portfolio_risk,
        max_position_risk=risk.max_position_risk,
        max_position=profile.max_position,
        max_leverage=profile.max_leverage,
        max_drawdown=profile.max_drawdown,
        daily_loss=risk.daily_loss,
        kelly_fraction=risk.kelly_fraction,
        pause_days=risk.pause_days,
        horizon=float(settings.model.horizon),
    )


def _systems(desk: Desk, series: tuple[Series, ...], traded: int, genomes: tuple[Genome, ...]) -> tuple[System, ...]:
    """Those with a share of the capital; between them they take no more of a bar's volume than one order may."""
    capital, chosen = desk.loaded.settings.trading.capital, desk.loaded.settings.systems
    shares = {name: getattr(chosen, name).share for name in (SWING, LONG) if getattr(chosen, name).share > 0.0}
    instruments = []
    for one in series:
        whole = desk.instrument(one)
        instruments.append(whole._replace(volume_share=whole.volume_share / len(shares)))
    systems = {
        SWING: (risk_profile(desk), _swing_controller(desk), _swing_rules(desk, series, traded, genomes)),
        LONG: (risk_profile(desk), plain_controller(), _long_rules(desk, series, traded)),
    }
    return tuple(
        System(name, capital * share, profile, controller, _slots(series, traded, instruments, rules))
        for name, share in shares.items()
        for profile, controller, rules in [systems[name]]
    )


def _slots(
    series: tuple[Series, ...], traded: int, instruments: list[Instrument], rules: list[tuple[Rules, ...]]
) -> tuple[Slot, ...]:
    return tuple(
        Slot(one.symbol, column, column if column < traded else GUIDE, column >= traded, instrument, own)
        for column, (one, instrument, own) in enumerate(zip(series, instruments, rules, strict=True))
    )


def _swing_controller(desk: Desk) -> Controller:
    swing = desk.loaded.settings.systems.swing
    return Controller(
        adaptive=float(swing.controller == "adaptive"),
        underperformance=swing.underperformance,
        recovery=swing.recovery,
        prior_trades=swing.prior_trades,
        memory_days=swing.memory_days,
        crowded_at=swing.crowded_at,
        crowded_share=swing.crowded_share,
    )


def _swing_rules(
    desk: Desk, series: tuple[Series, ...], traded: int, genomes: tuple[Genome, ...]
) -> list[tuple[Rules, ...]]:
    """Of every series a row for each regime: its specialist's, or what is held of the haven."""
    settings = desk.loaded.settings
    timeframe = series[0].timeframe
    length, per_day = bar_micros(timeframe) / HOUR, float(bars_per_day(desk.calendar(series[0]), timeframe))
    shorts, shares = float(desk.venue(settings.trading.venue).shorts), settings.risk.regime_share.model_dump()
    own = tuple(
        rules_of(one, length, per_day, shares[one.specialist.name.lower()], shorts, settings.risk.entry_cost_multiple)
        for one in genomes
    )
    haven = haven_rules_of(genomes[Regime.CRISIS], settings.systems.long.band)
    return [own if column < traded else haven for column in range(len(series))]


def _long_rules(desk: Desk, series: tuple[Series, ...], traded: int) -> list[tuple[Rules, ...]]:
    """Of every series a row for each regime: an equal part of the regime's weight, or what is held of the haven."""
    long = desk.loaded.settings.systems.long
    weights = [getattr(long.weights, regime.name.lower()) / traded for regime in Regime]
    havens = [long.haven_share if regime is Regime.CRISIS else 0.0 for regime in Regime]
    own, haven = (tuple(held_rules(one, long.band) for one in each) for each in (weights, havens))
    return [own if column < traded else haven for column in range(len(series))]
