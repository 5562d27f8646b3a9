"""What a stress did to an account, by hand, and that the parts are the whole."""

import numpy as np
import pytest
from hand_books import OPEN_HANDED, by_regime, closes, slot
from hand_panels import FIFTH, FREE
from seeded_books import (
    SYMBOLS,
    VENUES,
    Held,
    bars_after,
    panel_of,
    parameters_for,
    position_of,
    seeded_book,
    state_of,
)

from models.engine import Parameters, State, System, first_state, parameters_of
from models.engine.panel import HIGH, LOW
from models.meta import plain_controller
from models.risk import Ladder, first_ladder, no_house
from models.scenarios import Shock
from models.stress import Outcome, equity_of, exposure_of, run_stress
from models.stress.outcome import values_of
from models.types import BadInput, Instrument
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk
HOLDS = FIFTH._replace(exit_edge=-np.inf)


def held(
    *units: float, cash: float = 5_000.0, venue: Instrument = FREE, peak: float = 0.0, stop: float = 0.0
) -> tuple[Parameters, State]:
    """Units at 100 of as many symbols, entered there, with a stop for the first one."""
    slots = tuple(slot(by_regime(HOLDS), k, venue=venue) for k in range(len(units)))
    system = System("swing", cash, OPEN_HANDED, plain_controller(), slots)
    state = first_state((system,))
    for row, one in enumerate(units):
        state.book[row] = position_of(Held("", "", one, 100.0, 100.0, 0.0 if row else stop, 0.0, 0.0, 0.0))
    state.ladder[:] = first_ladder(max(peak, equity_of(state)))._replace(equity=equity_of(state))
    return parameters_of((system,), no_house()), state


def through(
    panel_closes: tuple[list[float], ...], book: tuple[Parameters, State], worth: list[float] | None = None
) -> Outcome:
    panel = closes("T" * len(panel_closes[0]), *panel_closes)
    panel.figures[:, :, 0] = np.nan
    return run_stress(panel, *book, None if worth is None else np.array(worth))


def test_a_fall_that_comes_back_in_part():
    found = through(([90.0, 80.0, 95.0],), held(50.0))
    assert found.equity.tolist() == [10_000.0, 9_500.0, 9_000.0, 9_750.0]
    assert (found.loss, found.drawdown, found.money) == (pytest.approx(0.025), pytest.approx(0.1), 250.0)
    assert found.contributions.tolist() == [-250.0]
    assert (found.carry, found.currency, found.margin_calls, found.stops_hit) == (0.0, 0.0, 0, 0)
    assert found.left == pytest.approx(0.475)


def test_the_highest_mark_before_counts():
    assert through(([90.0, 110.0],), held(50.0, peak=12_500.0)).drawdown == pytest.approx(1.0 - 9_500.0 / 12_500.0)
    assert through(([90.0, 110.0],), held(50.0, peak=9_000.0)).drawdown == pytest.approx(0.05)
    rising = through(([110.0, 104.5],), held(50.0))
    assert rising.drawdown == pytest.approx(1.0 - 10_225.0 / 10_500.0)
    assert rising.loss == pytest.approx(-0.0225)


def test_a_book_below_its_mark_has_that_drawdown_even_where_nothing_falls():
    assert through(([100.0],), held(50.0, peak=12_500.0)).drawdown == pytest.approx(0.2)
    assert through(([200.0],), held(50.0, peak=12_500.0)).drawdown == pytest.approx(0.2)


def test_the_worth_of_the_currency_is_a_loss_of_its_own():
    found = through(([90.0, 95.0],), held(50.0), [1.0, 0.9])
    assert found.equity.tolist() == [10_000.0, 9_500.0, pytest.approx(8_775.0)]
    assert found.contributions.tolist() == [pytest.approx(-225.0)]
    assert found.currency == pytest.approx(-1_000.0)
    assert found.money == pytest.approx(1_225.0)
    assert found.drawdown == found.loss == pytest.approx(0.1225)
    still = through(([100.0, 100.0],), held(50.0), [0.95, 0.8])
    assert (still.loss, still.contributions.tolist()) == (pytest.approx(0.2), [0.0])
    assert still.left == pytest.approx(0.5)


def test_longs_and_shorts_each_make_their_own():
    venue = FREE._replace(shorts=1.0)
    found = through(([80.0], [110.0], [100.0]), held(50.0, -20.0, 10.0, venue=venue))
    assert found.contributions.tolist() == [-1_000.0, -200.0, 0.0]
    assert found.money == 1_200.0
    assert found.left == pytest.approx((4_000.0 + 2_200.0 + 1_000.0) / 9_000.0)


def test_a_gap_fills_through_the_stop_and_fees_are_in_what_the_position_made():
    """Opened at 70, below the stop of 90: sold there with 1 % fee."""
    venue = FREE._replace(taker_fee=0.01)
    panel = closes("TT", [70.0, 60.0])
    panel.figures[:, :, 0] = np.nan
    panel.prices[0, 0, :4] = 70.0, 75.0, 65.0, 70.0
    found = run_stress(panel, *held(50.0, venue=venue, stop=90.0))
    assert (found.stops_hit, found.margin_calls, found.left) == (1, 0, 0.0)
    assert found.contributions.tolist() == [pytest.approx(-1_500.0 - 35.0)]
    assert found.money == pytest.approx(1_535.0)


