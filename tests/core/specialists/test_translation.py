"""Every gene arrives in the rules, in its own place and in no other."""

import math

import pytest

from models.specialists.genes import GENES
from models.specialists.genomes import Genome, Lineage
from models.specialists.rules import NEVER, OFF, Rules, held_rules, plain_rules
from models.specialists.translation import haven_rules_of, rules_of
from models.types import Regime

LINEAGE = Lineage((), 0, "by hand", None)
# Gene, and the rule that it is; what is None acts outside the rules.
PLACES = {
    Regime.VOLATILE: {
        "entry_threshold": "entry_multiple",
        "position_size_pct": "size",
        "stop_loss_pct": "stop_loss",
        "take_profit_pct": "take_profit",
        "max_holding_hours": "max_bars",
        "fear_greed_weight": "sentiment_weight",
        "volatility_filter": "least_volatility",
        "max_trades_per_day": "max_entries",
    },
    Regime.TRENDING: {
        "trend_strength_min": "least_trend",
        "position_size_pct": "size",
        "stop_loss_atr": "stop_atr",
        "take_profit_ratio": "take_ratio",
        "max_holding_days": "max_bars",
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
        "mean_reversion_period": None,
        "oscillator_weight": "oscillator_weight",
        "max_holding_days": "max_bars",
    },
    Regime.CRISIS: {
        "crisis_threshold": None,
        "position_size_pct": "size",
        "stop_loss_pct": "stop_loss",
        "take_profit_pct": "take_profit",
        "max_exposure": "max_exposure",
        "cash_preservation": "least_cash",
        "safe_haven_allocation": None,
        "max_holding_hours": "max_bars",
    },
}
MIDDLE = {
    Regime.VOLATILE: (2.0, 0.03, 0.02, 0.05, 24.0, 0.4, 1.1, 4.0),
    Regime.TRENDING: (24.0, 0.05, 2.0, 3.0, 5.0, 0.6, 1.0, 0.1),
    Regime.RANGING: (1.2, 0.06, 0.03, 0.04, 0.85, 30.0, 0.7, 4.0),
    Regime.CRISIS: (34.0, 0.011, 0.012, 0.021, 0.22, 0.66, 0.33, 3.0),
}
NONE = plain_rules(1.0, 0.0, 0.5, OFF, OFF, 1.0)._replace(exit_edge=NEVER)
ROWS = [
    (Regime.VOLATILE, NONE._replace(
        entry_multiple=2.0, size=0.03, stop_loss=0.02, take_profit=0.05, max_bars=24.0, sentiment_weight=0.4,
        least_volatility=1.1, max_entries=4.0,
    )),
    (Regime.TRENDING, NONE._replace(
        size=0.05, least_trend=24.0, stop_atr=2.0, take_ratio=3.0, max_bars=120.0, momentum_weight=0.6, pullback=1.0,
        trail=0.1,
    )),
    (Regime.RANGING, NONE._replace(
        size=0.06, most_width=1.2, near_edge=0.03, range_stop=0.04, range_target=0.85, oscillator_weight=0.7,
        max_bars=96.0,
    )),
    (Regime.CRISIS, NONE._replace(
        size=0.011, stop_loss=0.012, take_profit=0.021, max_exposure=0.22, least_cash=0.66, max_bars=3.0, leaves=1.0,
        takes_over=1.0,
    )),
]  # fmt: skip
EVERY = [pytest.param(of, gene, id=f"{of.name.lower()}-{gene.name}") for of in Regime for gene in GENES[of]]


def genome(specialist, **others):
    named = {gene.name: value for gene, value in zip(GENES[specialist], MIDDLE[specialist], strict=True)} | others
    return Genome(specialist, tuple(named.values()), LINEAGE)


@pytest.mark.parametrize(("specialist", "expected"), ROWS)
def test_a_genome_is_these_rules(specialist, expected):
    assert rules_of(genome(specialist), 1.0, 24.0, 0.5, 1.0, 1.0) == expected


def test_rules_are_floats_all_of_them():
    for specialist in Regime:
        assert {type(figure) for figure in rules_of(genome(specialist), 1.0, 24.0, 0.5, 0.0, 1.0)} == {float}


@pytest.mark.parametrize(("specialist", "gene"), EVERY)
def test_every_gene_moves_its_own_rule_and_no_other(specialist, gene):
    place = PLACES[specialist][gene.name]
    low, high = (
        rules_of(genome(specialist, **{gene.name: end}), 1.0, 24.0, 1.0, 0.0, 1.0)._asdict()
        for end in (gene.low, gene.high)
    )
    moved = {name for name in Rules._fields if low[name] != high[name]}
    assert moved == ({place} if place else set())
    if place and place != "max_bars":
        assert (low[place], high[place]) == (gene.low, gene.high)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("shorts", [0.0, 1.0])
