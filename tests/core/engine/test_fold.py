"""The fold by hand: one row for each way through a position's life, and what the days do to the account."""

import math

import numpy as np
import pytest
from drawn_markets import CAPITAL, GENEROUS
from hand_panels import FIFTH, FREE, NOON, panel_of, run_of

from models.engine.tables import FILL_FEE, FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_REALISED, FILL_SLIP
from models.risk import no_house
from models.specialists import OFF
from models.types import Bound, Breaker, Leg, Level, Reason
from models.types.timeframes import DAY, HOUR

NAN = math.nan
QUIET = (100.0, 100.0, 100.0, 100.0)
ONCE = [50.0, *[NAN] * 9]
SHORT = [-50.0, *[NAN] * 9]
LENDS = FREE._replace(shorts=1.0)
STOP, TARGET = FIFTH._replace(stop_loss=0.05), FIFTH._replace(stop_loss=0.05, take_profit=0.05)
L = Leg


def fills(run):
    return [(Leg(int(row[FILL_LEG])), row[FILL_QUANTITY], row[FILL_PRICE]) for row in run.fills]


# Rules, venue, edges, bars after the decision at 100, and the fills; twenty units are a fifth of ten thousand.
LIVES = {
    "at the next open, not at the close": (FIFTH, FREE, ONCE, [(103.0, 103.0, 101.0, 102.0)], [(L.ENTRY, 20.0, 103.0)]),
    "no bar without volume": (FIFTH, FREE, ONCE, [(*QUIET, 0.0), (104.0,) * 4], [(L.ENTRY, 20.0, 104.0)]),
    "no bar without prices": (FIFTH, FREE, ONCE, [(NAN,) * 4, (104.0,) * 4], [(L.ENTRY, 20.0, 104.0)]),
    "no bar that is out of order": (FIFTH, FREE, ONCE, [(100.0, 99.0, 98.0, 99.0), QUIET], [(L.ENTRY, 20.0, 100.0)]),
    "a share of the volume, and no more of it later": (
        FIFTH, FREE._replace(volume_share=0.5), ONCE, [(*QUIET, 10.0), QUIET], [(L.ENTRY, 5.0, 100.0)]),
    "spread and impact": (
        FIFTH, FREE._replace(half_spread=0.001, impact=0.02), ONCE, [(*QUIET, 80.0)], [(L.ENTRY, 20.0, 101.1)]),
    "a limit below the open rests": (
        FIFTH._replace(limit_offset=0.01), FREE, ONCE, [(100.0, 100.0, 98.5, 100.0)], [(L.ENTRY, 20.2, 99.0)]),
    "a limit that is not reached is over": (
        FIFTH._replace(limit_offset=0.01), FREE, ONCE, [(100.0, 100.0, 99.01, 100.0), (98.0,) * 4], []),
    "a limit that is only touched": (
        FIFTH._replace(limit_offset=0.01), FREE._replace(through=1.0), ONCE, [(100.0, 100.0, 99.0, 100.0)], []),
    "a limit above the open takes": (
        FIFTH._replace(limit_offset=0.01), FREE._replace(half_spread=0.001), ONCE, [(97.0,) * 4],
        [(L.ENTRY, 20.2, 97.1)]),
    "and never for more than its price": (
        FIFTH._replace(limit_offset=0.01), FREE._replace(half_spread=0.1), ONCE, [(98.0, 99.0, 97.0, 98.0)],
        [(L.ENTRY, 20.2, 99.0)]),
    "a stop": (STOP, FREE, ONCE, [QUIET, (100.0, 100.0, 94.0, 96.0)], [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 95.0)]),
    "a stop at its very level": (
        STOP, FREE, ONCE, [QUIET, (100.0, 100.0, 95.0, 96.0)], [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 95.0)]),
    "not a tick above it": (STOP, FREE, ONCE, [QUIET, (100.0, 100.0, 95.01, 96.0)], [(L.ENTRY, 20.0, 100.0)]),
    "a stop that the open has passed": (
        STOP, FREE, ONCE, [QUIET, (93.0, 100.0, 92.0, 96.0)], [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 93.0)]),
    "a stop in the bar of the entry": (
        STOP, FREE, ONCE, [(100.0, 100.0, 94.0, 96.0)], [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 95.0)]),
    "a target": (
        TARGET, FREE, ONCE, [QUIET, (100.0, 106.0, 99.0, 100.0)], [(L.ENTRY, 20.0, 100.0), (L.TARGET, -20.0, 105.0)]),
    "a target that the open has passed": (
        TARGET, FREE, ONCE, [QUIET, (107.0, 108.0, 99.0, 100.0)], [(L.ENTRY, 20.0, 100.0), (L.TARGET, -20.0, 107.0)]),
    "both are the stop": (
        TARGET, FREE, ONCE, [QUIET, (100.0, 106.0, 94.0, 100.0)], [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 95.0)]),
    "both, and the open was past the target": (
        TARGET, FREE, ONCE, [QUIET, (105.0, 106.0, 94.0, 100.0)], [(L.ENTRY, 20.0, 100.0), (L.TARGET, -20.0, 105.0)]),
    "a resting entry sees no target in its bar": (
        TARGET._replace(limit_offset=0.01), FREE, ONCE, [(100.0, 110.0, 98.5, 100.0)], [(L.ENTRY, 20.2, 99.0)]),
    "but its stop": (
        TARGET._replace(limit_offset=0.01), FREE, ONCE, [(100.0, 110.0, 90.0, 100.0)],
        [(L.ENTRY, 20.2, 99.0), (L.STOP, -20.2, 94.05)]),
    "half of it with a profit, then the stop": (
        STOP._replace(partial_at=0.02, partial_share=0.5), FREE, ONCE,
        [QUIET, (100.0, 103.0, 99.0, 100.0), (100.0, 103.0, 94.0, 95.0)],
        [(L.ENTRY, 20.0, 100.0), (L.PARTIAL, -10.0, 102.0), (L.STOP, -10.0, 95.0)]),
    "a stop trails the best price": (
        STOP._replace(trail=0.03), FREE, ONCE, [(100.0, 110.0, 100.0, 109.0), (109.0, 109.0, 106.0, 107.0)],
        [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 106.7)]),
    "and never back": (
        FIFTH._replace(stop_loss=0.02, trail=0.05), FREE, ONCE, [QUIET, (100.0, 100.0, 97.0, 97.0)],
        [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 98.0)]),
    "a stop by the range of bars": (
        FIFTH._replace(stop_atr=2.0), FREE, ONCE, [(100.0, 100.0, 98.0, 99.0)],
        [(L.ENTRY, 20.0, 100.0), (L.STOP, -20.0, 98.0)]),
    "a stop below the range, a target inside it": (
        FIFTH._replace(range_stop=0.01, range_target=0.75), FREE, ONCE, [QUIET, (100.0, 102.0, 99.0, 100.0)],
        [(L.ENTRY, 20.0, 100.0), (L.TARGET, -20.0, 101.5)]),
    "after so many bars": (
        FIFTH._replace(max_bars=2.0), FREE, ONCE, [QUIET, QUIET, (101.0,) * 4, QUIET],
        [(L.ENTRY, 20.0, 100.0), (L.EXIT, -20.0, 101.0)]),
    "when the edge turns": (
        FIFTH._replace(exit_edge=0.0), FREE, [50.0, 50.0, -1.0], [QUIET, QUIET, (101.0,) * 4],
        [(L.ENTRY, 20.0, 100.0), (L.EXIT, -20.0, 101.0)]),
    "an exit takes what there is and waits": (
        FIFTH._replace(max_bars=1.0), FREE, ONCE, [QUIET, (*QUIET, 15.0), QUIET],
        [(L.ENTRY, 20.0, 100.0), (L.EXIT, -15.0, 100.0), (L.EXIT, -5.0, 100.0)]),
    "short": (
        STOP, LENDS, SHORT, [QUIET, (100.0, 106.0, 100.0, 100.0)], [(L.ENTRY, -20.0, 100.0), (L.STOP, 20.0, 105.0)]),
    "short, target": (
        TARGET, LENDS, SHORT, [QUIET, (100.0, 101.0, 94.0, 100.0)], [(L.ENTRY, -20.0, 100.0), (L.TARGET, 20.0, 95.0)]),
    "short, over the stop at the open": (
        TARGET, LENDS, SHORT, [QUIET, (107.0, 107.0, 94.0, 100.0)], [(L.ENTRY, -20.0, 100.0), (L.STOP, 20.0, 107.0)]),
    "liquidated": (
        FIFTH, FREE._replace(margin=0.1, maintenance=0.05), ONCE, [QUIET, (100.0, 100.0, 94.0, 95.0)],
        [(L.ENTRY, 20.0, 100.0), (L.LIQUIDATION, -20.0, 95.0)]),
    "liquidated short": (
        FIFTH, LENDS._replace(margin=0.1, maintenance=0.05), SHORT, [QUIET, (100.0, 106.0, 94.0, 95.0)],
        [(L.ENTRY, -20.0, 100.0), (L.LIQUIDATION, 20.0, 105.0)]),
    "the fee of a buy in what was bought": (
        FIFTH._replace(max_bars=1.0), FREE._replace(fee_in_base=1.0, taker_fee=0.001), ONCE, [QUIET, QUIET],
        [(L.ENTRY, 19.9, 100.0), (L.EXIT, -19.9, 100.0)]),
}  # fmt: skip


