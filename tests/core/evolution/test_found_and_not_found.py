"""Where an edge is planted it is found, passes every gate and is measured; where there is none nothing passes.

The seed is one whose four intervals, 95 % each, all have what was planted. How many of 80 do, how often a planted edge
passes, and 20 seeds without one for every specialist: `test_planted_table.py`, docs/planted-edges.md.
"""

from functools import cache

import pytest
from planted_studies import Studied, studied

from models.types import Regime

# 19 shuffled copies are the fewest whose rank can pass a threshold of 0.05.
SMALL = {
    "generations": 8,
    "population": 32,
    "folds": 2,
    "placebo_draws": 19,
    "placebo_generations": 3,
    "neighbours": 16,
    "sampled": 30,
    "least_bars": 500,
}
PLANTED_BARS, SEED = 20_000, 3
# 500 days.
EMPTY_BARS, SEEDS = 12_000, 20


@cache
def rich() -> dict[Regime, Studied]:
    found = studied("planted", PLANTED_BARS, SEED, list(Regime), SMALL, None)
    return {one.candidate.specialist: one for one in found}


@pytest.mark.xdist_group("planted")
@pytest.mark.parametrize("specialist", Regime)
def test_a_planted_edge_is_found_and_passes_every_gate(specialist):
    found = rich()[specialist].candidate
    assert found.matched
    assert [one.sentence for one in found.gates if not one.passed] == []
    assert found.passed
    assert len(found.gates) == 10
    assert found.out_of_sample.sharpe > 2.0


@pytest.mark.xdist_group("planted")
@pytest.mark.parametrize("specialist", Regime)
def test_a_planted_edge_is_measured_within_its_interval(specialist):
    edge = rich()[specialist].edge
    assert edge.entries >= 50
    assert edge.low <= edge.planted <= edge.high
    assert edge.low <= edge.said <= edge.high
    assert edge.low > 0.0


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_passes_where_nothing_is_to_be_found(seed):
    kind = ("walk", "shuffled")[seed % 2]
    specialist = list(Regime)[seed // 2 % len(Regime)]
    (found,) = studied(kind, EMPTY_BARS, seed, [specialist], SMALL, None)
    told = [one.name for one in found.candidate.gates if one.passed]
    print(f"{kind} {seed}: {specialist.name.lower()} passes {len(told)} of 10 gates: {', '.join(told)}")
    assert found.candidate.matched
    assert not found.candidate.passed
