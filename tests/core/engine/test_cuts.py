"""A part of a symbol that is sold because a stress test asks for it, whatever the rules say: by hand in the fold.

Twenty of two hundred units at 100 are a fifth of ten thousand.
"""

import numpy as np
import pytest
from drawn_markets import CAPITAL, random_books
from genomes import INSTRUMENT, PROFILE, packed, random_genomes, random_symbol
from hand_books import OPEN_HANDED, by_regime, closes, filled, folded, said, slot
from hand_panels import FIFTH, FREE
from hypothesis import given, settings
from hypothesis import strategies as st
from seeded_books import SYMBOLS, bars_after, panel_of, parameters_for, seeded_book, state_of

from models.engine import Panel, Run, System, evaluate, run_backtest
from models.engine.panel import BREAKER, CUT, EDGE, FORCED, GATE, TAIL_LONG, VOLUME
from models.engine.parameters import COLUMN
from models.engine.state import QUANTITY
from models.engine.tables import ORDER_QUANTITY, ORDER_REASON, ORDER_ROW, ORDER_T
from models.meta import plain_controller
from models.risk import Ladder, no_house
from models.scenarios import Shock
from models.specialists import held_rules
from models.types import BadInput, Breaker, Leg, Level, Reason

pytestmark = pytest.mark.risk
CUT_OFF = Reason.REDUCE_STRESS
HOLDS = FIFTH._replace(max_bars=np.inf)


def cut(panel: Panel, row: int, part: float, column: int = 0) -> Panel:
    panel.tails[row, column, CUT] = part
    return panel


def held(run: Run, row: int = 0) -> list[float]:
    return [round(one, 9) for one in run.held[:, row].tolist()]


def forced(panel: Panel, row: int, level: Level = Level.REDUCE) -> Panel:
    panel.events[row, FORCED], panel.events[row, BREAKER] = level, Breaker.STRESS
    return panel


def test_a_part_is_ordered_at_the_close_and_sold_at_the_next_open():
    run = folded(cut(closes("TTTT", [100.0, 100.0, 100.0, 90.0]), 1, 0.25), slot(by_regime(HOLDS)))
    assert held(run) == [0.0, 20.0, 15.0, 15.0]
    assert said(run) == [Reason.ENTER_EDGE, CUT_OFF, Reason.HOLD_POSITION, Reason.HOLD_POSITION]
    assert filled(run)[1] == (2, 0, Leg.EXIT, -5.0, 100.0)
    intent = run.intents()[1]
    assert (intent.quantity, intent.reason) == (-5.0, CUT_OFF)


@pytest.mark.parametrize(
    ("part", "venue", "left"),
    [
        (0.01, FREE, 19.8),
        (0.251, FREE, 14.9),
        (1.0, FREE, 0.0),
        (0.3, FREE._replace(lot=4.0), 12.0),
        (0.5, FREE._replace(min_notional=1_100.0), 0.0),
        (0.5, FREE._replace(min_notional=900.0), 10.0),
        (0.4, FREE._replace(min_notional=900.0), 20.0),
    ],
)
def test_at_least_the_part_in_whole_lots_and_no_crumb_is_left(part, venue, left):
    run = folded(cut(closes("TTTT"), 1, part), slot(by_regime(HOLDS), venue=venue))
    assert held(run)[3] == pytest.approx(left)
    assert said(run)[1] == (CUT_OFF if left < 20.0 else Reason.REFUSED_MIN_NOTIONAL)


def test_a_short_position_is_bought_back():
    panel = cut(closes("TTTT"), 1, 0.25)
    panel.figures[0, :, EDGE] = -50.0
    run = folded(panel, slot(by_regime(HOLDS), venue=FREE._replace(shorts=1.0)))
    assert held(run) == [0.0, -20.0, -15.0, -15.0]


def test_both_systems_that_hold_the_symbol_sell_and_no_other_symbol_does():
    panel = cut(closes("TTTT", [100.0], [100.0]), 1, 0.5)
    panel.figures[0, 1, EDGE] = 50.0
    other = System("long", CAPITAL, OPEN_HANDED, plain_controller(), (slot(by_regime(HOLDS)),))
    run = folded(panel, slot(by_regime(HOLDS)), slot(by_regime(HOLDS), 1), others=(other,))
    assert [held(run, row) for row in range(3)] == [
        [0.0, 20.0, 10.0, 10.0],
        [0.0, 20.0, 20.0, 20.0],
        [0.0, 20.0, 10.0, 10.0],
    ]


def test_nothing_is_held_nothing_is_cut():
    run = folded(cut(closes("TTT"), 0, 1.0), slot(by_regime(HOLDS)))
    assert held(run) == [0.0, 20.0, 20.0]
    assert said(run)[0] == Reason.ENTER_EDGE