@pytest.mark.parametrize("name", LIVES)
def test_a_position_from_order_to_end(name):
    rules, venue, edges, bars, expected = LIVES[name]
    assert fills(run_of(panel_of([QUIET, *bars], edges), rules, venue)) == expected


def test_cash_pays_for_the_fee_too_when_the_open_is_dearer():
    rules, profile = FIFTH._replace(size=9.0), GENEROUS._replace(max_position=9.0)
    run = run_of(panel_of([QUIET, (103.0,) * 4], ONCE), rules, FREE._replace(taker_fee=0.01), profile)
    assert run.orders[0, 2] == 99.0
    assert fills(run) == [(Leg.ENTRY, 96.1, 103.0)]
    assert run.state.account(0).cash == pytest.approx(CAPITAL - 96.1 * 103.0 * 1.01)


def test_levels_are_rounded_away_from_the_price():
    rules = FIFTH._replace(stop_loss=0.00333, take_profit=0.00333, partial_at=0.00222, partial_share=0.5)
    long, short = (run_of(panel_of([QUIET], edges), rules, LENDS).intents()[0] for edges in (ONCE, SHORT))
    assert (long.stop, long.partial, long.target) == (99.66, 100.23, 100.34)
    assert (short.stop, short.partial, short.target) == (100.34, 99.77, 99.66)


