"""Every field of Rules, of Controller, of RiskProfile and of House changes what is done: two values of each, and what
differs.
"""

from functools import cache

import pytest
from genomes import INSTRUMENT, random_symbol
from single import single

from models.engine import Run, Slot, System, first_state, parameters_of, run_backtest
from models.meta import Controller, plain_controller
from models.risk import House, RiskProfile, no_house
from models.specialists import NEVER, OFF, Rules, held_rules, plain_rules
from models.types import Reason

CAPITAL = 10_000.0
BASE = plain_rules(0.5, 0.3, 1.0, 0.03, 0.05, shorts=1.0)._replace(exit_edge=NEVER, max_bars=24.0)
LOOSE = RiskProfile(5.0, 5.0, 5.0, 5.0, 0.99, 9.0, 1.0, 1.0)
TRAILS, PARTLY = BASE._replace(stop_loss=OFF), BASE._replace(partial_at=0.01, partial_share=0.5)
PATIENT = BASE._replace(max_bars=60.0, stop_loss=OFF, take_profit=OFF)
TAKES = PATIENT._replace(takes_over=1.0, max_bars=12.0)
HELD = held_rules(0.5, 0.0)
# Field -> the rules it is looked at in, and its two values
RULES = {
    "entry_multiple": (BASE, 0.5, 2.0),
    "exit_edge": (BASE, NEVER, 0.0),
    "size": (BASE, 0.3, 0.1),
    "share": (BASE, 1.0, 0.5),
    "shorts": (BASE, 1.0, 0.0),
    "limit_offset": (BASE, 0.0, 0.002),
    "stop_loss": (BASE, 0.03, 0.01),
    "stop_atr": (BASE, OFF, 1.0),
    "range_stop": (BASE, OFF, 0.002),
    "take_profit": (BASE, 0.05, 0.01),
    "take_ratio": (BASE, OFF, 0.5),
    "range_target": (BASE, OFF, 0.9),
    "trail": (TRAILS, OFF, 0.02),
    "trail_atr": (TRAILS, OFF, 2.0),
    "partial_at": (PARTLY, OFF, 0.01),
    "partial_share": (PARTLY, 0.5, 0.25),
    "max_bars": (BASE, 24.0, 3.0),
    "max_entries": (BASE, OFF, 1.0),
    "sentiment_weight": (BASE, 0.0, 1.0),
    "momentum_weight": (BASE, 0.0, 1.0),
    "oscillator_weight": (BASE, 0.0, 1.0),
    "least_volatility": (BASE, 0.0, 1.0),
    "least_trend": (BASE, 0.0, 25.0),
    "pullback": (BASE, 0.0, 1.0),
    "most_width": (BASE, OFF, 1.0),
    "near_edge": (BASE, OFF, 0.005),
    "max_exposure": (BASE, OFF, 0.2),
    "least_cash": (BASE, 0.0, 0.85),
    "leaves": (PATIENT, 0.0, 1.0),
    "takes_over": (TAKES, 0.0, 1.0),
    "weight": (HELD, 0.5, 0.4),
    "band": (HELD, 0.0, 0.1),
}


@cache
def market():
    """Of which a position loses a twentieth in a day on either side, and gets all of its size."""
    panel = random_symbol(5, 1500)
    panel.tails[:, :] = 0.05, 0.05, 1.0, 0.0
    return panel


def orders(
    rules: Rules,
    controller: Controller | None = None,
    profile: RiskProfile = LOOSE,
    house: House | None = None,
) -> Run:
    systems = single(profile, (rules,) * 4, (INSTRUMENT._replace(class_limit=5.0),), CAPITAL, None, controller)
    return run_backtest(market(), parameters_of(systems, house or no_house()), first_state(systems))


def test_no_field_is_left_out():
    assert tuple(RULES) == Rules._fields
    assert tuple(CONTROLLERS) == Controller._fields
    assert tuple(PROFILES) == RiskProfile._fields
    assert tuple(HOUSES) == House._fields


@pytest.mark.parametrize("field", RULES)
def test_a_rule_changes_what_is_ordered_or_filled(field):
    rules, *values = RULES[field]
    one, other = (orders(rules._replace(**{field: value})) for value in values)
    assert min(len(one.fills), len(other.fills)) > 4
    assert one.fills.tolist() != other.fills.tolist()