def test_a_cut_beside_a_stop_that_reduces_stays_sold():
    """Weights would be bought again at once without it."""
    weights = by_regime(held_rules(0.2, 0.01))
    free = folded(cut(closes("TTTTT"), 1, 0.5), slot(weights))
    assert held(free) == [0.0, 20.0, 10.0, 20.0, 20.0]
    stopped = folded(forced(cut(closes("TTTTT"), 1, 0.5), 1), slot(weights))
    assert held(stopped) == [0.0, 20.0, 10.0, 10.0, 10.0]
    assert said(stopped)[1:] == [CUT_OFF, *[Reason.REFUSED_STRESS] * 3]
    assert Ladder(*stopped.state.ladder.tolist()).breaker == Breaker.STRESS


def test_the_sale_of_a_stop_and_a_cut_are_not_added():
    """The stop would sell half to bring the value at risk to its cap: the cut goes first, the rest follows."""
    panel = forced(cut(closes("TTTTTT"), 1, 0.25), 1)
    panel.tails[:, :, TAIL_LONG] = 0.05
    panel.tails[0, :, TAIL_LONG] = 0.0
    house = no_house()._replace(max_var=0.005, halt_var=1.0)
    run = folded(panel, slot(by_regime(HOLDS)), house=house)
    assert held(run) == [0.0, 20.0, 15.0, 10.0, 10.0, 10.0]
    assert said(run)[1:4] == [CUT_OFF, Reason.REDUCE_RISK, Reason.HOLD_POSITION]


def test_a_stop_that_sells_everything_goes_before_a_cut():
    run = folded(forced(cut(closes("TTTT"), 1, 0.25), 1, Level.FLATTEN), slot(by_regime(HOLDS)))
    assert held(run) == [0.0, 20.0, 0.0, 0.0]
    assert said(run)[1] == Reason.EXIT_FLATTEN


@pytest.mark.parametrize("part", [0.5, 1.0])
def test_an_exit_of_all_that_waits_goes_on(part):
    panel = cut(closes("TTTTT"), 2, part)
    panel.prices[:, 0, VOLUME] = [np.nan, np.nan, 0.0, np.nan, np.nan]
    run = folded(panel, slot(by_regime(HOLDS._replace(max_bars=1.0))))
    assert said(run)[1:3] == [Reason.EXIT_TIME, Reason.HOLD_ORDER]
    assert [one.quantity for one in run.intents()[1:]] == [-20.0]
    assert held(run) == [0.0, 20.0, 20.0, 0.0, 0.0]


@pytest.mark.parametrize(("part", "left"), [(0.4, 12.0), (0.1, 15.0)])
def test_a_reduction_of_less_that_waits_gives_way(part, left):
    """A quarter waits to be sold, in a bar without volume."""
    panel = cut(cut(closes("TTTTT"), 1, 0.25), 2, part)
    panel.prices[2, 0, VOLUME] = 0.0
    run = folded(panel, slot(by_regime(HOLDS)))
    assert held(run) == [0.0, 20.0, 20.0, left, left]
    assert said(run)[2] == (CUT_OFF if part > 0.25 else Reason.HOLD_ORDER)


def test_an_addition_that_waits_gives_way():
    """A weight is to be topped up after a fall; the bar in which it would be has no volume."""
    panel = cut(closes("TTTTT", [100.0, 80.0, 80.0, 80.0, 80.0]), 2, 0.5)
    panel.prices[2, 0, VOLUME] = 0.0
    run = folded(forced(panel, 2), slot(by_regime(held_rules(0.2, 0.01))))
    assert said(run)[1:3] == [Reason.ADD_WEIGHT, CUT_OFF]
    assert held(run) == [0.0, 20.0, 20.0, 10.0, 10.0]


@pytest.mark.parametrize("gate", [Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA, None])
def test_on_a_bar_without_a_price_to_act_on_it_is_lost(gate):
    """Who asks for a cut has to see that it was done: it does not wait."""
    panel = cut(closes("TTTTT"), 2, 0.5)
    if gate in (None, Reason.REFUSED_NO_BAR):
        panel.prices[2, 0] = np.nan
    panel.codes[2, 0, GATE] = int(gate) if gate is not None else 0
    run = folded(panel, slot(by_regime(HOLDS)))
    assert held(run) == [0.0, 20.0, 20.0, 20.0, 20.0]
    assert said(run)[2] == (gate if gate is not None else Reason.REFUSED_BAD_PRICE)


def test_a_gate_that_only_forbids_entries_does_not_keep_it():
    panel = cut(closes("TTTT"), 1, 0.5)
    panel.codes[1, 0, GATE] = int(Reason.REFUSED_NOT_LISTED)
    assert held(folded(panel, slot(by_regime(HOLDS)))) == [0.0, 20.0, 10.0, 10.0]


