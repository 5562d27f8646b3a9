"""Stresses of drawn books: what holds whatever the shock."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeded_books import Held, SeededBook, bars_after, panel_of, parameters_for, seeded_book, state_of

from models.engine import Parameters
from models.engine.panel import TAIL_LONG, TAIL_SHORT
from models.engine.state import QUANTITY
from models.risk import no_house
from models.scenarios import Shock
from models.specialists import Rules
from models.stress import Outcome, exposure_of, run_stress, trimmed

pytestmark = pytest.mark.risk
seeds = st.integers(0, 1_000)
falls = st.floats(0.001, 0.9)
WEIGHT, BAND = (Rules._fields.index(name) for name in ("weight", "band"))
CASH_ACCOUNT = {"every": {"margin": 1.0, "maintenance": 0.0}}
COSTLESS = {
    "taker_fee": 0.0, "maker_fee": 0.0, "half_spread": 0.0, "impact": 0.0, "long_carry": 0.0, "short_carry": 0.0,
    "liquidation_fee": 0.0,
}  # fmt: skip


def bought(book: SeededBook, levels: bool) -> SeededBook:
    """The same sizes, all of them long; without `levels` nothing ever closes them."""
    return replace(book, positions=tuple(_bought(one, levels) for one in book.positions))


def _bought(one: Held, levels: bool) -> Held:
    if not levels:
        return one._replace(units=abs(one.units), stop=0.0, target=0.0, partial=0.0, part=0.0)
    return one if one.units > 0.0 else one._replace(units=-one.units, stop=round(0.9 * one.last), target=0.0)


def through(book: SeededBook, parameters: Parameters, shock: Shock, quiet: float = 1.0) -> Outcome:
    return run_stress(panel_of(bars_after(book, shock, quiet=quiet)), parameters, state_of(book, parameters))


@given(seeds, falls, falls)
def test_a_deeper_gap_never_loses_less_where_everything_is_bought_and_held(seed, one, other):
    book = bought(seeded_book(seed), levels=False)
    parameters = parameters_for(book, **CASH_ACCOUNT)
    less, more = (through(book, parameters, Shock(moves=(("all", -fall),), gap=True)) for fall in sorted((one, other)))
    assert more.money >= less.money - 1e-6
    assert more.drawdown >= less.drawdown - 1e-12
    assert (more.contributions <= less.contributions + 1e-6).all()
    assert not len(more.run.fills)


@given(seeds, falls, falls)
def test_nor_where_stops_and_margins_act_and_nothing_moves_afterwards(seed, one, other):
    """What a stop sells in lots and on ticks may be a tick apart."""
    book = bought(seeded_book(seed), levels=True)
    parameters = parameters_for(book)
    less, more = (
        through(book, parameters, Shock(moves=(("all", -fall),), gap=True), quiet=0.0) for fall in sorted((one, other))
    )
    ticks = sum(abs(held.units) * venue[0] for held, venue in zip(book.positions, parameters.instruments, strict=True))
    assert more.money >= less.money - ticks
    assert more.stops_hit + more.margin_calls >= less.stops_hit + less.margin_calls


@given(seeds, falls)
def test_a_gap_takes_what_is_exposed_to_it(seed, fall):
    """Without costs, levels and further moves it is the fall times the exposure."""
    book = bought(seeded_book(seed), levels=False)
    parameters = parameters_for(book, every=COSTLESS | CASH_ACCOUNT["every"])
    found = through(book, parameters, Shock(moves=(("all", -fall),), gap=True), quiet=0.0)
    assert found.loss == pytest.approx(fall * exposure_of(state_of(book, parameters)), rel=1e-9)
    assert found.left == pytest.approx((1.0 - fall) * exposure_of(state_of(book, parameters)), rel=1e-9)


shocks = st.builds(
    Shock,
    moves=st.tuples(st.tuples(st.just("all"), st.floats(-0.8, 0.8)), st.tuples(st.just("CCC"), st.floats(-0.8, 0.8))),
    gap=st.just(False),
    recovers=st.floats(0.0, 1.0),
    volatility=st.floats(0.0, 5.0),
    correlation=st.sampled_from([None, 0.0, 0.5, 1.0]),
    liquidity=st.floats(0.01, 2.0),
)


@given(seeds, shocks, st.floats(0.5, 1.1), st.floats(0.02, 0.9), st.floats(0.0, 0.05))
def test_the_parts_are_the_whole(seed, shock, worth, limit, carry):
    """Stops of the account, rebalanced weights, exits without volume, funding and a currency that loses its worth."""
    book = seeded_book(seed)
    house = no_house()._replace(max_drawdown=limit, daily_loss=limit / 2.0, reduce_days=1.0, flatten_days=1.0)
    parameters = parameters_for(book, house._replace(max_var=0.04), every={"long_carry": carry, "short_carry": -carry})
    parameters.rules[6:, :, BAND] = 0.03
    panel = panel_of(bars_after(book, shock))
    panel.tails[:, :, [TAIL_LONG, TAIL_SHORT]] = 0.05
    rates = np.linspace(1.0, worth, panel.ts.size)
    found = run_stress(panel, parameters, state_of(book, parameters), rates)
    whole = found.contributions.sum() + found.carry + found.currency
    assert whole == pytest.approx(found.equity[-1] - found.equity[0], rel=1e-9, abs=1e-6)
    assert found.drawdown >= found.loss
    assert found.drawdown >= 1.0 - 1.0 / 1.03 - 1e-12


@given(seeds, st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_without_a_shock_on_a_flat_path_only_the_costs_of_what_is_done_are_lost(seed, weight, band):
    book = seeded_book(seed)
    parameters = parameters_for(book, every={"long_carry": 0.002, "short_carry": 0.001})
    parameters.rules[6:, :, WEIGHT], parameters.rules[6:, :, BAND] = weight, band
    on_grid = replace(book, positions=tuple(one._replace(last=round(one.last)) for one in book.positions))
    before = state_of(on_grid, parameters)
    found = run_stress(panel_of(bars_after(on_grid, Shock(), quiet=0.0)), parameters, before)
    paid = sum(found.run.state.total(name) - before.total(name) for name in ("fees", "slip", "carry"))
    assert found.money == pytest.approx(paid, abs=1e-6)
    assert (found.stops_hit, found.margin_calls) == (0, 0)
    assert found.money >= 0.0


@given(seeds)
def test_a_flat_path_takes_nothing_but_carry_from_who_only_holds(seed):
    book = seeded_book(seed)
    parameters = parameters_for(book)
    found = through(book, parameters, Shock(), quiet=0.0)
    assert found.contributions == pytest.approx(0.0, abs=1e-6)
    assert found.money == pytest.approx(-found.carry)
    free = through(book, parameters_for(book, every=COSTLESS), Shock(), quiet=0.0)
    assert free.money == pytest.approx(0.0, abs=1e-6)


@given(seeds, shocks, st.floats(0.2, 2.0))
def test_a_currency_that_loses_worth_at_once_scales_everything(seed, shock, worth):
    book = seeded_book(seed)
    parameters = parameters_for(book)
    panel, state = panel_of(bars_after(book, shock)), state_of(book, parameters)
    plain = run_stress(panel, parameters, state)
    other = run_stress(panel, parameters, state, np.full(panel.ts.size, worth))
    np.testing.assert_allclose(other.equity[1:], plain.equity[1:] * worth, rtol=1e-12)
    np.testing.assert_allclose(other.contributions, plain.contributions * worth, rtol=1e-12)
    assert other.equity[0] == plain.equity[0]
    assert np.array_equal(other.run.held, plain.run.held)


@given(seeds, st.floats(0.0, 1.0), st.floats(0.0, 1.0), falls)
@settings(max_examples=60)
def test_a_smaller_book_loses_no_more(seed, one, other, fall):
    """What the search for a cut rests on; without costs, in whole lots."""
    book = bought(seeded_book(seed), levels=False)
    parameters = parameters_for(book, every=COSTLESS | CASH_ACCOUNT["every"])
    state, rows = state_of(book, parameters), len(book.positions)
    panel = panel_of(bars_after(book, Shock(moves=(("all", -fall),), gap=True), quiet=0.0))
    small, large = (trimmed(state, parameters, np.full(rows, part)) for part in sorted((one, other), reverse=True))
    assert (np.abs(small.book[:, QUANTITY]) <= np.abs(large.book[:, QUANTITY])).all()
    assert exposure_of(small) <= exposure_of(large) + 1e-12
    of_small, of_large = run_stress(panel, parameters, small), run_stress(panel, parameters, large)
    assert of_small.drawdown <= of_large.drawdown + 1e-9
    assert of_small.money <= of_large.money + 1e-6


@given(seeds, shocks)
@settings(max_examples=30)
def test_the_same_again_is_the_same_to_the_bit(seed, shock):
    book = seeded_book(seed)
    parameters = parameters_for(book)
    one, other = (through(book, parameters, shock) for _ in range(2))
    assert one.equity.tobytes() == other.equity.tobytes()
    assert one.contributions.tobytes() == other.contributions.tobytes()
