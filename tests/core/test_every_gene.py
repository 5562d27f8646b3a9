"""Every gene of every specialist is felt: low, in the middle and high it makes other orders."""

from dataclasses import replace

import numpy as np
import pytest
from changed_genomes import changed
from gene_markets import GeneMarket, made_market, moved

from models.engine.trades import trades_of
from models.specialists.genes import GENES, Gene
from models.types import Leg, Regime
from models.types.timeframes import MINUTE

# What lets a gene be the one that binds.
BESIDE = {
    (Regime.VOLATILE, "max_trades_per_day"): {
        "max_holding_hours": 1.0,
        "volatility_filter": 0.5,
        "entry_threshold": 0.0,
        "stop_loss_pct": 0.01,
    },
    # Ranges of which the far edge is out of reach for days.
    (Regime.RANGING, "max_holding_days"): {
        "stop_beyond_range": 0.05,
        "target_opposite_pct": 0.95,
        "range_identification": 2.0,
    },
    # A haven that takes some of the cash: else the exposure that the crisis allows leaves more than 0.7 of it anyhow.
    (Regime.CRISIS, "cash_preservation"): {"safe_haven_allocation": 0.15, "max_exposure": 0.30},
    (Regime.TRENDING, "trailing_stop_pct"): {"stop_loss_atr": 3.0, "take_profit_ratio": 5.0},
}
# Positions of the others that the crisis finds.
LOADED = changed(Regime.TRENDING, position_size_pct=0.10, stop_loss_atr=3.0, take_profit_ratio=5.0)
ALL_GENES = [(specialist, gene) for specialist, genes in GENES.items() for gene in genes]


def values_of(gene: Gene) -> list[float]:
    middle = (gene.low + gene.high) / 2.0
    if gene.kind == "switch":
        return [gene.low, gene.high]
    return [gene.low, float(round(middle)) if gene.kind == "integer" else middle, gene.high]


@pytest.fixture(scope="module")
def market() -> GeneMarket:
    return made_market()


def test_there_are_eight_genes_of_each() -> None:
    assert len(ALL_GENES) == 32
    assert {len(genes) for genes in GENES.values()} == {8}


@pytest.mark.parametrize(("specialist", "gene"), ALL_GENES, ids=lambda one: getattr(one, "name", str(one)).lower())
def test_a_gene_makes_other_decisions(market: GeneMarket, specialist: Regime, gene: Gene) -> None:
    beside = BESIDE.get((specialist, gene.name), {})
    others = () if specialist == Regime.TRENDING else (LOADED,)
    found = [market.decisions(*others, moved(specialist, gene.name, value, beside)) for value in values_of(gene)]
    assert len(set(found)) == len(found)
    assert found[0] == market.decisions(*others, moved(specialist, gene.name, gene.low, beside))


def test_a_holding_time_below_an_hour_is_a_bar_of_half_an_hour(market: GeneMarket) -> None:
    longest = {}
    for hours in (0.5, 1.0, 6.0):
        run = market.run(
            moved(Regime.CRISIS, "max_holding_hours", hours, {"stop_loss_pct": 0.02, "take_profit_pct": 0.03})
        )
        trades = [one for one in trades_of(run.executions(), run.intents(), {}) if one.symbol != "S6"]
        entered = {
            (one.symbol, one.ts) for one in run.executions() if one.leg == Leg.ENTRY and one.specialist == "crisis"
        }
        own = [one for one in trades if (one.symbol, one.entered) in entered]
        assert len(own) > 30
        longest[hours] = max(one.exited - one.entered for one in own)
    # The close of its last bar decides, the open after it is the exit.
    assert longest == {0.5: 30 * MINUTE, 1.0: 60 * MINUTE, 6.0: 360 * MINUTE}


def test_nothing_is_felt_of_a_specialist_that_is_never_in_charge(market: GeneMarket) -> None:
    calm = GeneMarket(
        tuple(replace(one, known_index=np.full(len(one.bars), 15.0)) for one in market.inputs),
        market.edges,
        market.context,
        market.has_haven,
    )
    ends = [
        calm.decisions(moved(Regime.CRISIS, gene.name, value, {}))
        for gene in GENES[Regime.CRISIS]
        for value in (gene.low, gene.high)
    ]
    assert len(set(ends)) == 1
