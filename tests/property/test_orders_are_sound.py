"""The check before a trade has nothing against what the step orders, and catches every order that was tampered with."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
from drawn_markets import Books, Market, random_books, seeded_books, seeded_markets
from houses import random_house
from hypothesis import given, settings
from hypothesis import strategies as st
from sound_orders import Case, many_positions

from models.engine import Panel, Parameters, Run, State, parameters_of, run_backtest
from models.engine.panel import GATE
from models.engine.tables import (
    ORDER_LIMIT,
    ORDER_QUANTITY,
    ORDER_REASON,
    ORDER_ROW,
    ORDER_STOP,
    ORDER_T,
)
from models.portfolio import Position
from models.risk.pre_trade import Check
from models.types import FloatArray, Reason
from tasks.session.pretrade import held_against

pytestmark = pytest.mark.risk

ENOUGH = 0.2
BUYING = (Reason.ENTER_EDGE, Reason.ENTER_WEIGHT, Reason.ADD_WEIGHT)
examples = settings(max_examples=60, deadline=None)


def step_by_step(market: Market | Books, seed: int) -> Iterator[tuple[State, Run]]:
    """(state before, run) of every bar, in an account whose limits and tails are drawn from the seed."""
    rng = np.random.default_rng([seed, 11])
    packed: Parameters = parameters_of(market.systems, random_house(rng)) if seed % 4 else market.parameters()
    panel, state = with_tails(market.panel, rng), market.start()
    for t in range(len(panel.ts)):
        run = run_backtest(one_row(panel, t), packed, state)
        yield state, run
        state = run.state


def with_tails(panel: Panel, rng: np.random.Generator) -> Panel:
    """The panel with tails, some of them not known, and two matrices of correlations in turn."""
    times, symbols = panel.close.shape
    tails = panel.tails.copy()
    tails[:, :, :2] = rng.uniform(0.005, 0.08, (times, symbols, 2))
    tails[rng.random((times, symbols)) < 0.05, :2] = np.nan
    tails[:, :, 2] = rng.choice([1.0, 0.5, 0.1], (times, symbols))
    drawn = [np.corrcoef(rng.normal(size=(symbols, 6))) for _ in range(2)] if symbols > 1 else [np.ones((1, 1))] * 2
    return panel._replace(tails=tails, links=np.stack(drawn), link_rows=rng.integers(0, 2, times))


def one_row(panel: Panel, t: int) -> Panel:
    """One moment of the panel."""
    whole = ("finer", "links")
    return panel._replace(**{name: getattr(panel, name)[t : t + 1] for name in Panel._fields if name not in whole})


def bought(run: Run) -> list[int]:
    """Rows of the table of orders that open or add to a position."""
    return [k for k, row in enumerate(run.orders.tolist()) if Reason(int(row[ORDER_REASON])) in BUYING]


@examples
@given(seeded_books(60), st.integers(0, 1000))
def test_what_the_step_orders_is_sound(books: Books, seed: int) -> None:
    for before, run in step_by_step(books, seed):
        assert held_against(run.parameters, run, before, ENOUGH) == ()


@examples
@given(seeded_markets(60), st.integers(0, 1000))
def test_what_the_step_orders_in_one_system_is_sound(market: Market, seed: int) -> None:
    for before, run in step_by_step(market, seed):
        assert held_against(run.parameters, run, before, ENOUGH) == ()


@cache
def orders_met() -> list[tuple[State, Run, int]]:
    """Purchases of a few books: state before, run, and the row of the table of orders."""
    found = []
    for seed in range(40):
        for before, run in step_by_step(random_books(seed, 60), seed):
            found += [(before, run, k) for k in bought(run)]
    return found


def far_larger(run: Run, order: FloatArray) -> None:
    order[ORDER_QUANTITY] *= 1000.0


def off_grid(run: Run, order: FloatArray) -> None:
    order[ORDER_QUANTITY] += (
        0.37 * run.parameters.instruments[int(order[ORDER_ROW]), 1] * np.sign(order[ORDER_QUANTITY])
    )


def no_number(run: Run, order: FloatArray) -> None:
    order[ORDER_QUANTITY] = np.nan


def turned(run: Run, order: FloatArray) -> None:
    order[ORDER_QUANTITY] = -1e9


def far_limit(run: Run, order: FloatArray) -> None:
    order[ORDER_LIMIT] = 3.0 * run.state.book[int(order[ORDER_ROW]), Position._fields.index("last")]


def gated(run: Run, order: FloatArray) -> None:
    run.panel.codes[-1, :, GATE] = int(Reason.REFUSED_NOT_ALLOWED)


@pytest.mark.parametrize("tamper", [far_larger, off_grid, no_number, turned, far_limit, gated])
def test_a_tampered_order_is_caught(tamper: Callable[[Run, FloatArray], None]) -> None:
    met = orders_met()[::5]
    assert len(met) > 40
    for before, run, k in met:
        assert held_against(run.parameters, run, before, ENOUGH) == ()
        kept, gates = run.orders.copy(), run.panel.codes.copy()
        tamper(run, run.orders[k])
        caught = held_against(run.parameters, run, before, ENOUGH)
        run.orders[:], run.panel.codes[:] = kept, gates
        assert int(kept[k, ORDER_ROW]) in {one.row for one in caught}, kept[k]


PARTS = ("purses_max_position", "purses_max_position_risk", "purses_max_portfolio_risk", "purses_max_leverage")
tightened = st.dictionaries(st.sampled_from(PARTS), st.floats(1e-4, 2.0), max_size=4)


@examples
@given(st.integers(0, 50), tightened, st.floats(0.001, 0.5), st.floats(1.0, 4.0))
def test_a_looser_limit_never_adds_a_violation(
    seed: int, limits: dict[str, float], max_var: float, looser: float
) -> None:
    def caught(times: float) -> set[tuple[int, Check]]:
        figures = {name: {0: value * times, 1: value * times} for name, value in limits.items()}
        case = many_positions(10, 8, seed).changed(whole_max_var=max_var * times, **figures)
        return {(one.row, one.check) for one in case.violations()}

    assert caught(looser) <= caught(1.0)


MONEY = {
    "holdings": ("stop", "close", "reference"),
    "orders": ("limit", "stop"),
    "limits": ("tick", "min_notional"),
    "purses": ("equity", "cash"),
}


def in_other_money(case: Case, rate: float) -> Case:
    """The same account counted in a currency of which one unit of the old is `rate`."""
    for part, fields in MONEY.items():
        held = case.orders if part == "orders" else getattr(case.account, part)
        for field in fields:
            column = getattr(held, field)
            case = case.changed(**{f"{part}_{field}": {k: float(one) * rate for k, one in enumerate(column)}})
    whole = case.account.whole
    return case.changed(whole_equity=whole.equity * rate, whole_max_capital=whole.max_capital * rate)


@examples
@given(st.integers(0, 50), tightened, st.integers(-8, 8))
def test_the_currency_does_not_matter(seed: int, limits: dict[str, float], power: int) -> None:
    figures = {name: {0: value, 1: value} for name, value in limits.items()}
    case = many_positions(10, 8, seed).changed(whole_max_var=0.01, whole_max_capital=3000.0, **figures)
    same = [(one.row, one.check) for one in in_other_money(case, 2.0**power).violations()]
    assert same == [(one.row, one.check) for one in case.violations()]


def test_the_limits_are_near_in_what_was_met() -> None:
    """The drawn books do reach their limits, so that soundness is no accident."""
    bounds = Counter(int(run.orders[k, 4]) for _, run, k in orders_met())
    assert len(bounds) >= 6
    assert {int(run.orders[k, ORDER_T]) for _, run, k in orders_met()} == {0}
    assert any(run.orders[k, ORDER_STOP] > 0.0 for _, run, k in orders_met())