def test_a_stop_inside_the_bar_fills_at_its_level():
    panel = closes("T", [70.0])
    panel.figures[:, :, 0] = np.nan
    panel.prices[0, 0, :4] = 95.0, 96.0, 65.0, 70.0
    found = run_stress(panel, *held(50.0, stop=90.0))
    assert (found.stops_hit, found.money) == (1, 500.0)


def test_margin_calls_are_counted_apart_from_stops():
    """A fifth of margin, a twentieth to be kept: liquidated at 85 on one side and at 115 on the other."""
    venue = FREE._replace(margin=0.2, maintenance=0.05, liquidation_fee=0.02, shorts=1.0)
    parameters, state = held(50.0, -20.0, 20.0, venue=venue)
    state.book[:, 7] = 85.0, 115.0, 90.0
    panel = closes("T", [84.0], [116.0], [89.0])
    panel.figures[:, :, 0] = np.nan
    panel.prices[0, :, :2] = 100.0, 120.0
    panel.prices[0, :, LOW] = [84.0, 100.0, 89.0]
    panel.prices[0, :, HIGH] = [100.0, 116.0, 100.0]
    found = run_stress(panel, parameters, state)
    assert (found.margin_calls, found.stops_hit) == (2, 1)
    made = [-50.0 * (15.0 + 85.0 * 0.02), -20.0 * (15.0 + 115.0 * 0.02), -200.0]
    assert found.contributions.tolist() == pytest.approx(made)


def test_carry_is_paid_for_each_midnight_and_is_no_positions():
    venue = FREE._replace(long_carry=0.01, short_carry=0.02, shorts=1.0)
    parameters, state = held(50.0, -20.0, venue=venue)
    panel = closes("TTT", [100.0], [100.0], step=DAY)
    panel.figures[:, :, 0] = np.nan
    state.accounts[:, 3] = float(panel.ts[0] // DAY)
    found = run_stress(panel, parameters, state)
    assert found.carry == pytest.approx(-2.0 * (50.0 + 40.0))
    assert found.contributions.tolist() == [0.0, 0.0]
    assert found.money == pytest.approx(180.0)
    half = run_stress(panel, parameters, state, np.array([1.0, 1.0, 0.5]))
    assert half.carry == pytest.approx(-90.0)


def test_carry_that_was_paid_before_is_not_lost_again():
    parameters, state = held(50.0)
    state.accounts[:, 8] = 777.0
    panel = closes("T", [100.0])
    panel.figures[:, :, 0] = np.nan
    assert run_stress(panel, parameters, state).carry == 0.0


def test_the_state_before_is_left_as_it_was():
    book = held(50.0)
    before = book[1].copy()
    through(([90.0, 80.0],), book)
    assert np.array_equal(before.book, book[1].book)
    assert np.array_equal(before.accounts, book[1].accounts)


def test_no_bars_lose_nothing():
    parameters, state = held(50.0)
    panel = closes("T", [100.0])
    none = panel._replace(
        **{name: getattr(panel, name)[:0] for name in panel._fields if name not in ("finer", "links")}
    )
    found = run_stress(none, parameters, state)
    assert (found.loss, found.drawdown, found.equity.tolist(), found.contributions.tolist()) == (
        0.0,
        0.0,
        [10_000.0],
        [0.0],
    )


@pytest.mark.parametrize("cash", [-5_000.0, -9_000.0])
def test_there_has_to_be_something_to_lose(cash):
    with pytest.raises(BadInput, match=r"the account is worth .*pay in first"):
        through(([90.0],), held(50.0, cash=cash))


def test_a_rate_for_every_bar():
    with pytest.raises(BadInput, match="found 1 rates for 2 bars"):
        through(([90.0, 90.0],), held(50.0), [1.0])


def test_what_is_held_as_value_and_as_exposure():
    venue = FREE._replace(shorts=1.0)
    parameters, state = held(50.0, -20.0, venue=venue)
    assert equity_of(state) == 8_000.0
    assert exposure_of(state) == pytest.approx(7_000.0 / 8_000.0)
    assert values_of(state, parameters).tolist() == [5_000.0, -2_000.0]
    book = seeded_book(3)
    of_ten = parameters_for(book)
    values = values_of(state_of(book, of_ten), of_ten)
    assert values[0] == pytest.approx(sum(one.units * one.last for one in book.positions if one.symbol == "AAA"))
    assert values.size == len(SYMBOLS)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("worth", [1.0, 0.8])
def test_the_parts_are_the_whole(seed, worth):
    """Whatever trips and is sold, rebalanced weights and liquidations among it."""
    book = seeded_book(seed)
    house = no_house()._replace(max_drawdown=0.12, daily_loss=0.06, reduce_days=1.0, flatten_days=1.0, max_var=0.05)
    changes = {one: {"long_carry": 0.003, "short_carry": 0.001} for one in VENUES}
    parameters = parameters_for(book, house, **changes)
    parameters.rules[6:, :, -1] = 0.05
    panel = panel_of(bars_after(book, Shock(moves=(("all", -0.3), ("FFF", 0.6)), volatility=2.0)))
    panel.tails[:, :, :2] = 0.05
    found = run_stress(panel, parameters, state_of(book, parameters), np.linspace(1.0, worth, panel.ts.size))
    assert len(found.run.fills) > 10
    whole = found.contributions.sum() + found.carry + found.currency
    assert whole == pytest.approx(found.equity[-1] - found.equity[0], rel=1e-9)
    assert found.money == pytest.approx(-whole, rel=1e-9)
    assert Ladder(*found.run.state.ladder.tolist()).trips > 0.0