def test_max_exposure_cuts_what_is_taken_over_too():
    one, other = (orders(TAKES._replace(max_exposure=value)) for value in (OFF, 0.3))
    assert Reason.REDUCE_EXPOSURE not in one.reasons
    assert (other.reasons == Reason.REDUCE_EXPOSURE).sum() > 4


# A trend that loses at once and often, and a range that does not.
NERVOUS = Controller(1.0, 0.2, 0.19, 5.0, 20.0, OFF, 0.5)
CONTROLLERS = {
    "adaptive": (1.0, 0.0),
    "underperformance": (0.2, 0.3),
    "recovery": (0.19, 0.0),
    "prior_trades": (5.0, 80.0),
    "memory_days": (20.0, 3.0),
    "crowded_at": (OFF, 0.2),
    "crowded_share": (0.5, 0.2),
}


@pytest.mark.parametrize("field", CONTROLLERS)
def test_a_figure_of_the_controller_changes_what_is_ordered(field):
    crowds = field.startswith("crowded")
    base = plain_controller()._replace(crowded_at=0.2, crowded_share=0.5) if crowds else NERVOUS
    runs = [beside(base._replace(**{field: value})) for value in CONTROLLERS[field]]
    assert min(len(run.fills) for run in runs) > 20
    assert runs[0].fills.tolist() != runs[1].fills.tolist()


def beside(controller: Controller) -> Run:
    """Two rows of the same symbol, so that one stands beside the other."""
    venue = INSTRUMENT._replace(class_limit=5.0)
    rules = tuple(BASE._replace(take_profit=target) for target in (0.05, 0.01, 0.02, 0.03))
    slots = (Slot("A", 0, 0, False, venue, rules), Slot("B", 0, 0, False, venue, rules[::-1]))
    systems = (System("swing", CAPITAL, LOOSE, controller, slots),)
    return run_backtest(market(), parameters_of(systems, no_house()), first_state(systems))


TIGHT = {"max_drawdown": 0.01}
PROFILES = {
    "max_portfolio_risk": ({}, 5.0, 0.003),
    "max_position_risk": ({}, 5.0, 0.003),
    "max_position": ({}, 5.0, 0.1),
    "max_leverage": ({}, 5.0, 0.2),
    "max_drawdown": ({}, 0.99, 0.01),
    "kelly_fraction": ({}, 9.0, 0.001),
    "pause_days": (TIGHT, 1.0, 9.0),
    "horizon": ({"kelly_fraction": 0.01}, 1.0, 9.0),
}


@pytest.mark.parametrize("field", PROFILES)
def test_a_limit_of_the_profile_changes_what_is_ordered(field):
    base, *values = PROFILES[field]
    one, other = (orders(BASE, profile=LOOSE._replace(**base, **{field: value})) for value in values)
    assert min(len(one.fills), len(other.fills)) > 4
    assert one.fills.tolist() != other.fills.tolist()


DRAWS = {"entries_drawdown": 0.01, "max_drawdown": 0.2, "pause_days": 1.0, "delever_floor": 0.1}
HOUSES = {
    "entries_drawdown": ({"pause_days": 1.0}, OFF, 0.01),
    "max_drawdown": ({"flatten_days": 1.0}, OFF, 0.02),
    "daily_loss": ({"reduce_days": 1.0}, OFF, 0.01),
    "weekly_loss": ({"flatten_days": 1.0}, OFF, 0.02),
    "max_var": ({}, OFF, 0.005),
    "halt_var": ({"reduce_days": 1.0}, OFF, 0.01),
    "pause_days": ({"entries_drawdown": 0.01}, 1.0, 5.0),
    "reduce_days": ({"daily_loss": 0.01}, 1.0, 5.0),
    "flatten_days": ({"weekly_loss": 0.02}, 1.0, 20.0),
    "max_positions": ({}, 1.0, 0.0),
    "max_trades": ({}, OFF, 1.0),
    "max_capital": ({}, OFF, 1_000.0),
    "delever_floor": (DRAWS, 1.0, 0.1),
    "delever_band": (DRAWS, 0.0, 0.5),
}


@pytest.mark.parametrize("field", HOUSES)
def test_a_limit_of_the_account_changes_what_is_ordered(field):
    base, *values = HOUSES[field]
    one, other = (orders(BASE, house=no_house()._replace(**{**base, field: value})) for value in values)
    assert len(one.fills) > 4
    assert len(other.fills) > 4 or field == "max_positions"
    assert one.fills.tolist() != other.fills.tolist()
