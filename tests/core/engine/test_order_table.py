"""Every row of the table of orders and fills in the backtest's fold; tests/parity runs the same rows on paper."""

from collections import Counter

import pytest
from order_rows import DECIDED, Row, assert_row
from order_table import TABLE
from weight_table import WEIGHTS

from models.engine import Run, align, run_backtest
from models.portfolio import flat
from models.types import Leg


def folded(row: Row) -> Run:
    """The bars after the decision, on which nobody decides."""
    inputs = row.inputs
    panel = align((inputs.rows(inputs.ts > DECIDED),))
    panel.decided[:] = False
    return run_backtest(panel, row.parameters, row.state)


@pytest.mark.parametrize("row", [*TABLE, *WEIGHTS], ids=lambda row: row.name)
def test_the_fold_does_what_the_table_says(row: Row) -> None:
    run = folded(row)
    assert_row(row, run.executions(), run.state)
    left, money = run.state.position(0), run.state.account(0)
    before = row.cash + row.before.cost
    assert money.cash + left.cost == pytest.approx(before + money.realised + money.income, abs=1e-7)
    assert (left.partial > 0.0) == (left.part > 0.0)
    if left.quantity == left.ordered == 0.0:
        assert left == flat(left, left.last)


def test_names_are_told_apart_and_every_leg_is_there() -> None:
    rows = [*TABLE, *WEIGHTS]
    legs = Counter(fill.leg for row in rows for fill in row.expected)
    assert len(TABLE) >= 140
    assert len(WEIGHTS) >= 35
    assert [name for name, count in Counter(row.name for row in rows).items() if count > 1] == []
    assert legs.keys() == set(Leg) - {Leg.NONE, Leg.EXPIRED, Leg.EXTERNAL}
    assert min(legs.values()) >= 4
