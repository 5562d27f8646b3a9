"""The fullest book that the limits allow: by hand for one symbol, and no limit passed in random ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
from drawn_markets import CAPITAL, random_books
from hand_books import OPEN_HANDED, by_regime, closes, slot
from hand_panels import FIFTH, FREE

from models.engine import Panel, Parameters, State, System, first_state, parameters_of, run_backtest
from models.engine.panel import CLOSE, CUT, GATE, TAIL_LONG, VOLATILITY
from models.engine.parameters import COLUMN
from models.engine.state import LAST, ORDERED, QUANTITY
from models.meta import plain_controller
from models.risk import House, RiskProfile, no_house
from models.specialists import Rules, held_rules
from models.stress import equity_of, exposure_of, fullest
from models.stress.books import _eager, _market
from models.types import Instrument, Reason
from models.types.timeframes import DAY, HOUR

pytestmark = pytest.mark.risk
COSTLY = FREE._replace(taker_fee=0.01, maker_fee=0.01, half_spread=0.01, impact=0.5, volume_share=0.001, long_carry=0.1)
LOOSE = OPEN_HANDED._replace(max_position=9.0, kelly_fraction=1e6)


def packed(
    *rows: tuple[Rules, Instrument], profile: RiskProfile = LOOSE, house: House | None = None, capital: float = CAPITAL
) -> Parameters:
    """One system with a symbol for each row."""
    slots = tuple(slot(by_regime(rules), k, venue=venue) for k, (rules, venue) in enumerate(rows))
    return parameters_of((System("swing", capital, profile, plain_controller(), slots),), house or no_house())


def units(state: State) -> list[float]:
    return state.book[:, QUANTITY].tolist()


# What differs, and how many units at 100 an account of 10,000 holds of it.
ONE = {
    "size of the specialist": ({}, {}, {}, {}, 20.0),
    "position of the profile": ({}, {"max_position": 0.1}, {}, {}, 10.0),
    "class": ({}, {}, {}, {"class_limit": 0.05}, 5.0),
    "risk at the stop": ({"stop_loss": 0.05}, {"max_position_risk": 0.005}, {}, {}, 10.0),
    "portfolio risk at the stop": ({"stop_loss": 0.05}, {"max_portfolio_risk": 0.0025}, {}, {}, 5.0),
    "leverage": ({"size": 5.0}, {"max_leverage": 1.5}, {}, {"margin": 0.5, "class_limit": 9.0}, 150.0),
    "cash, without the costs": ({"size": 5.0}, {}, {}, {"class_limit": 9.0}, 100.0),
    "value at risk": ({}, {}, {"max_var": 0.0025}, {}, 5.0),
    "capital": ({}, {}, {"max_capital": 1_234.0}, {}, 12.3),
    "reserve of cash": ({"size": 1.0, "least_cash": 0.3}, {}, {}, {"class_limit": 9.0}, 70.0),
    "exposure of the specialist": ({"size": 1.0, "max_exposure": 0.15}, {}, {}, {}, 15.0),
    "lot": ({}, {}, {}, {"lot": 3.0}, 18.0),
    "smallest order": ({}, {}, {}, {"min_notional": 2_001.0}, 0.0),
    "share in the calm regime": ({"share": 0.5}, {}, {}, {}, 10.0),
    "weight": ({"weight": 0.3, "band": 0.1}, {}, {}, {}, 30.0),
    "no positions": ({}, {}, {"max_positions": 0.0}, {}, 0.0),
}


@pytest.mark.parametrize("name", ONE)
def test_one_symbol_is_what_a_person_computes(name):
    rules, profile, house, venue, expected = ONE[name]
    panel = closes("R", [100.0])
    panel.tails[:, :, TAIL_LONG] = 0.05
    parameters = packed(
        (FIFTH._replace(**rules), COSTLY._replace(**venue)),
        profile=LOOSE._replace(**profile),
        house=no_house()._replace(**house),
    )
    state = fullest(panel, parameters)
    assert units(state) == [pytest.approx(expected)]
    assert state.accounts[0, 0] == pytest.approx(CAPITAL - expected * 100.0)
    assert equity_of(state) == pytest.approx(CAPITAL)
    assert exposure_of(state) == pytest.approx(expected * 100.0 / CAPITAL)
    assert state.book[:, ORDERED].tolist() == [0.0]


def test_levels_are_those_of_the_step():
    rules = FIFTH._replace(stop_loss=0.05, take_profit=0.1, partial_at=0.04, partial_share=0.25)
    position = fullest(closes("V", [100.0]), packed((rules, COSTLY))).position(0)
    assert (position.stop, position.target, position.partial, position.part) == (95.0, 110.0, 104.0, 5.0)
    assert (position.entry, position.last, position.best) == (100.0, 100.0, 100.0)
    levered = fullest(closes("V", [100.0]), packed((FIFTH, COSTLY._replace(margin=0.2, maintenance=0.05))))
    assert levered.position(0).stop == pytest.approx(85.0)


@pytest.mark.parametrize("missing", ["price", "volatility", "value at risk"])
def test_nothing_is_bought_that_cannot_be_sized(missing):
    panel = closes("TT", [100.0], [100.0])
    panel.tails[:, :, TAIL_LONG] = 0.05
    house = no_house()._replace(max_var=0.5)
    if missing == "price":
        panel.prices[-1, 0], panel.codes[-1, 0, GATE] = np.nan, int(Reason.REFUSED_NO_BAR)
    elif missing == "volatility":
        panel.figures[-1, 0, VOLATILITY] = np.nan
    else:
        panel.tails[-1, 0, TAIL_LONG] = np.nan
    state = fullest(panel, packed((FIFTH, FREE), (FIFTH, FREE), house=house))
    assert units(state) == [0.0, 20.0]
    assert not np.isnan(state.book).any()
    assert equity_of(state) == CAPITAL


def test_what_the_outside_forbids_now_may_be_held_all_the_same():
    """Gates of the newest bar, such as a closed market, say nothing about what a book may hold."""
    panel = closes("T", [100.0])
    panel.codes[-1, 0, GATE] = int(Reason.REFUSED_MARKET_CLOSED)
    assert units(fullest(panel, packed((FIFTH, FREE)))) == [20.0]


def test_specialists_do_not_wait_for_a_better_moment():
    """No trend, no pullback, a quiet market, a wide range: in the session none of these would be entered now."""
    panel = closes("T", [100.0])
    panel.figures[-1, 0, 5:] = np.nan
    patient = FIFTH._replace(
        entry_multiple=5.0, limit_offset=0.02, sentiment_weight=1.0, momentum_weight=1.0, oscillator_weight=1.0,
        least_volatility=1.0, least_trend=25.0, pullback=1.0, most_width=0.01, near_edge=0.001, max_bars=1.0,
        max_entries=0.0,
    )  # fmt: skip
    assert units(fullest(panel, packed((patient, COSTLY)))) == [20.0]


def test_it_is_bought_in_the_regime_that_leaves_entries_their_size():
    panel = closes("C", [100.0])
    small = by_regime(FIFTH, C={"share": 0.0}, V={"share": 0.5}, R={"share": 0.5})
    slots = (slot(small, venue=FREE),)
    parameters = parameters_of((System("swing", CAPITAL, LOOSE, plain_controller(), slots),), no_house())
    assert units(fullest(panel, parameters)) == [20.0]


def test_value_at_risk_is_that_of_the_newest_correlations():
    """2,000 of the first lose 100 of 125 that all may lose: uncorrelated, the second may lose 75, and alike 25."""
    panel = closes("TT", [100.0], [100.0])
    panel.tails[:, :, TAIL_LONG] = 0.05
    parameters = packed((FIFTH, FREE), (FIFTH, FREE), house=no_house()._replace(max_var=0.0125))
    links = np.array([np.ones((2, 2)), np.eye(2)])
    for row, second in ((0, 5.0), (1, 15.0)):
        now = panel._replace(links=links, link_rows=np.array([1 - row, row]))
        assert units(fullest(now, parameters)) == [20.0, pytest.approx(second)]


def test_the_days_trades_do_not_bound_what_is_held():
    panel = closes("T", [100.0], [50.0], [10.0])
    rows = ((FIFTH, FREE),) * 3
    slots = tuple(replace(slot(by_regime(FIFTH), k % 3), symbol=f"S{k}") for k in range(6))
    six = (System("swing", CAPITAL, LOOSE, plain_controller(), slots),)
    few = no_house()._replace(max_trades=1.0)
    assert units(fullest(panel, packed(*rows, house=few))) == [20.0, 40.0, 200.0]
    assert np.count_nonzero(units(fullest(panel, parameters_of(six, few)))) == 5


def test_the_count_of_positions_does():
    panel = closes("T", [100.0], [50.0], [10.0])
    house = no_house()._replace(max_positions=2.0)
    assert units(fullest(panel, packed(*((FIFTH, FREE),) * 3, house=house))) == [20.0, 40.0, 0.0]


def test_the_account_begins_anew_from_its_capital_on_the_day_of_the_newest_bar():
    panel = closes("TTT", [90.0, 95.0, 100.0])
    state = fullest(panel, packed((FIFTH, COSTLY)))
    ladder = dict(zip(("equity", "peak", "crest", "day"), state.ladder.tolist(), strict=False))
    assert ladder == {"equity": CAPITAL, "peak": CAPITAL, "crest": CAPITAL, "day": float(panel.ts[-1] // DAY)}
    assert state.account(0).day == float(panel.ts[-1] // DAY)
    assert (state.account(0).fees, state.account(0).carry, state.account(0).slip) == (0.0, 0.0, 0.0)
    later = closes("TTTTTTTT", [100.0])
    later = later._replace(ts=panel.ts[-1] + HOUR * np.arange(1, 9, dtype=np.int64))
    assert run_backtest(later, packed((FIFTH, FREE)), state).state.position(0).quantity == 20.0


def test_what_was_given_is_left_as_it_was():
    panel, parameters = closes("TT", [100.0]), packed((FIFTH, COSTLY))
    before = [one.copy() for one in panel], parameters.instruments.copy(), parameters.rules.copy()
    fullest(panel, parameters)
    assert all(np.array_equal(one, other, equal_nan=True) for one, other in zip(before[0], panel, strict=True))
    assert np.array_equal(before[1], parameters.instruments)
    assert np.array_equal(before[2], parameters.rules)


def drawn(seed: int) -> tuple[Panel, Parameters]:
    """One or two systems of random rules over three symbols under random limits; closes are on every venue's grid."""
    books = random_books(seed, 30)
    panel = books.panel
    panel.prices[-1, :, CLOSE] = np.maximum(np.round(panel.prices[-1, :, CLOSE]), 1.0)
    panel.tails[-1, :, CUT] = 0.0
    rng = np.random.default_rng([seed, 9])
    house = no_house()._replace(
        max_var=float(rng.choice([0.01, 0.05, math.inf])),
        max_positions=float(rng.choice([1.0, 2.0, math.inf])),
        max_capital=float(rng.choice([2_000.0, 9_000.0, math.inf])),
    )
    return panel, parameters_of(books.systems, house)


