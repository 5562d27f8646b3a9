"""A matrix of genes as the matrix of rules that the evaluator runs."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from models.evolution.ground import PERIODS, THRESHOLDS
from models.specialists.genes import GENES
from models.specialists.genomes import Genome, Lineage
from models.specialists.rules import Rules
from models.specialists.translation import rules_of
from models.types import BoolArray, FloatArray, Regime

# Genes by the field of Rules that they are; the others act through `max_bars` or change the market itself.
FIELDS = {
    Regime.VOLATILE: {
        "entry_threshold": "entry_multiple",
        "position_size_pct": "size",
        "stop_loss_pct": "stop_loss",
        "take_profit_pct": "take_profit",
        "fear_greed_weight": "sentiment_weight",
        "volatility_filter": "least_volatility",
        "max_trades_per_day": "max_entries",
    },
    Regime.TRENDING: {
        "trend_strength_min": "least_trend",
        "position_size_pct": "size",
        "stop_loss_atr": "stop_atr",
        "take_profit_ratio": "take_ratio",
        "momentum_weight": "momentum_weight",
        "pullback_entry": "pullback",
        "trailing_stop_pct": "trail",
    },
    Regime.RANGING: {
        "range_identification": "most_width",
        "position_size_pct": "size",
        "entry_from_edge_pct": "near_edge",
        "stop_beyond_range": "range_stop",
        "target_opposite_pct": "range_target",
        "oscillator_weight": "oscillator_weight",
    },
    Regime.CRISIS: {
        "position_size_pct": "size",
        "stop_loss_pct": "stop_loss",
        "take_profit_pct": "take_profit",
        "max_exposure": "max_exposure",
        "cash_preservation": "least_cash",
    },
}
# The gene that changes what the market looks like, and the values of it that a search tries.
STRUCTURAL: dict[Regime, tuple[str, tuple[float, ...]]] = {
    Regime.RANGING: ("mean_reversion_period", tuple(float(one) for one in PERIODS)),
    Regime.CRISIS: ("crisis_threshold", THRESHOLDS),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What else the rules of a specialist depend on: see `rules_of`."""

    bar_hours: float
    bars_per_day: float
    share: float
    shorts: float
    entry_multiple: float


def names_of(specialist: Regime) -> tuple[str, ...]:
    """Its genes, in the order of the columns."""
    return tuple(gene.name for gene in GENES[specialist])


def bounds_of(specialist: Regime) -> tuple[FloatArray, FloatArray]:
    """Least and largest values of its genes, shape (8,) each."""
    genes = GENES[specialist]
    return np.array([gene.low for gene in genes]), np.array([gene.high for gene in genes])


def kinds_of(specialist: Regime) -> tuple[BoolArray, BoolArray]:
    """Which of its genes are whole numbers, and which are switches; shape (8,) each."""
    kinds = np.array([gene.kind for gene in GENES[specialist]])
    return kinds == "integer", kinds == "switch"


def grids_of(specialist: Regime) -> dict[int, FloatArray]:
    """Columns of which only some values are tried, and these values, ascending."""
    if specialist not in STRUCTURAL:
        return {}
    name, values = STRUCTURAL[specialist]
    return {names_of(specialist).index(name): np.array(values)}


def genome_of_row(specialist: Regime, row: FloatArray, lineage: Lineage) -> Genome:
    """The genome whose genes are a row of the matrix, shape (8,)."""
    return Genome(specialist, tuple(float(one) for one in row), lineage)


def genome_row(genome: Genome) -> FloatArray:
    """Its genes as a row of the matrix, shape (8,)."""
    return np.array(genome.genes)


def rules_rows(specialist: Regime, genes: FloatArray, terms: Terms) -> FloatArray:
    """Rules of each row of `genes` (n, 8), shape (n, 32): to the bit what `rules_of` gives for its genome."""
    rows = np.tile(_template(specialist, terms), (genes.shape[0], 1))
    names = names_of(specialist)
    for name, field in FIELDS[specialist].items():
        rows[:, Rules._fields.index(field)] = genes[:, names.index(name)]
    if "max_holding_days" in names:
        bars = genes[:, names.index("max_holding_days")] * terms.bars_per_day
    else:
        bars = genes[:, names.index("max_holding_hours")] / terms.bar_hours
    rows[:, Rules._fields.index("max_bars")] = np.maximum(1.0, np.floor(bars + 1e-9))
    return rows


@cache
def _template(specialist: Regime, terms: Terms) -> FloatArray:
    """Rules of the genome with the least of every gene: what no gene says is the same in all."""
    genome = genome_of_row(specialist, bounds_of(specialist)[0], Lineage((), 0, "template", None))
    return np.array(
        rules_of(genome, terms.bar_hours, terms.bars_per_day, terms.share, terms.shorts, terms.entry_multiple)
    )