def test_finer_bars_say_what_came_first():
    panel = panel_of([QUIET, QUIET, (100.0, 106.0, 94.0, 100.0)], ONCE)
    for inside, leg in (([(100.0, 94.5), (106.0, 100.0)], Leg.STOP), ([(106.0, 99.0), (100.0, 94.0)], Leg.TARGET)):
        finer = np.array([(200.0, 1.0), *inside, (200.0, 1.0)])
        rows = panel.finer_rows.copy()
        rows[2, 0] = 1, 3
        assert fills(run_of(panel._replace(finer=finer, finer_rows=rows), TARGET))[1][0] is leg


def test_one_round_trip_to_the_cent():
    venue = FREE._replace(taker_fee=0.001, half_spread=0.001)
    panel = panel_of([QUIET, (101.0,) * 4, (104.0,) * 4, (109.0,) * 4], [50.0, 50.0, -1.0, NAN])
    run = run_of(panel, FIFTH._replace(exit_edge=0.0), venue)
    buy, sale = 101.11, 108.89
    spent, got = 20.0 * buy, 20.0 * sale
    made = got * 0.999 - spent * 1.001
    np.testing.assert_allclose(run.fills[:, FILL_FEE], [spent * 0.001, got * 0.001], rtol=1e-12)
    np.testing.assert_allclose(run.fills[:, FILL_SLIP], [20.0 * 0.11, 20.0 * 0.11], rtol=1e-9)
    np.testing.assert_allclose(run.fills[:, FILL_REALISED], [0.0, made], rtol=1e-12)
    cash = CAPITAL - spent * 1.001
    np.testing.assert_allclose(run.equity, [CAPITAL, cash + 2020.0, cash + 2080.0, CAPITAL + made], rtol=1e-14)
    account = run.state.account(0)
    assert (account.cash, account.realised) == (pytest.approx(CAPITAL + made), pytest.approx(made))
    assert account.traded == pytest.approx(spent + got)
    buy_intent, sale_intent = run.intents()
    assert (buy_intent.bar, buy_intent.quantity, buy_intent.price) == (NOON, 20.0, 100.0)
    assert (buy_intent.reason, buy_intent.bound) == (Reason.ENTER_EDGE, Bound.SPECIALIST_SIZE)
    assert (sale_intent.bar, sale_intent.quantity) == (NOON + 2 * HOUR, -20.0)
    assert sale_intent.reason is Reason.EXIT_EDGE