@pytest.mark.parametrize("seed", range(120))
def test_no_limit_is_passed_and_no_order_waits(seed):
    panel, parameters = drawn(seed)
    state = fullest(panel, parameters)
    assert_within_limits(panel, parameters, state)
    assert not state.book[:, ORDERED].any()
    assert equity_of(state) == pytest.approx(sum(one.capital for one in parameters.systems))


def assert_within_limits(panel: Panel, parameters: Parameters, state: State) -> None:
    near = 1.0 + 1e-9
    values = np.abs(state.book[:, QUANTITY] * state.book[:, LAST])
    columns, house = parameters.slots[:, COLUMN], parameters.house
    for k, system in enumerate(parameters.systems):
        mine = slice(*parameters.firsts[k : k + 2])
        equity = system.capital
        assert values[mine].sum() <= system.profile.max_leverage * equity * near
        assert (values[mine] <= system.profile.max_position * equity * near).all()
        assert (values[mine] <= [one.instrument.class_limit * equity * near for one in system.slots]).all()
        margin = [one.instrument.margin for one in system.slots]
        assert (values[mine] * margin).sum() <= equity * near
    assert np.count_nonzero(values) <= house.max_positions
    assert values.sum() <= house.max_capital * near
    if math.isfinite(house.max_var):
        tails = panel.tails[-1, columns, TAIL_LONG]
        assert np.isfinite(tails[values > 0.0]).all()
        loads = np.zeros(panel.close.shape[1])
        np.add.at(loads, columns, np.where(values > 0.0, values * np.nan_to_num(tails), 0.0))
        square = loads @ np.abs(panel.links[panel.link_rows[-1]]) @ loads
        assert math.sqrt(max(square, 0.0)) <= house.max_var * sum(one.capital for one in parameters.systems) * near


@pytest.mark.parametrize("seed", range(120))
def test_another_day_of_the_same_buys_nothing_more(seed):
    """But for a lot or so: it is the fullest."""
    panel, parameters = drawn(seed)
    state = fullest(panel, parameters)
    day = _market(panel)
    again = run_backtest(day, _eager(parameters), replace(state, ladder=first_state(parameters.systems).ladder))
    more = np.abs(again.state.book[:, QUANTITY] - state.book[:, QUANTITY]) * state.book[:, LAST]
    assert (more <= 2.0 * parameters.instruments[:, 1] * state.book[:, LAST] + 1e-9 * equity_of(state)).all()


def test_the_random_ones_hold_something():
    held = [np.count_nonzero(fullest(*drawn(seed)).book[:, QUANTITY]) for seed in range(120)]
    assert np.mean(np.array(held) > 0) > 0.5
    assert max(held) >= 3


def test_weights_and_entries_share_what_there_is():
    """Weights are bought in the same round; what one leaves the other gets."""
    panel = closes("T", [100.0], [100.0])
    parameters = packed((FIFTH._replace(size=0.8), FREE), (held_rules(0.5, 0.0), FREE))
    assert units(fullest(panel, parameters)) == [80.0, 20.0]
