"""Every limit of the check before a trade: just below, at and just above, alone and together."""

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from sound_orders import Case, many_positions, sound_case

from conf.home import PROJECT
from models.risk.pre_trade import Check, require_sound
from models.types import Damaged

pytestmark = pytest.mark.risk

HAIR = 1e-6
# Each limit at the very figure of the sound order: 8 units at 100 with a stop at 97, beside 1000 in a position that may
# lose 50 at its stop; equity 10,000 of the system, 20,000 of the account.
EDGES: dict[Check, tuple[float, Callable[[Case, float], Case]]] = {
    Check.PROFILE_POSITION: (0.08, lambda case, at: case.changed(purses_max_position={0: at})),
    Check.ASSET_CLASS: (0.08, lambda case, at: case.changed(limits_class_limit={0: at})),
    Check.POSITION_RISK: (0.0024, lambda case, at: case.changed(purses_max_position_risk={0: at})),
    Check.PORTFOLIO_RISK: (0.0074, lambda case, at: case.changed(purses_max_portfolio_risk={0: at})),
    Check.LEVERAGE: (0.18, lambda case, at: case.changed(purses_max_leverage={0: at})),
    Check.CAPITAL: (1800.0, lambda case, at: case.changed(whole_max_capital=at)),
    Check.VAR: (90.0 / 20_000.0, lambda case, at: case.changed(whole_max_var=at)),
    Check.MIN_NOTIONAL: (-776.0, lambda case, at: case.changed(limits_min_notional={0: -at})),
    Check.SIZE_RANGE: (-0.08, lambda case, at: case.changed(limits_least_size={0: -at})),
    Check.COLLAR: (0.25, lambda case, at: case.changed(holdings_reference={0: 80.0}, whole_collar=at)),
    Check.POSITIONS: (2.0, lambda case, at: case.changed(whole_max_positions=at)),
    Check.TRADES: (5.0, lambda case, at: case.changed(whole_max_trades=at, whole_trades=4.0)),
}


def found(case: Case) -> set[tuple[int, Check]]:
    return {(one.row, one.check) for one in case.violations()}


def test_the_case_is_sound() -> None:
    assert found(sound_case()) == set()
    assert many_positions(50, 50).violations() == ()


@pytest.mark.parametrize("check", list(EDGES))
def test_a_limit_binds_from_just_below_what_is_wanted(check: Check) -> None:
    at, put = EDGES[check]
    hair = abs(at) * HAIR
    assert found(put(sound_case(), at + hair)) == set()
    assert found(put(sound_case(), at)) == set()
    (violation,) = put(sound_case(), at - hair).violations()
    assert (violation.row, violation.check) == (0, check)


@pytest.mark.parametrize("pair", list(itertools.combinations(EDGES, 2)))
def test_limits_bind_side_by_side(pair: tuple[Check, Check]) -> None:
    for chosen in ((0,), (1,), (0, 1)):
        case = sound_case()
        for k, check in enumerate(pair):
            at, put = EDGES[check]
            case = put(case, at - abs(at) * HAIR if k in chosen else at)
        assert found(case) == {(0, pair[k]) for k in chosen}


def test_all_limits_bind_at_once() -> None:
    case = sound_case()
    for at, put in EDGES.values():
        case = put(case, at - abs(at) * HAIR)
    assert found(case) == {(0, check) for check in EDGES}


def test_figures_are_those_of_the_limit() -> None:
    at = {
        Check.PROFILE_POSITION: (800.0, 700.0, sound_case().changed(purses_max_position={0: 0.07})),
        Check.POSITION_RISK: (24.0, 20.0, sound_case().changed(purses_max_position_risk={0: 0.002})),
        Check.PORTFOLIO_RISK: (74.0, 60.0, sound_case().changed(purses_max_portfolio_risk={0: 0.006})),
        Check.LEVERAGE: (1800.0, 1500.0, sound_case().changed(purses_max_leverage={0: 0.15})),
        Check.CAPITAL: (1800.0, 1500.0, sound_case().changed(whole_max_capital=1500.0)),
        Check.VAR: (90.0, 80.0, sound_case().changed(whole_max_var=0.004)),
    }
    for check, (value, allowed, case) in at.items():
        (one,) = case.violations()
        assert (one.check, one.found, one.allowed) == (check, pytest.approx(value), pytest.approx(allowed))