@pytest.mark.parametrize(
    ("split", "held", "cash", "stop", "ordered"),
    [(2.0, 40.0, 8_000.0, 47.5, 0.0), (0.5, 10.0, 8_000.0, 190.0, 0.0), (1.23, 24.6, 8_000.0, 77.23, 0.0)],
)
def test_a_split_moves_units_and_levels(split, held, cash, stop, ordered):
    price = 100.0 / split
    run = run_of(panel_of([QUIET, QUIET, (price,) * 4], ONCE, split=split), STOP)
    position = run.state.position(0)
    assert (position.quantity, position.stop, position.ordered) == (held, stop, ordered)
    assert position.entry == 100.0 / split
    assert run.state.account(0).cash == pytest.approx(cash)
    assert run.equity[-1] == pytest.approx(CAPITAL)


def test_fractions_of_a_split_are_paid_out_and_realised():
    run = run_of(panel_of([QUIET, QUIET, (100.0 / 1.5,) * 4], ONCE, split=1.5), FIFTH, FREE._replace(lot=20.0))
    assert run.state.position(0).quantity == 20.0
    assert run.state.account(0).cash == pytest.approx(8_000.0 + 10.0 * 100.0 / 1.5)
    assert run.state.account(0).realised == pytest.approx(0.0, abs=1e-9)


def test_a_split_voids_an_entry_and_an_exit_goes_on():
    void = run_of(panel_of([QUIET, (50.0,) * 4], ONCE, split=2.0))
    assert (fills(void), void.state.position(0).ordered) == ([], 0.0)
    rules = FIFTH._replace(max_bars=1.0)
    assert fills(run_of(panel_of([QUIET, QUIET, (50.0,) * 4], ONCE, split=2.0), rules))[1] == (Leg.EXIT, -40.0, 50.0)


@pytest.mark.parametrize(("edges", "income"), [(ONCE, 30.0), (SHORT, -30.0), ([NAN] * 3, 0.0)])
def test_dividends_are_paid_on_what_was_held_before_the_bar(edges, income):
    panel = panel_of([QUIET, QUIET, QUIET], edges)
    panel.actions[1:, 0, 1] = 7.0, 1.5
    account = run_of(panel, FIFTH, LENDS).state.account(0)
    assert account.income == income
    assert account.equity == CAPITAL + income


