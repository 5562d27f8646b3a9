"""The genes are the specification's, and nothing out of their bounds is taken."""

import math

import numpy as np
import pytest

from models.specialists.genes import GENES, Gene, bounds
from models.types import BadInput, Regime

# Copied from the specification by hand: name, least, largest.
TABLE = {
    Regime.VOLATILE: [
        ("entry_threshold", 0, 5),
        ("position_size_pct", 0.01, 0.10),
        ("stop_loss_pct", 0.01, 0.05),
        ("take_profit_pct", 0.02, 0.10),
        ("max_holding_hours", 1, 48),
        ("fear_greed_weight", 0, 1),
        ("volatility_filter", 0.5, 2.0),
        ("max_trades_per_day", 1, 10),
    ],
    Regime.TRENDING: [
        ("trend_strength_min", 20, 30),
        ("position_size_pct", 0.03, 0.10),
        ("stop_loss_atr", 1.0, 3.0),
        ("take_profit_ratio", 2.0, 5.0),
        ("max_holding_days", 1, 10),
        ("momentum_weight", 0, 1),
        ("pullback_entry", False, True),
        ("trailing_stop_pct", 0.05, 0.20),
    ],
    Regime.RANGING: [
        ("range_identification", 0.5, 2.0),
        ("position_size_pct", 0.03, 0.08),
        ("entry_from_edge_pct", 0.01, 0.05),
        ("stop_beyond_range", 0.02, 0.05),
        ("target_opposite_pct", 0.80, 0.95),
        ("mean_reversion_period", 10, 50),
        ("oscillator_weight", 0, 1),
        ("max_holding_days", 1, 7),
    ],
    Regime.CRISIS: [
        ("crisis_threshold", 30, 40),
        ("position_size_pct", 0.005, 0.02),
        ("stop_loss_pct", 0.005, 0.02),
        ("take_profit_pct", 0.01, 0.03),
        ("max_exposure", 0.10, 0.30),
        ("cash_preservation", 0.50, 0.90),
        ("safe_haven_allocation", 0, 0.50),
        ("max_holding_hours", 0.5, 6),
    ],
}
KINDS = {"max_trades_per_day": "integer", "mean_reversion_period": "integer", "pullback_entry": "switch"}
EVERY = [pytest.param(gene, id=f"{of.name.lower()}-{gene.name}") for of in Regime for gene in GENES[of]]
FLOATS = [one for one in EVERY if one.values[0].kind == "float"]
INTEGERS = [one for one in EVERY if one.values[0].kind == "integer"]


def refused(gene: Gene, written: object) -> bool:
    with pytest.raises(BadInput) as refusal:
        gene.read(written)
    return str(refusal.value).startswith(f"{gene.name}: found ") and gene.allowed in str(refusal.value)


@pytest.mark.parametrize("specialist", list(Regime))
def test_names_order_and_bounds_are_those_of_the_specification(specialist):
    assert [(gene.name, gene.low, gene.high) for gene in GENES[specialist]] == TABLE[specialist]
    assert list(bounds(specialist).items()) == [(name, (low, high)) for name, low, high in TABLE[specialist]]


@pytest.mark.parametrize("gene", EVERY)
def test_every_gene_has_its_kind_a_unit_and_a_meaning(gene):
    assert gene.kind == KINDS.get(gene.name, "float")
    assert gene.unit
    assert gene.meaning.endswith(".")


@pytest.mark.parametrize("gene", EVERY)
def test_both_ends_are_allowed_and_nothing_beyond_them(gene):
    assert gene.checked(gene.low) == gene.low
    assert gene.checked(gene.high) == gene.high
    for beyond in (math.nextafter(gene.low, -math.inf), math.nextafter(gene.high, math.inf)):
        with pytest.raises(BadInput, match=f"^{gene.name}: found "):
            gene.checked(beyond)


@pytest.mark.parametrize("gene", EVERY)
@pytest.mark.parametrize(
    "written", [math.nan, math.inf, -math.inf, -1, 1000, 10**400, -(10**400), "1", None, [1], {}, "NaN"], ids=repr
)
def test_what_is_no_value_of_it_is_refused_by_its_name(gene, written):
    assert refused(gene, written)


@pytest.mark.parametrize("gene", FLOATS)
def test_a_float_may_be_written_as_an_integer_and_is_no_truth_value(gene):
    whole = math.floor(gene.high)
    if gene.low <= whole:
        assert type(gene.read(whole)) is float
        assert gene.read(whole) == whole
    assert refused(gene, True)
    assert refused(gene, False)


@pytest.mark.parametrize("gene", INTEGERS)
def test_an_integer_is_written_as_one(gene):
    assert gene.read(int(gene.high)) == gene.high
    for written in (gene.high, gene.low + 0.5, True):
        assert refused(gene, written)
    with pytest.raises(BadInput, match="a whole number from"):
        gene.checked(gene.low + 0.5)


def test_a_switch_is_true_or_false():
    pullback = GENES[Regime.TRENDING][6]
    assert [pullback.read(False), pullback.read(True)] == [0.0, 1.0]
    for written in (0, 1, 0.0, 1.0, 0.5, "true"):
        assert refused(pullback, written)
    with pytest.raises(BadInput, match="true or false"):
        pullback.checked(0.5)


@pytest.mark.parametrize("value", [True, 1, "1.0", None])
def test_in_memory_only_floats_are_genes(value):
    with pytest.raises(BadInput, match=r"^fear_greed_weight: found "):
        GENES[Regime.VOLATILE][5].checked(value)


def test_a_vector_of_numpy_is_taken_and_a_negative_zero_becomes_zero():
    weight = GENES[Regime.VOLATILE][5]
    assert type(weight.checked(np.float64(0.25))) is float
    assert math.copysign(1.0, weight.checked(-0.0)) == 1.0
    assert math.copysign(1.0, weight.read(-0.0)) == 1.0


def test_what_is_written_has_the_type_of_its_kind():
    table = {gene.name: gene for of in Regime for gene in GENES[of]}
    written = [
        table[name].written(value)
        for name, value in [("max_trades_per_day", 3.0), ("pullback_entry", 1.0), ("momentum_weight", 1.0)]
    ]
    assert written == [3, True, 1.0]
    assert [type(one) for one in written] == [int, bool, float]