@pytest.mark.parametrize(("cash", "sound"), [(800.96 + 1e-3, True), (800.96, True), (800.96 - 1e-3, False)])
def test_free_equity_pays_for_the_order_and_its_costs(cash: float, sound: bool) -> None:
    case = sound_case().changed(purses_cash={0: cash}, purses_equity={0: cash + 1000.0})
    assert found(case) == (set() if sound else {(0, Check.CASH)})


def test_on_margin_a_part_of_the_value_is_bound() -> None:
    # 9000 are owed; 100 of the 1000 held are bound, so 900 are free: enough for 8000 at a tenth, not for 9000.
    owed = sound_case().changed(
        limits_margin={0: 0.1, 1: 0.1}, purses_cash={0: 0.0}, purses_equity={0: 1000.0}, purses_max_position={0: 10.0}
    )
    wide = owed.changed(purses_max_leverage={0: 20.0}, limits_class_limit={0: 10.0})
    assert found(wide.changed(orders_units={0: 80.0})) == set()
    assert found(wide.changed(orders_units={0: 90.0})) == {(0, Check.CASH)}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"orders_units": {0: math.nan}}, Check.FINITE),
        ({"orders_units": {0: math.inf}}, Check.FINITE),
        ({"orders_limit": {0: -1.0}}, Check.FINITE),
        ({"orders_limit": {0: math.nan}}, Check.FINITE),
        ({"orders_stop": {0: math.nan}}, Check.FINITE),
        ({"orders_stop": {0: -97.0}}, Check.FINITE),
        ({"holdings_close": {0: 0.0}}, Check.FINITE),
        ({"holdings_close": {0: math.nan}}, Check.FINITE),
        ({"orders_units": {0: 8.005}}, Check.LOT),
        ({"orders_units": {0: 8.000001}}, Check.LOT),
        ({"orders_limit": {0: 99.95}}, Check.TICK),
        ({"orders_stop": {0: 97.05}}, Check.TICK),
        ({"orders_stop": {0: 100.0}}, Check.STOP_SIDE),
        ({"orders_stop": {0: 103.0}}, Check.STOP_SIDE),
        ({"orders_units": {0: -8.0}, "orders_stop": {0: 103.0}}, Check.SHORTS),
        ({"orders_units": {0: -8.0}, "orders_stop": {0: 97.0}, "limits_shorts": {0: 1.0}}, Check.STOP_SIDE),
        ({"limits_gate": {0: 73.0}}, Check.GATE),
        ({"whole_level": 1.0}, Check.LADDER),
        ({"purses_paused": {0: 1.0}}, Check.LADDER),
        ({"orders_limit": {0: 79.8}, "orders_stop": {0: 70.0}}, Check.COLLAR),
        ({"holdings_tail_long": {0: math.nan}, "whole_max_var": 1.0}, Check.VAR),
    ],
)
def test_an_order_that_is_not_sound(changes: dict[str, object], check: Check) -> None:
    assert found(sound_case().changed(**changes)) == {(0, check)}


@pytest.mark.parametrize(
    "changes",
    [
        {"orders_units": {0: 8.0 + 1e-9}},
        {"orders_units": {0: 8.01}},
        {"orders_limit": {0: 99.9}},
        {"orders_limit": {0: 79.9}, "orders_stop": {0: 70.0}},
        {"orders_stop": {0: 99.9}},
        {"orders_units": {0: -8.0}, "orders_stop": {0: 103.0}, "limits_shorts": {0: 1.0}},
        {"orders_stop": {0: 0.0}, "orders_by_weight": {0: 1.0}, "purses_max_position_risk": {0: 0.001}},
        {"holdings_reference": {0: math.nan}, "orders_limit": {0: 10.0}, "orders_stop": {0: 9.0}},
        {"holdings_tail_long": {0: math.nan}},
        {"limits_gate": {1: 73.0}},
        {"purses_paused": {1: 1.0}},
    ],
)
def test_an_order_that_is_sound(changes: dict[str, object]) -> None:
    assert found(sound_case().changed(**changes)) == set()


@pytest.mark.parametrize(("units", "check"), [(-10.0, None), (-9.99, None), (-10.01, Check.HELD), (-9.995, Check.LOT)])
def test_no_more_is_sold_than_held(units: float, check: Check | None) -> None:
    assert found(sound_case().changed(orders_units={1: units})) == (set() if check is None else {(1, check)})


def test_all_of_an_odd_position_may_be_sold() -> None:
    odd = sound_case().changed(holdings_units={1: 10.0041}, purses_cash={0: 10_000.0 - 1000.41})
    assert found(odd.changed(orders_units={1: -10.0041})) == set()
    assert found(odd.changed(orders_units={1: -10.004})) == {(1, Check.LOT)}


