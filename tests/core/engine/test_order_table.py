"""Every row of the table of orders and fills in the backtest's fold; tests/parity runs the same rows on paper."""

from collections import Counter

import pytest
from order_rows import DECIDED, STEP, SYMBOL, Row
from order_table import TABLE

from models.engine import Run, align, parameters_of, run_backtest
from models.risk import RiskProfile
from models.specialists import plain_rules
from models.types import Leg

RULES = (plain_rules(1.0, 0.1, 1.0, 0.02, 0.04),) * 4
PROFILE = RiskProfile(0.1, 0.1, 0.5, 1.0, 0.5, 0.5, 0.5, 1.0, 6.0)
# Cents of rounding in sums of floats of this size.
DUST = 1e-9


def folded(row: Row) -> Run:
    """The bars after the decision, on which nobody decides."""
    inputs = row.inputs
    panel = align((inputs.rows(inputs.ts > DECIDED),))
    panel.decided[:] = False
    return run_backtest((SYMBOL,), panel, parameters_of(PROFILE, RULES, (row.instrument,)), row.state)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_fills(row: Row) -> None:
    fills = folded(row).executions()
    found = [((fill.ts - DECIDED) // STEP, fill.leg, fill.quantity, fill.price) for fill in fills]
    assert found == [(one.bar, one.leg, one.quantity, one.price) for one in row.expected]
    assert [fill.fee for fill in fills] == pytest.approx([one.fee for one in row.expected], abs=DUST)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_what_is_left(row: Row) -> None:
    run = folded(row)
    left, money = run.state.position(0), run.state.money
    assert (left.quantity, left.ordered, left.stop) == row.ends
    spent = sum(one.quantity * one.price + one.fee for one in row.expected)
    assert money.cash == pytest.approx(row.cash - spent + row.received, abs=DUST)
    assert money.fees == pytest.approx(sum(one.fee for one in row.expected), abs=DUST)
    before = row.cash + row.before.cost
    assert money.cash + left.cost == pytest.approx(before + money.realised + money.income, abs=1e-7)
    if left.quantity == left.ordered == 0.0:
        assert left[:3] + left[4:13] == (0.0,) * 12


def test_names_are_told_apart_and_every_leg_is_there() -> None:
    legs = Counter(fill.leg for row in TABLE for fill in row.expected)
    assert len(TABLE) >= 140
    assert len({row.name for row in TABLE}) == len(TABLE)
    assert legs.keys() == set(Leg) - {Leg.NONE, Leg.EXPIRED}
    assert min(legs.values()) >= 4
