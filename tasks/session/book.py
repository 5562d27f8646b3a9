"""The configured book: its series, its parameters, its name."""

from dataclasses import dataclass

from models.engine import Parameters, parameters_of
from models.risk import RiskProfile
from models.specialists import Rules, plain_rules
from models.types import Regime, Series
from tasks.session.desk import Desk

# What every fill is attributed to beside symbol, specialist, regime and model.
SYSTEM = "swing"


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """One account's worth of symbols that decide together; all series share venue and timeframe."""

    name: str
    series: tuple[Series, ...]
    parameters: Parameters
    capital: float

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in the order of the state's rows."""
        return tuple(one.symbol for one in self.series)


def configured_book(desk: Desk) -> Book:
    """The book of the settings in force.

    Raises:
        BadInput: the lake lacks one of its series.
    """
    series = desk.universe()
    for one in series:
        desk.lake.require(one)
    settings = desk.loaded.settings
    trading = settings.trading
    instruments = tuple(desk.instrument(one) for one in series)
    name = "|".join([settings.stage, trading.venue, trading.timeframe, "+".join(trading.symbols)])
    parameters = parameters_of(risk_profile(desk), default_rules(desk), instruments)
    return Book(name, series, parameters, trading.capital)


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


def default_rules(desk: Desk) -> tuple[Rules, ...]:
    """A row for each regime with the profile's stop and take-profit: what is traded by until specialists have passed
    their gates. Falling edges are sold short where the venue's settings say that one may.
    """
    settings = desk.loaded.settings
    risk = settings.risk
    profile = risk.profiles[settings.trading.profile]
    return tuple(
        plain_rules(
            entry_multiple=risk.entry_cost_multiple,
            size=profile.max_position,
            share=getattr(risk.regime_share, regime.name.lower()),
            stop_loss=profile.stop_loss,
            take_profit=profile.take_profit,
            shorts=float(desk.venue(settings.trading.venue).shorts),
        )
        for regime in Regime
    )