def test_exits_never_stop() -> None:
    """Whatever the limits, an order that reduces is refused for nothing but its own figures."""
    stopped = sound_case().changed(
        orders_units={0: 0.0},
        limits_gate={1: 73.0},
        limits_class_limit={1: 1e-9},
        limits_least_size={1: 1.0},
        limits_min_notional={1: 1e9},
        purses_paused={0: 1.0},
        purses_max_position={0: 1e-9},
        purses_max_position_risk={0: 1e-9},
        purses_max_portfolio_risk={0: 1e-9},
        purses_max_leverage={0: 1e-9},
        whole_level=3.0,
        whole_max_var=1e-9,
        whole_max_capital=0.0,
        whole_max_positions=0.0,
        whole_max_trades=0.0,
    )
    assert found(stopped) == set()


TOGETHER: dict[Check, dict[str, object]] = {
    # Each of two buys of 800 is within it; the second one beside the first is not.
    Check.LEVERAGE: {"purses_max_leverage": {0: 0.12}},
    Check.CAPITAL: {"whole_max_capital": 1200.0},
    Check.PORTFOLIO_RISK: {"purses_max_portfolio_risk": {0: 0.004}},
    Check.CASH: {"purses_cash": {0: 1500.0}, "purses_equity": {0: 1500.0}},
    Check.VAR: {"whole_max_var": 0.003},
    Check.POSITIONS: {"whole_max_positions": 1.0},
    Check.TRADES: {"whole_max_trades": 1.0},
}


@pytest.mark.parametrize("check", list(TOGETHER))
def test_an_order_is_beside_those_before_it(check: Check) -> None:
    alone = sound_case().changed(
        holdings_units={1: 0.0}, holdings_stop={1: 0.0}, purses_cash={0: 10_000.0}, orders_units={1: 0.0}
    )
    tight = alone.changed(**TOGETHER[check])
    assert found(tight) == set()
    second = tight.changed(orders_units={1: 8.0}, orders_stop={1: 97.0})
    assert found(second) == {(1, check)}
    assert found(second.changed(orders_units={0: 0.0})) == set()


@pytest.mark.parametrize("check", list(TOGETHER))
def test_an_order_is_beside_what_waits(check: Check) -> None:
    waiting = sound_case().changed(
        holdings_units={1: 0.0},
        holdings_waiting={1: 8.0},
        holdings_stop={1: 97.0},
        purses_cash={0: 10_000.0},
        orders_units={1: 0.0},
    )
    tight = waiting.changed(**TOGETHER[check])
    # An entry that waits was counted among the day's when it was ordered.
    assert found(tight) == (set() if check is Check.TRADES else {(0, check)})


def test_another_system_has_limits_of_its_own() -> None:
    case = sound_case().changed(orders_units={2: 16.0}, orders_stop={2: 48.0}, purses_max_leverage={0: 0.18, 1: 0.08})
    assert found(case) == set()
    assert found(case.changed(purses_max_leverage={1: 0.0799})) == {(2, Check.LEVERAGE)}
    assert found(case.changed(whole_max_capital=2600.0)) == set()
    assert found(case.changed(whole_max_capital=2599.0)) == {(2, Check.CAPITAL)}


def test_capital_is_that_of_all_systems() -> None:
    case = sound_case().changed(holdings_units={2: 10.0}, purses_cash={1: 9_500.0})
    assert found(case.changed(whole_max_capital=2300.0)) == set()
    assert found(case.changed(whole_max_capital=2299.9)) == {(0, Check.CAPITAL)}
    assert found(case.changed(whole_max_positions=3.0)) == set()
    assert found(case.changed(whole_max_positions=2.0)) == {(0, Check.POSITIONS)}


@pytest.mark.parametrize(("correlation", "var"), [(1.0, 90.0), (0.5, math.sqrt(6100.0)), (-0.5, math.sqrt(6100.0))])
def test_a_hedge_gets_no_credit(correlation: float, var: float) -> None:
    links = np.eye(3)
    links[0, 1] = links[1, 0] = correlation
    case = sound_case().changed(links_all=links)
    assert found(case.changed(whole_max_var=var * (1.0 + HAIR) / 20_000.0)) == set()
    assert found(case.changed(whole_max_var=var * (1.0 - HAIR) / 20_000.0)) == {(0, Check.VAR)}


