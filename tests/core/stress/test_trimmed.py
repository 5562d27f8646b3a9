"""Parts of a book that are sold before a stress, by hand."""

import numpy as np
import pytest
from hand_books import OPEN_HANDED, by_regime, slot
from hand_panels import FIFTH, FREE
from seeded_books import Held, position_of

from models.engine import Parameters, State, System, first_state, parameters_of
from models.engine.state import QUANTITY
from models.meta import plain_controller
from models.risk import no_house
from models.stress import equity_of, trimmed
from models.types import Instrument

pytestmark = pytest.mark.risk
CASH = 5_000.0


def holding(*rows: tuple[float, Instrument], systems: int = 1, **fields: float) -> tuple[Parameters, State]:
    """Units at 100 of a symbol for each row, in each of the systems, and 5,000 in cash."""
    slots = tuple(slot(by_regime(FIFTH), k, venue=venue) for k, (_, venue) in enumerate(rows))
    made = tuple(System(f"s{k}", CASH, OPEN_HANDED, plain_controller(), slots) for k in range(systems))
    parameters = parameters_of(made, no_house())
    state = first_state(made)
    for row, units in enumerate([units for units, _ in rows] * systems):
        if units != 0.0:
            position = position_of(Held("", "", units, 100.0, 100.0, 90.0 if units > 0.0 else 120.0, 0.0, 0.0, 0.0))
            state.book[row] = position._replace(**fields)
    return parameters, state


# Venue, units held, part, and units that are left.
PARTS = [
    (FREE, 10.0, 0.0, 10.0),
    (FREE, 10.0, 0.25, 7.5),
    (FREE, 10.0, 1.0, 0.0),
    (FREE, 10.0, 0.251, 7.4),
    (FREE._replace(lot=1.0), 10.0, 0.01, 9.0),
    (FREE._replace(lot=4.0), 8.0, 0.6, 0.0),
    (FREE, -10.0, 0.25, -7.5),
    (FREE, -10.0, 1.0, 0.0),
    (FREE, 0.0, 1.0, 0.0),
    (FREE._replace(min_notional=300.0), 10.0, 0.7, 3.0),
    (FREE._replace(min_notional=300.0), 10.0, 0.71, 0.0),
    (FREE._replace(min_notional=300.0), 10.0, 0.3, 7.0),
    (FREE._replace(min_notional=300.0), 10.0, 0.29, 10.0),
    (FREE._replace(min_notional=300.0), 2.0, 1.0, 2.0),
]


@pytest.mark.parametrize(("venue", "units", "part", "left"), PARTS)
def test_a_part_goes_in_whole_lots_as_the_step_would_sell_it(venue, units, part, left):
    parameters, state = holding((units, venue))
    after = trimmed(state, parameters, np.array([part]))
    assert after.book[0, QUANTITY] == pytest.approx(left)
    assert after.accounts[0, 0] == pytest.approx(CASH + (units - left) * 100.0)
    assert equity_of(after) == pytest.approx(equity_of(state))
    if left != 0.0:
        before, now = state.position(0), after.position(0)
        assert (now.stop, now.target, now.entry, now.age) == (before.stop, before.target, before.entry, before.age)
        assert now.cost == pytest.approx(before.cost * left / units)
    else:
        assert after.position(0).stop == 0.0


def test_it_costs_what_a_taker_pays():
    """Half the spread of 1 %, the impact of the tenth that a bar gives at most, and a fee of 0.2 %."""
    venue = FREE._replace(half_spread=0.01, impact=0.1, volume_share=0.09, taker_fee=0.002)
    parameters, state = holding((10.0, venue), (-10.0, venue))
    after = trimmed(state, parameters, np.array([0.5, 0.5]))
    sold, bought = 100.0 * (1.0 - 0.01 - 0.03), 100.0 * (1.0 + 0.01 + 0.03)
    fees = 5.0 * 0.002 * (sold + bought)
    assert after.accounts[0, 0] == pytest.approx(CASH + 5.0 * sold - 5.0 * bought - fees)
    assert equity_of(state) - equity_of(after) == pytest.approx(5.0 * 4.0 * 2.0 + fees)


def test_prices_are_on_the_grid():
    parameters, state = holding((10.0, FREE._replace(tick=1.0, half_spread=0.001)))
    assert trimmed(state, parameters, np.array([1.0])).accounts[0, 0] == CASH + 990.0


def test_each_system_gets_the_money_of_its_own():
    parameters, state = holding((10.0, FREE), (20.0, FREE), systems=2)
    after = trimmed(state, parameters, np.array([0.5, 0.0, 0.0, 0.25]))
    assert after.book[:, QUANTITY].tolist() == [5.0, 20.0, 10.0, 15.0]
    assert after.accounts[:, 0].tolist() == [CASH + 500.0, CASH + 500.0]
    other = trimmed(state, parameters, np.array([1.0, 1.0, 0.0, 0.0]))
    assert other.accounts[:, 0].tolist() == [CASH + 3_000.0, CASH]


@pytest.mark.parametrize("waits", [-10.0, 5.0])
def test_what_waits_of_it_is_withdrawn_and_of_nothing_else(waits):
    parameters, state = holding((10.0, FREE), (10.0, FREE), ordered=waits)
    after = trimmed(state, parameters, np.array([0.5, 0.0]))
    assert [after.position(row).ordered for row in (0, 1)] == [0.0, waits]


def test_the_part_of_a_partial_profit_is_never_more_than_what_is_left():
    parameters, state = holding((10.0, FREE), partial=120.0, part=4.0)
    assert trimmed(state, parameters, np.array([0.2])).position(0).part == 4.0
    assert trimmed(state, parameters, np.array([0.8])).position(0).part == pytest.approx(2.0)


def test_what_was_given_is_left_as_it_was():
    parameters, state = holding((10.0, FREE), (-10.0, FREE))
    before = state.copy()
    trimmed(state, parameters, np.array([0.5, 1.0]))
    for name in ("ladder", "accounts", "book", "records"):
        assert np.array_equal(getattr(state, name), getattr(before, name)), name
