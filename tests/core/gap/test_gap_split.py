"""The difference between a session and its backtest is found under the name of its cause, and sums to the total."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from drawn_markets import random_market
from gap_tapes import Plant, Session, gained, play
from hand_books import OPEN_HANDED
from hand_panels import FIFTH, panel_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from single import packed

from models.engine import Panel, Parameters, State, run_backtest
from models.engine.state import QUANTITY
from models.gap import CHAIN, Done, Kind, Split, split
from models.kernels import floor_to_step
from models.types import Instrument, Leg, Regime

SEEDS = st.integers(0, 10**6)
BARS = 40
# A tenth, as the issue has it.
NEAR = 0.1


def market(seed: int) -> tuple[Panel, Parameters, State]:
    one = random_market(seed, BARS, 2)
    return one.panel, one.parameters(), one.start()


def both(seed: int, plant: Plant) -> tuple[Session, Split, float]:
    """The session, how it is split, and what it would have been worth without the plant."""
    panel, parameters, start = market(seed)
    session = play(panel, parameters, start, plant)
    return session, split([session.tape], start), gained(play(panel, parameters, start, Plant()))


def spots(seed: int, count: int) -> frozenset[tuple[int, int]]:
    rng = np.random.default_rng(seed)
    return frozenset(
        (int(t), int(i)) for t, i in zip(rng.integers(1, BARS, count), rng.integers(0, 2, count), strict=True)
    )


PLANTS: dict[Kind, Callable[[int, float], Plant]] = {
    Kind.FEE: lambda _, size: Plant(fee=1.0 + 3.0 * size),
    Kind.FILL: lambda _, size: Plant(worse=40.0 * size),
    Kind.TIMING: lambda seed, size: Plant(late=1 + int(3 * size), skipped=frozenset({7 + seed % 9})),
    Kind.SIGNAL: lambda _, size: Plant(scale=2.0 * size),
    Kind.DATA: lambda seed, size: Plant(hidden=spots(seed, 1 + int(12 * size))),
}


@settings(max_examples=5)
@given(SEEDS)
def test_a_session_as_the_model_has_it_has_no_gap_at_all(seed: int) -> None:
    session, found, clean = both(seed, Plant())
    assert gained(session) == clean
    assert found.total == 0.0
    assert all((line == 0.0).all() for line in found.parts.values())
    assert not any(one.fills or one.orders for one in found.found)


@pytest.mark.parametrize("kind", CHAIN)
@settings(max_examples=4)
@given(SEEDS, st.floats(0.05, 1.0))
@example(0, 1.0)
@example(35164, 1.0)
def test_one_cause_has_all_of_it_and_the_others_nothing(kind: Kind, seed: int, size: float) -> None:
    """What it really cost is what the session without it was worth more: everything that followed from it included."""
    session, found, clean = both(seed, PLANTS[kind](seed, size))
    cost = gained(session) - clean
    assert found.parts[kind][-1] == pytest.approx(cost, abs=1e-6)
    for other in CHAIN:
        if other is not kind:
            assert found.parts[other][-1] == pytest.approx(0.0, abs=1e-6), other
    assert found.unexplained == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=8)
@given(SEEDS, st.floats(1.0, 3.0), st.floats(-20.0, 40.0), st.integers(0, 3), st.floats(0.0, 2.0), st.integers(0, 8))
@example(3, 2.0, 10.0, 2, 0.5, 4)
def test_whatever_comes_together_the_sum_is_exact(
    seed: int, fee: float, worse: float, late: int, scale: float, hidden: int
) -> None:
    plant = Plant(fee, worse, late, scale, spots(seed, hidden), frozenset({11}))
    session, found, _ = both(seed, plant)
    panel, parameters, start = market(seed)
    whole = run_backtest(panel, parameters, start)
    assert found.made[-1] == pytest.approx(gained(session), abs=1e-6)
    assert found.backtest[-1] - worth_now(panel, parameters, whole.state) == pytest.approx(0.0, abs=1e-6)
    assert np.allclose(sum(found.parts.values()), found.made - found.backtest, rtol=0.0, atol=1e-7)


def worth_now(panel: Panel, parameters: Parameters, state: State) -> float:
    closes = panel.close[:, parameters.slots[:, 0]]
    last = [next((one for one in column[::-1] if np.isfinite(one)), 0.0) for column in closes.T]
    return float(state.accounts[:, 0].sum() + state.book[:, 0] @ np.array(last))


VENUE = Instrument(tick=0.01, lot=0.01, min_notional=0.0, taker_fee=0.001, maker_fee=0.001, half_spread=0.0005)


def climb(edges: list[float]) -> tuple[Panel, Parameters, State]:
    """A price that climbs by 1 each bar from 100 on; a fifth of the account is bought at the first edge and kept."""
    bars = [(100.0 + k, 101.0 + k, 100.0 + k, 101.0 + k) for k in range(len(edges))]
    return panel_of(bars, edges), *packed(OPEN_HANDED, (FIFTH,) * len(Regime), (VENUE,), 10_000.0)


EDGES = [0.0, 50.0, 50.0, 50.0, 50.0, 50.0, 50.0, 50.0, 50.0, 50.0]
# Two thousand of money at the close of the second bar, whatever the lots.
UNITS = 2000.0 / 102.0


def known_sizes(plant: Plant) -> dict[Kind, float]:
    """What each defect of a plant costs there, by arithmetic alone."""
    value = UNITS * 102.0
    hidden = 1.0 if plant.hidden else 0.0
    return {
        Kind.FEE: -(plant.fee - 1.0) * value * VENUE.taker_fee,
        Kind.FILL: -value * plant.worse / 1e4,
        Kind.TIMING: -float(plant.late) * UNITS,
        Kind.SIGNAL: (plant.scale - 1.0) * UNITS * (110.0 - 102.0),
        Kind.DATA: -hidden * UNITS,
    }


@settings(max_examples=8)
@given(
    fee=st.one_of(st.just(1.0), st.floats(1.5, 4.0)),
    worse=st.one_of(st.just(0.0), st.floats(5.0, 60.0)),
    late=st.integers(0, 3),
)
@example(fee=2.0, worse=0.0, late=0)
@example(fee=2.0, worse=10.0, late=0)
@example(fee=1.0, worse=10.0, late=2)
@example(fee=2.0, worse=0.0, late=2)
def test_costs_are_found_within_a_tenth_of_what_arithmetic_says(fee: float, worse: float, late: int) -> None:
    panel, parameters, start = climb(EDGES)
    plant = Plant(fee=fee, worse=worse, late=late)
    _assert_sizes(split([play(panel, parameters, start, plant).tape], start), plant)


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0, 1.25])
@pytest.mark.parametrize("fee", [1.0, 2.0])
def test_other_orders_are_found_within_a_tenth(scale: float, fee: float) -> None:
    """Fees of units that were never ordered are no fees, and those of what was ordered beyond are the signal's."""
    panel, parameters, start = climb([*EDGES[:2], *[0.0] * 8])
    plant = Plant(scale=scale)
    found = split([play(panel, parameters, start, Plant(scale=scale, fee=fee)).tape], start)
    assert found.parts[Kind.SIGNAL][-1] == pytest.approx(known_sizes(plant)[Kind.SIGNAL], rel=NEAR)
    assert found.parts[Kind.FEE][-1] == pytest.approx(-(fee - 1.0) * scale * 2.0, rel=NEAR, abs=1e-6)
    for kind in (Kind.DATA, Kind.TIMING, Kind.FILL):
        assert found.parts[kind][-1] == 0.0


