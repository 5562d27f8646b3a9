"""What a genome is to the step: its rules.

Three genes act elsewhere: `crisis_threshold` is the index above which the whole book's market is in crisis,
`mean_reversion_period` the window of the whole book's range, `safe_haven_allocation` the weight of the haven's rules.
"""

import math

from models.specialists.genomes import Genome
from models.specialists.rules import NEVER, OFF, Rules, held_rules, plain_rules
from models.types.regimes import Regime

HOURS_OF_A_DAY = 24.0


def rules_of(genome: Genome, bars_per_day: float, share: float, shorts: float) -> Rules:
    """Rules of the specialist: positions are left by their levels and their time, never because the edge turned.

    Args:
        genome: the specialist.
        bars_per_day: bars of the traded series on one day; a holding time shorter than a bar is one bar.
        share: what the position manager leaves of every size in the specialist's regime, 0..1.
        shorts: 1.0 where a falling edge is sold short, 0.0 where it is not.
    """
    genes = genome.named
    figures = {
        Regime.VOLATILE: _volatile,
        Regime.TRENDING: _trending,
        Regime.RANGING: _ranging,
        Regime.CRISIS: _crisis,
    }[genome.specialist](genes)
    days = genes["max_holding_days"] if "max_holding_days" in genes else genes["max_holding_hours"] / HOURS_OF_A_DAY
    base = plain_rules(1.0, genes["position_size_pct"], share, OFF, OFF, shorts)
    return base._replace(exit_edge=NEVER, max_bars=_whole_bars(days, bars_per_day), **figures)


def haven_rules_of(crisis: Genome, band: float) -> tuple[Rules, Rules, Rules, Rules]:
    """Rules of the haven by the regime's code: nothing is held of it, in crisis the genome's allocation.

    `band` is the share of the wanted value that the held one may be away from it.
    """
    nothing, allocation = held_rules(0.0, band), held_rules(crisis["safe_haven_allocation"], band)
    return nothing, nothing, nothing, allocation


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


def _whole_bars(days: float, bars_per_day: float) -> float:
    # A sum of parts may miss a whole number by its last bits: 1e-9 of a bar is none.
    return max(1.0, float(math.floor(days * bars_per_day + 1e-9)))