def test_a_short_has_a_tail_of_its_own() -> None:
    short = sound_case().changed(orders_units={0: -8.0}, orders_stop={0: 103.0}, limits_shorts={0: 1.0})
    assert found(short.changed(whole_max_var=(50.0 + 48.0) / 20_000.0)) == set()
    assert found(short.changed(whole_max_var=97.9 / 20_000.0)) == {(0, Check.VAR)}


def test_without_a_stop_a_position_risks_what_its_margin_leaves() -> None:
    bare = sound_case().changed(orders_stop={0: 0.0})
    assert found(bare.changed(purses_max_position_risk={0: 0.08})) == set()
    assert found(bare.changed(purses_max_position_risk={0: 0.0799})) == {(0, Check.POSITION_RISK)}
    lent = bare.changed(limits_margin={0: 0.5}, limits_maintenance={0: 0.1})
    assert found(lent.changed(purses_max_position_risk={0: 0.032})) == set()
    assert found(lent.changed(purses_max_position_risk={0: 0.0319})) == {(0, Check.POSITION_RISK)}


def test_an_addition_counts_with_what_is_held() -> None:
    more = sound_case().changed(orders_units={0: 0.0, 1: 5.0}, orders_by_weight={1: 1.0}, orders_stop={1: 0.0})
    assert found(more.changed(purses_max_position={0: 0.15}, whole_max_positions=1.0)) == set()
    assert found(more.changed(purses_max_position={0: 0.1499})) == {(1, Check.PROFILE_POSITION)}
    assert found(more.changed(limits_class_limit={1: 0.1499})) == {(1, Check.ASSET_CLASS)}


def test_an_addition_lives_by_the_stop_of_its_position() -> None:
    """20 more at 100 beside the 10 with a stop at 95 may lose 100, and 8 units of another symbol 24."""
    added = sound_case().changed(
        holdings_units={0: 10.0, 1: 0.0},
        holdings_stop={0: 95.0, 1: 0.0},
        orders_units={0: 20.0, 1: 8.0},
        orders_stop={0: 0.0, 1: 97.0},
        orders_by_weight={0: 1.0},
    )
    assert found(added.changed(purses_max_portfolio_risk={0: 0.0174})) == set()
    assert found(added.changed(purses_max_portfolio_risk={0: 0.01739})) == {(1, Check.PORTFOLIO_RISK)}


@pytest.mark.parametrize(("equity", "sound"), [(10_000.0, True), (10_000.01, False), (9_999.99, False)])
def test_equity_is_cash_and_positions(equity: float, sound: bool) -> None:
    assert found(sound_case().changed(purses_equity={0: equity})) == (set() if sound else {(0, Check.BALANCE)})


def test_a_short_position_is_owed() -> None:
    short = sound_case().changed(holdings_units={2: -10.0}, holdings_stop={2: 55.0}, limits_shorts={2: 1.0})
    assert found(short.changed(purses_cash={1: 10_500.0})) == set()
    assert found(short.changed(purses_cash={1: 9_500.0})) == {(1, Check.BALANCE)}


def test_a_violation_is_damage_and_named() -> None:
    require_sound((), ())
    with pytest.raises(Damaged, match=r"swing A: .*larger than the profile allows \(found 800, allowed 700\)"):
        require_sound(
            sound_case().changed(purses_max_position={0: 0.07}).violations(), ["swing A", "swing B", "long A"]
        )
    with pytest.raises(Damaged, match="cash and positions are not what the equity says"):
        require_sound(sound_case().changed(purses_equity={1: 7.0}).violations(), ["swing A", "swing B", "long A"])


PRINT = """
from sound_orders import many_positions
for seed in range(3):
    case = many_positions(12, 12, seed)
    for changes in ({"whole_max_var": 0.02}, {"purses_max_leverage": {0: 0.01}, "whole_max_trades": 2.0}):
        for one in case.changed(**changes).violations():
            print(one.row, int(one.check), one.found.hex(), one.allowed.hex())
"""


def test_the_plain_twin_agrees_to_the_bit() -> None:
    said = []
    for disabled in ("0", "1"):
        environment = os.environ | {
            "NUMBA_DISABLE_JIT": disabled,
            "PYTHONPATH": os.pathsep.join(("tests/support", str(PROJECT))),
        }
        done = subprocess.run(
            [sys.executable, "-c", PRINT], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert said[0] == said[1]
    assert said[0].count("0x") > 20