@pytest.mark.parametrize(("fee", "worse"), [(1.0, 0.0), (2.0, 0.0), (1.0, 20.0)])
def test_a_late_bar_is_found_within_a_tenth(fee: float, worse: float) -> None:
    """The bar of the first edge is not there when it is decided on: what is bought is bought a bar later."""
    panel, parameters, start = climb(EDGES)
    plant = Plant(fee=fee, worse=worse, hidden=frozenset({(1, 0)}))
    _assert_sizes(split([play(panel, parameters, start, plant).tape], start), plant)


def _assert_sizes(found: Split, plant: Plant) -> None:
    sizes = known_sizes(plant)
    largest = max(abs(one) for one in sizes.values())
    for kind, size in sizes.items():
        slack = NEAR * abs(size) if size else NEAR * min(abs(one) for one in sizes.values() if one) if largest else 0.0
        assert found.parts[kind][-1] == pytest.approx(size, abs=slack + 1e-9), kind


def test_an_order_that_is_never_filled_is_a_matter_of_fill() -> None:
    panel, parameters, start = climb([*EDGES[:2], *[0.0] * 8])
    session = play(panel, parameters, start, Plant(late=9))
    tape = session.tape
    for t, moment in tape.moments.items():
        if t >= 2:
            moment.after.book[:, 1:] = 0.0
            moment.after.book[:, [15, 16, 17]] = [0.0, -1.0, -1.0]
    found = split([tape], start)
    assert found.parts[Kind.FILL][-1] == pytest.approx(-UNITS * 8.0, rel=NEAR)
    assert found.parts[Kind.TIMING][-1] == 0.0
    assert found.total == pytest.approx(sum(line[-1] for line in found.parts.values()))


