"""Every gene is felt on real bars too: half-hourly BTC, ETH and XRP, with a made haven beside them."""

from pathlib import Path

import numpy as np
import pytest
from changed_genomes import changed
from gene_markets import ALWAYS, GeneMarket, haven_bars, moved

from models.features import FeatureInputs
from models.specialists.genes import GENES, Gene
from models.types import Regime
from tasks.adapters.archives import read_archive

pytestmark = pytest.mark.realdata

COINS = ("btc", "eth", "xrp")
# From September 2020 to May 2022: a bull market, two crashes, a slow fall.
BARS = 30_000
HORIZON = 6
LOADED = changed(Regime.TRENDING, position_size_pct=0.10, stop_loss_atr=3.0, take_profit_ratio=5.0)
BESIDE = {
    (Regime.RANGING, "max_holding_days"): {
        "stop_beyond_range": 0.05,
        "target_opposite_pct": 0.95,
        "range_identification": 2.0,
    },
    (Regime.CRISIS, "cash_preservation"): {"safe_haven_allocation": 0.15, "max_exposure": 0.30},
    (Regime.TRENDING, "trailing_stop_pct"): {"stop_loss_atr": 3.0, "take_profit_ratio": 5.0},
}
ALL_GENES = [(specialist, gene) for specialist, genes in GENES.items() for gene in genes]


@pytest.fixture(scope="module")
def market(market_data: Path) -> GeneMarket:
    """What is predicted is that half of the last moves goes on: nothing that one should trade on, but it is causal."""
    files = {one: market_data / f"{one}usdt_binance_30m_2020-09_2024-12.parquet" for one in COINS}
    traded = [read_archive(path, f"{one.upper()}/USDT").rows(slice(0, BARS)) for one, path in files.items()]
    assert all((one.ts == traded[0].ts).all() for one in traded)
    edges = [
        np.append(np.full(HORIZON, np.nan), 5e3 * np.log(one.close[HORIZON:] / one.close[:-HORIZON])) for one in traded
    ]
    bars = (*traded, haven_bars(traded[0].ts))
    unknown = np.full(BARS, np.nan)
    inputs = tuple(FeatureInputs(one, ALWAYS, "30m", unknown, None) for one in bars)
    return GeneMarket(inputs, (*edges, unknown), "1d", True, trigger="1h")


@pytest.mark.parametrize(("specialist", "gene"), ALL_GENES, ids=lambda one: getattr(one, "name", str(one)).lower())
def test_a_gene_makes_other_decisions_on_real_bars(market: GeneMarket, specialist: Regime, gene: Gene) -> None:
    beside = BESIDE.get((specialist, gene.name), {})
    others = () if specialist == Regime.TRENDING else (LOADED,)
    ends = [market.decisions(*others, moved(specialist, gene.name, value, beside)) for value in (gene.low, gene.high)]
    assert ends[0] != ends[1]