def test_what_the_volume_does_not_give_waits_for_the_next_opens():
    panel = cut(closes("TTTTTT"), 1, 0.5)
    panel.prices[2:, 0, VOLUME] = 4.0
    run = folded(panel, slot(by_regime(HOLDS)))
    assert held(run) == [0.0, 20.0, 16.0, 12.0, 10.0, 10.0]
    assert said(run)[1:] == [CUT_OFF, Reason.HOLD_ORDER, Reason.HOLD_ORDER, Reason.HOLD_POSITION, Reason.HOLD_POSITION]


def test_a_stop_beside_a_cut_that_waits_sells_all():
    panel = cut(closes("TTTTT", [100.0, 100.0, 100.0, 80.0, 80.0]), 1, 0.5)
    panel.prices[2, 0, VOLUME] = 4.0
    run = folded(panel, slot(by_regime(HOLDS._replace(stop_loss=0.1))))
    assert held(run) == [0.0, 20.0, 16.0, 0.0, 0.0]
    assert [(leg, quantity) for _, _, leg, quantity, _ in filled(run)] == [
        (Leg.ENTRY, 20.0), (Leg.EXIT, -4.0), (Leg.EXIT, -6.0), (Leg.STOP, -10.0),
    ]  # fmt: skip


def test_another_specialist_in_charge_changes_nothing():
    """The position is given up in its regime; the cut comes first, the rest follows at the next close."""
    leaves = by_regime(HOLDS, T={"leaves": 1.0})
    run = folded(cut(closes("TTVVV"), 2, 0.25), slot(leaves))
    assert said(run)[2:4] == [CUT_OFF, Reason.EXIT_SWITCH]
    assert held(run) == [0.0, 20.0, 20.0, 15.0, 0.0]


def test_a_cut_in_a_row_that_nobody_decides_is_refused():
    panel = cut(closes("TTT"), 1, 0.5)
    panel.decided[1] = False
    with pytest.raises(ValueError, match="events act at decisions"):
        folded(panel, slot(by_regime(HOLDS)))


def test_a_search_knows_no_cuts():
    panel, genomes = random_symbol(7, 50), random_genomes(3, 2)
    evaluate(panel, genomes, packed(genomes[0], PROFILE, INSTRUMENT), CAPITAL)
    with pytest.raises(BadInput, match="a search knows no deposits, releases and stops from outside"):
        evaluate(cut(panel, 20, 0.5), genomes, packed(genomes[0], PROFILE, INSTRUMENT), CAPITAL)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 58), st.integers(0, 2), st.floats(0.001, 1.0))
def test_a_cut_only_ever_makes_its_own_symbol_smaller(seed, row, column, part):
    books = random_books(seed, 60)
    panel, parameters = books.panel, books.parameters()
    panel.decided[row] = True
    panel.tails[:, :, CUT] = 0.0
    panel.tails[row, column, CUT] = part
    run = run_backtest(panel, parameters, books.start())
    columns = parameters.slots[:, COLUMN]
    for order in run.orders[run.orders[:, ORDER_REASON] == CUT_OFF]:
        i, t = int(order[ORDER_ROW]), int(order[ORDER_T])
        before = run.held[t, i]
        assert (t, columns[i]) == (row, column)
        assert order[ORDER_QUANTITY] * before < 0.0
        lot = parameters.instruments[i, 1]
        assert abs(before) * part - 1e-6 * lot <= abs(order[ORDER_QUANTITY]) <= abs(before)
        no_split = panel.actions[t + 1, column, 0] == 1.0 if t + 1 < panel.ts.size else False
        if no_split:
            assert 0.0 <= run.held[t + 1, i] / before <= 1.0


@settings(max_examples=40)
@given(st.integers(0, 50), st.integers(0, 70), st.integers(0, len(SYMBOLS) - 1), st.floats(0.01, 1.0))
def test_the_other_symbols_of_a_book_that_only_holds_do_not_notice(seed, row, column, part):
    book = seeded_book(seed)
    parameters = parameters_for(book)
    state = state_of(book, parameters)
    panel = panel_of(bars_after(book, Shock(moves=(("all", -0.2),), volatility=2.0)))
    plain = run_backtest(panel, parameters, state)
    run = run_backtest(cut(panel, row, part, column), parameters, state)
    others = parameters.slots[:, COLUMN] != column
    assert np.array_equal(plain.held[:, others], run.held[:, others])
    assert np.array_equal(plain.held[: row + 1], run.held[: row + 1])
    assert np.array_equal(plain.state.book[others], run.state.book[others])
    assert (np.abs(run.held) <= np.abs(plain.held) + 1e-9).all()
    assert (run.held * state.book[:, QUANTITY] >= 0.0).all()