def test_the_position_managers_share_and_the_side_are_passed_on(share, shorts):
    for specialist in Regime:
        rules = rules_of(genome(specialist), 1.0, 24.0, share, shorts, 1.0)
        assert (rules.share, rules.shorts) == (share, shorts)


def test_the_bounds_of_the_holding_times_are_these_bars():
    """Rows: gene's value; columns: on 30m, 1h and 1d bars of a market without nights."""
    table = [
        (Regime.VOLATILE, "max_holding_hours", 1.0, (2, 1, 1)),
        (Regime.VOLATILE, "max_holding_hours", 1.5, (3, 1, 1)),
        (Regime.VOLATILE, "max_holding_hours", 47.9, (95, 47, 1)),
        (Regime.VOLATILE, "max_holding_hours", 48.0, (96, 48, 2)),
        (Regime.CRISIS, "max_holding_hours", 0.5, (1, 1, 1)),
        (Regime.CRISIS, "max_holding_hours", 0.9, (1, 1, 1)),
        (Regime.CRISIS, "max_holding_hours", 6.0, (12, 6, 1)),
        (Regime.TRENDING, "max_holding_days", 1.0, (48, 24, 1)),
        (Regime.TRENDING, "max_holding_days", 2.5, (120, 60, 2)),
        (Regime.TRENDING, "max_holding_days", 10.0, (480, 240, 10)),
        (Regime.RANGING, "max_holding_days", 1.99, (95, 47, 1)),
        (Regime.RANGING, "max_holding_days", 7.0, (336, 168, 7)),
    ]
    for specialist, name, value, bars in table:
        one = genome(specialist, **{name: value})
        found = tuple(rules_of(one, 24.0 / a_day, a_day, 1.0, 0.0, 1.0).max_bars for a_day in (48.0, 24.0, 1.0))
        assert found == bars, (specialist, value)


def test_hours_and_days_are_of_trading():
    """Hourly bars of an exchange: seven a session."""
    crisis, trending = genome(Regime.CRISIS, max_holding_hours=6.0), genome(Regime.TRENDING, max_holding_days=2.0)
    assert [rules_of(one, 1.0, 7.0, 1.0, 0.0, 1.0).max_bars for one in (crisis, trending)] == [6.0, 14.0]


def test_specialists_without_a_gene_for_it_want_the_edge_that_the_settings_say():
    found = [rules_of(genome(one), 1.0, 24.0, 1.0, 0.0, 1.7).entry_multiple for one in Regime]
    assert found == [genome(Regime.VOLATILE)["entry_threshold"], 1.7, 1.7, 1.7]


@pytest.mark.parametrize("bars_per_day", [24.0, 48.0, 96.0, 288.0, 1440.0])
def test_whole_hours_are_whole_bars_whatever_the_last_bits(bars_per_day):
    for hours in range(1, 49):
        made = rules_of(
            genome(Regime.VOLATILE, max_holding_hours=float(hours)), 24.0 / bars_per_day, 0.0, 1.0, 0.0, 1.0
        )
        assert made.max_bars == hours * bars_per_day / 24


@pytest.mark.parametrize(("days", "bars_per_day", "bars"), [(1.15, 1440.0, 1656.0), (2.3, 390.0, 897.0)])
def test_a_product_that_misses_a_whole_bar_by_its_last_bits_is_that_bar(days, bars_per_day, bars):
    assert math.floor(days * bars_per_day) == bars - 1.0
    assert rules_of(genome(Regime.RANGING, max_holding_days=days), 1.0, bars_per_day, 1.0, 0.0, 1.0).max_bars == bars


def test_the_haven_is_held_in_crisis_only_and_as_far_as_its_gene_says():
    for allocation in (0.0, 0.33, 0.5):
        crisis = genome(Regime.CRISIS, safe_haven_allocation=allocation)
        rules = haven_rules_of(crisis, 0.2)
        kept = held_rules(allocation, 0.2)._replace(least_cash=crisis["cash_preservation"])
        assert rules == (*(held_rules(0.0, 0.2),) * 3, kept)
        assert [one.weight for one in rules] == [0.0, 0.0, 0.0, allocation]
        assert all(one.band == 0.2 and math.isinf(one.stop_loss) for one in rules)
