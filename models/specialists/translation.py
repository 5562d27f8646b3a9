"""What a genome is to the step: its rules.

Three genes act elsewhere: `crisis_threshold` is the index above which the whole book's market is in crisis,
`mean_reversion_period` the window of the whole book's range, `safe_haven_allocation` the weight of the haven's rules.
"""

import math

from models.specialists.genomes import Genome
from models.specialists.rules import NEVER, OFF, Rules, held_rules, plain_rules
from models.types.regimes import Regime


def rules_of(
    genome: Genome, bar_hours: float, bars_per_day: float, share: float, shorts: float, entry_multiple: float
) -> Rules:
    """Rules of the specialist: positions are left by their levels and their time, never because the edge turned.

    Args:
        genome: the specialist.
        bar_hours, bars_per_day: length of the traded series' bars, and how many one day of trading has: hours and days
            of holding are counted in bars (a daily bar is 24 hours), and what is shorter than a bar is one bar.
        share: what the position manager leaves of every size in the specialist's regime, 0..1.
        shorts: 1.0 where a falling edge is sold short, 0.0 where it is not.
        entry_multiple: least edge of an entry, in costs of a round trip, of specialists without a gene for that.
    """
    genes = genome.named
    figures = {
        Regime.VOLATILE: _volatile,
        Regime.TRENDING: _trending,
        Regime.RANGING: _ranging,
        Regime.CRISIS: _crisis,
    }[genome.specialist](genes)
    if "max_holding_days" in genes:
        bars = genes["max_holding_days"] * bars_per_day
    else:
        bars = genes["max_holding_hours"] / bar_hours
    base = plain_rules(entry_multiple, genes["position_size_pct"], share, OFF, OFF, shorts)
    return base._replace(exit_edge=NEVER, max_bars=_whole(bars), **figures)


def haven_rules_of(crisis: Genome, band: float) -> tuple[Rules, Rules, Rules, Rules]:
    """Rules of the haven by the regime's code: nothing is held of it, in crisis the genome's allocation, as far as the
    cash that the genome keeps is left.

    `band` is the share of the wanted value that the held one may be away from it.
    """
    nothing, allocation = held_rules(0.0, band), held_rules(crisis["safe_haven_allocation"], band)
    return nothing, nothing, nothing, allocation._replace(least_cash=crisis["cash_preservation"])


def _volatile(genes: dict[str, float]) -> dict[str, float]:
    return {
        "entry_multiple": genes["entry_threshold"],
        "stop_loss": genes["stop_loss_pct"],
        "take_profit": genes["take_profit_pct"],
        "sentiment_weight": genes["fear_greed_weight"],
        "least_volatility": genes["volatility_filter"],
        "max_entries": genes["max_trades_per_day"],
    }


def _trending(genes: dict[str, float]) -> dict[str, float]:
    return {
        "least_trend": genes["trend_strength_min"],
        "stop_atr": genes["stop_loss_atr"],
        "take_ratio": genes["take_profit_ratio"],
        "momentum_weight": genes["momentum_weight"],
        "pullback": genes["pullback_entry"],
        "trail": genes["trailing_stop_pct"],
    }


def _ranging(genes: dict[str, float]) -> dict[str, float]:
    return {
        "most_width": genes["range_identification"],
        "near_edge": genes["entry_from_edge_pct"],
        "range_stop": genes["stop_beyond_range"],
        "range_target": genes["target_opposite_pct"],
        "oscillator_weight": genes["oscillator_weight"],
    }


def _crisis(genes: dict[str, float]) -> dict[str, float]:
    return {
        "stop_loss": genes["stop_loss_pct"],
        "take_profit": genes["take_profit_pct"],
        "max_exposure": genes["max_exposure"],
        "least_cash": genes["cash_preservation"],
        "leaves": 1.0,
        "takes_over": 1.0,
    }


def _whole(bars: float) -> float:
    # A sum of parts may miss a whole number by its last bits: 1e-9 of a bar is none.
    return max(1.0, float(math.floor(bars + 1e-9)))
