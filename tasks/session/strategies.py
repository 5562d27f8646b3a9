"""What the two systems do: the controller and the rules of each series, out of the settings and the genomes."""

import math

from conf.genomes import Chosen
from models.meta import Controller
from models.specialists.rules import Rules, held_rules
from models.specialists.translation import haven_rules_of, rules_of
from models.types import Regime, Series, bar_micros, bars_per_day
from models.types.timeframes import HOUR
from tasks.session.desk import Desk


def swing_controller(desk: Desk) -> Controller:
    """Who is in charge in the short-term system."""
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


def swing_rules(
    desk: Desk, series: tuple[Series, ...], traded: int, chosen: tuple[Chosen, ...]
) -> list[tuple[Rules, ...]]:
    """Of every series a row for each regime: its specialist's, or what is held of the haven; an idle one holds cash."""
    settings = desk.loaded.settings
    timeframe = series[0].timeframe
    length, per_day = bar_micros(timeframe) / HOUR, float(bars_per_day(desk.calendar(series[0]), timeframe))
    shorts, shares = float(desk.venue(settings.trading.venue).shorts), settings.risk.regime_share.model_dump()
    multiple = settings.risk.entry_cost_multiple
    every = [
        rules_of(one.genome, length, per_day, shares[one.genome.specialist.name.lower()], shorts, multiple)
        for one in chosen
    ]
    own = tuple(_idle(rules) if one.idle else rules for one, rules in zip(chosen, every, strict=True))
    crisis, band = chosen[Regime.CRISIS], settings.systems.long.band
    haven = tuple(held_rules(0.0, band) for _ in Regime) if crisis.idle else haven_rules_of(crisis.genome, band)
    return [own if column < traded else haven for column in range(len(series))]


def long_rules(desk: Desk, series: tuple[Series, ...], traded: int) -> list[tuple[Rules, ...]]:
    """Of every series a row for each regime."""
    band = desk.loaded.settings.systems.long.band
    return [tuple(held_rules(weight, band) for weight in each) for each in weights(desk, series, traded)]


def _idle(rules: Rules) -> Rules:
    """Nothing is entered in its regime, nor by it where it stands in for another."""
    return rules._replace(share=0.0, max_entries=0.0)


def weights(desk: Desk, series: tuple[Series, ...], traded: int) -> list[list[float]]:
    """What the long system holds of every series by the regime's code: its part of the regime's weight, or the haven's.

    Parts are those of risk.symbols.<symbol>.weight; symbols without one have equal parts of what these leave of 1.
    """
    long, symbols = desk.loaded.settings.systems.long, desk.loaded.settings.risk.symbols
    given = [symbols[one.symbol].weight if one.symbol in symbols else None for one in series[:traded]]
    named = [weight for weight in given if weight is not None]
    left = (1.0 - math.fsum(named)) / (traded - len(named)) if named and len(named) < traded else 1.0
    parts = [left if weight is None else weight for weight in given]
    total = math.fsum(parts)
    own = [[getattr(long.weights, regime.name.lower()) * part / total for regime in Regime] for part in parts]
    haven = [long.haven_share if regime is Regime.CRISIS else 0.0 for regime in Regime]
    return own + [haven] * (len(series) - traded)