@pytest.mark.parametrize(("edges", "carry"), [(ONCE, 2 * 2_000.0 * 0.001), (SHORT, -2 * 2_000.0 * 0.0005)])
def test_carry_is_charged_for_the_midnights_between_two_decisions(edges, carry):
    venue = LENDS._replace(long_carry=0.001, short_carry=-0.0005)
    panel = panel_of([QUIET] * 4, edges)
    panel.ts[3] = panel.ts[2] + 2 * DAY
    account = run_of(panel, FIFTH, venue).state.account(0)
    assert account.carry == pytest.approx(carry)
    assert account.equity == pytest.approx(CAPITAL - carry)


def test_where_nobody_decides_orders_are_filled_and_nothing_else_happens():
    panel = panel_of([QUIET] * 4)
    panel.decided[:] = [True, False, False, True]
    run = run_of(panel)
    assert run.reasons[:, 0].tolist() == [Reason.ENTER_EDGE, 0, 0, Reason.HOLD_POSITION]
    assert run.held[:, 0].tolist() == [0.0, 20.0, 20.0, 20.0]
    assert run.equity.tolist() == [CAPITAL] * 4


@pytest.mark.parametrize(
    ("gate", "flat", "held"),
    [
        (Reason.REFUSED_STALE, Reason.REFUSED_STALE, Reason.REFUSED_STALE),
        (Reason.REFUSED_DATA, Reason.REFUSED_DATA, Reason.REFUSED_DATA),
        (Reason.REFUSED_NO_BAR, Reason.REFUSED_NO_BAR, Reason.REFUSED_NO_BAR),
        (Reason.REFUSED_STOPPED, Reason.REFUSED_STOPPED, Reason.EXIT_TIME),
        (Reason.REFUSED_NOT_LISTED, Reason.REFUSED_NOT_LISTED, Reason.EXIT_TIME),
    ],
)
def test_some_gates_forbid_everything_and_others_entries(gate, flat, held):
    panel = panel_of([QUIET] * 3)
    panel.codes[0, 0, 1] = panel.codes[2, 0, 1] = int(gate)
    assert run_of(panel).reasons[0, 0] == flat
    panel.codes[0, 0, 1] = 0
    panel.codes[1, 0, 1] = int(gate)
    run = run_of(panel, FIFTH._replace(max_bars=1.0))
    assert run.reasons[:2, 0].tolist() == [Reason.ENTER_EDGE, held]


def test_a_fall_from_the_peak_pauses_and_the_peak_starts_anew():
    profile = GENEROUS._replace(max_drawdown=0.03, pause_days=2.0)
    bars = [QUIET, QUIET, (100.0, 100.0, 80.0, 80.0), *[(80.0,) * 4] * 4]
    panel = panel_of(bars, step=DAY)
    run = run_of(panel, FIFTH._replace(max_bars=2.0, stop_loss=OFF), profile=profile)
    said = [Reason(code) for code in run.reasons[:, 0]]
    assert said[2:6] == [
        Reason.EXIT_TIME,
        Reason.REFUSED_STRATEGY,
        Reason.ENTER_EDGE,
        Reason.HOLD_POSITION,
    ]
    assert run.state.account(0).peak == pytest.approx(9_600.0)


@pytest.mark.parametrize(("hour", "said"), [(22, Reason.HOLD_POSITION), (18, Reason.REDUCE_RISK)])
def test_the_days_loss_counts_from_the_last_decision_of_the_day_before(hour, said):
    """Twice 1.6 % of the equity, on both sides of midnight or on one day; what is left to lose is above its cap."""
    house = no_house()._replace(daily_loss=0.03, max_var=0.001)
    panel = panel_of([QUIET, (100.0, 100.0, 92.0, 92.0), (92.0, 92.0, 84.0, 84.0)], start=18_000 * DAY + hour * HOUR)
    panel.tails[1:, 0, :2] = 0.1
    run = run_of(panel, house=house)
    assert [Reason(code) for code in run.reasons[:, 0]] == [Reason.ENTER_EDGE, Reason.HOLD_POSITION, said]
    assert [(one.tripped, one.level, one.breaker) for one in run.ladder_events()] == (
        [(True, Level.REDUCE, Breaker.DAILY_LOSS)] if hour == 18 else []
    )