def test_an_open_position_is_marked_at_the_close_as_it_is_known_now() -> None:
    panel, parameters, start = climb(EDGES)
    session = play(panel, parameters, start, Plant())
    higher = session.tape.now._replace(prices=session.tape.now.prices.copy())
    higher.prices[-1, 0, 1:4:2] += 5.0
    tape = type(session.tape)(
        parameters,
        higher,
        session.tape.then,
        session.tape.skipped,
        session.tape.held_up,
        done=session.tape.done,
        moments=session.tape.moments,
    )
    found = split([tape], start)
    assert found.total == 0.0
    assert found.made[-1] == pytest.approx(gained(session) + 5.0 * UNITS, rel=1e-3)


def test_a_fill_that_nobody_ordered_is_unexplained_and_the_sum_is_exact_all_the_same() -> None:
    panel, parameters, start = climb([0.0] * 10)
    tape = play(panel, parameters, start, Plant()).tape
    tape.done[3] = [Done(0, Leg.ENTRY, 10.0, 103.5, 2.0)]
    for t in range(3, 10):
        after = tape.moments[t].after
        after.accounts[0, 0] -= 10.0 * 103.5 + 2.0
        after.book[0, QUANTITY] = 10.0
    found = split([tape], start)
    assert found.total == pytest.approx(10.0 * (110.0 - 103.5) - 2.0)
    assert found.unexplained == pytest.approx(found.total)
    assert found.parts[Kind.SIGNAL][-1] == pytest.approx(found.total)
    assert sum(line[-1] for line in found.parts.values()) == pytest.approx(found.total)


def test_where_nothing_happened_nothing_is_divided_by_nothing() -> None:
    panel, parameters, start = climb([0.0] * 10)
    found = split([play(panel, parameters, start, Plant()).tape], start)
    assert (found.total, found.traded, found.unexplained) == (0.0, 0.0, 0.0)


def test_a_bar_that_nobody_could_have_decided_on_is_data() -> None:
    panel, parameters, start = climb(EDGES)
    tape = play(panel, parameters, start, Plant(skipped=frozenset({1}))).tape
    found = split([replace(tape, skipped=np.zeros_like(tape.skipped), held_up=tape.skipped)], start)
    assert found.parts[Kind.DATA][-1] == pytest.approx(-UNITS, rel=NEAR)
    assert all(found.parts[kind][-1] == 0.0 for kind in CHAIN if kind is not Kind.DATA)
    found = split([tape], start)
    assert found.parts[Kind.TIMING][-1] == pytest.approx(-UNITS, rel=NEAR), "where the bar was there, nobody came"
    assert all(found.parts[kind][-1] == 0.0 for kind in CHAIN if kind is not Kind.TIMING)


def test_what_comes_in_two_bars_is_late_for_its_second_part() -> None:
    """Of a buy at 102 a fifth comes a bar later, at the price of then and 10 basis points worse."""
    panel, parameters, start = climb([*EDGES[:2], *[0.0] * 8])
    tape = play(panel, parameters, start, Plant()).tape
    (whole,) = tape.done[2]
    units = floor_to_step(whole.quantity * 0.8, 0.01)
    rest, price = whole.quantity - units, 103.0 * 1.0005
    first = Done(0, Leg.ENTRY, units, whole.price, units * whole.price * VENUE.taker_fee)
    second = Done(0, Leg.ADD, rest, price * 1.001, rest * price * 1.001 * VENUE.taker_fee)
    tape.done[2], tape.done[3] = [first], [second]
    for t, taken in ((2, [first]), *((t, [first, second]) for t in range(3, 10))):
        after = tape.moments[t].after
        after.book[0, QUANTITY] = sum(one.quantity for one in taken)
        after.accounts[0, 0] = 10_000.0 - sum(one.value + one.fee for one in taken)
    found = split([tape], start)
    assert found.parts[Kind.TIMING][-1] == pytest.approx(-rest, rel=NEAR)
    assert found.parts[Kind.FILL][-1] == pytest.approx(-rest * 103.0 * 0.001, rel=NEAR)
    assert found.parts[Kind.FEE][-1] == pytest.approx(0.0, abs=1e-3)
    assert found.unexplained == pytest.approx(0.0, abs=1e-6)
