"""Fills paired into trades: what they earned is what the account realised, each with its share of the entry."""

import pytest
from drawn_markets import Books, Market, markets, random_books, random_market
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engine import Run, run_backtest
from models.engine.tables import FILL_LEG
from models.engine.trades import trades_of
from models.kernels import floor_to_step
from models.portfolio import apply_fill
from models.types import BadInput, Bound, Fill, Intent, Leg, Reason, Regime
from models.types.timeframes import HOUR


def run_of(market: Market | Books) -> Run:
    return run_backtest(market.panel, market.parameters(), market.start())


def trades_in(run: Run):
    symbols = [slot.symbol for _, slot in run.parameters.rows]
    return trades_of(run.executions(), run.intents(), dict.fromkeys(symbols, "m1"))


def replayed(run: Run):
    """(expected trades as (system, symbol, exited, leg, quantity, entry price, costs), whether fractions were paid out,
    units left by row), by counting units, money and splits bar by bar.
    """
    expected, fractions, left = [], False, []
    rows = {int(ts): row for row, ts in enumerate(run.panel.ts)}
    for system, slot in run.parameters.rows:
        key, lot = (system.name, slot.symbol), slot.instrument.lot
        units, value, extra, at = 0.0, 0.0, 0.0, 0
        for fill in [*(one for one in run.executions() if (one.system, one.symbol) == key), None]:
            until = run.panel.ts.size - 1 if fill is None else rows[fill.ts]
            for row in range(at, until + 1):
                split = float(run.panel.actions[row, slot.column, 0])
                if units and split != 1.0:
                    whole = units * split
                    kept = floor_to_step(abs(whole), lot) * (1.0 if units > 0.0 else -1.0)
                    fractions |= kept != pytest.approx(whole, rel=1e-12)
                    units, value, extra = kept, value * kept / whole, extra * kept / whole
            at = until + 1
            if fill is None:
                break
            if fill.leg in (Leg.ENTRY, Leg.ADD):
                units, value = units + fill.quantity, value + fill.quantity * fill.price
                extra += fill.fee + fill.slip
                continue
            part = -fill.quantity / units
            price, costs = value * part / -fill.quantity, part * extra + fill.fee + fill.slip
            expected.append((*key, fill.ts, fill.leg.name.lower(), -fill.quantity, price, costs))
            units, value, extra = units + fill.quantity, value * (1.0 - part), extra * (1.0 - part)
            if abs(units) < lot / 2:
                units = value = extra = 0.0
        left.append(units)
    return expected, fractions, left


def as_row(trade):
    return (
        *(trade.system, trade.symbol, trade.exited, trade.leg),
        *(trade.quantity, trade.entry_price, trade.costs),
    )


def check(market: Market | Books) -> Run:
    run = run_of(market)
    trades = trades_in(run)
    expected, fractions, left = replayed(run)
    ours = sorted(map(as_row, trades))
    expected.sort()
    assert [one[:5] for one in ours] == [one[:5] for one in expected]
    # No fill tells of fractions that were paid out: after an addition their price and fees are not quite told apart.
    if not (fractions and (run.fills[:, FILL_LEG] == Leg.ADD).any()):
        for found, wanted in zip(ours, expected, strict=True):
            assert found[5:] == pytest.approx(wanted[5:], rel=1e-6, abs=1e-9)
    if not fractions:
        for k, system in enumerate(run.parameters.systems):
            made = sum(one.profit for one in trades if one.system == system.name)
            assert made == pytest.approx(run.state.account(k).realised, rel=1e-9, abs=1e-6)
        assert left == pytest.approx(run.held[-1].tolist(), abs=1e-9)
        if not any(left):
            paid = run.state.total("fees") + run.state.total("slip")
            assert sum(one.costs for one in trades) == pytest.approx(paid, rel=1e-7, abs=1e-6)
    assert all(one.entered <= one.exited for one in trades)
    return run


@given(st.integers(0, 10**6))
@settings(max_examples=30)
def test_of_two_systems_too(seed: int) -> None:
    check(random_books(seed, 300))


def test_what_weights_and_handovers_sell_has_its_reason() -> None:
    found = [(one.reason, one.system) for seed in range(30) for one in trades_in(run_of(random_books(seed, 300)))]
    names = {reason for reason, _ in found}
    assert {"reduce_weight", "exit_weight", "exit_switch", "reduce_exposure", "exit_time"} <= names
    assert {system for _, system in found} == {"swing", "long"}


@given(markets)
@settings(max_examples=150)
def test_trades_are_what_the_account_realised(market: Market) -> None:
    check(market)


@given(st.integers(0, 10**6))
@settings(max_examples=25)
def test_over_many_bars_too(seed: int) -> None:
    check(random_market(seed, 600, 3))


def test_the_drawn_markets_have_every_leg_shorts_parts_and_splits() -> None:
    legs, shorts, splits, reasons = set(), 0, 0, set()
    for seed in range(40):
        run = run_of(random_market(seed, 600, 3))
        trades = trades_in(run)
        legs |= {one.leg for one in trades}
        reasons |= {one.reason for one in trades}
        shorts += sum(one.quantity < 0.0 for one in trades)
        entries = {(one.symbol, one.ts): one.price for one in run.executions() if one.leg == Leg.ENTRY}
        splits += sum(one.entry_price != entries[one.symbol, one.entered] for one in trades)
    assert legs == {"exit", "stop", "target", "partial", "liquidation"}
    assert {"exit_edge", "exit_time"} <= reasons
    assert shorts > 50
    assert splits > 5


def fill(leg: Leg, bar: int, quantity: float, price: float, realised: float = 0.0, fee: float = 0.0) -> Fill:
    return Fill("A", bar * HOUR, quantity, price, fee, leg, Regime.TRENDING, realised, 0.25, "swing", "trending")


def intent(bar: int, reason: Reason, symbol: str = "A") -> Intent:
    return Intent(
        bar * HOUR, symbol, -1.0, 100.0, reason, Bound.NONE, 0.0, Regime.TRENDING, system="swing", specialist="trending"
    )


ENTRY = fill(Leg.ENTRY, 1, 10.0, 100.0, fee=2.0)
DECIDED = intent(0, Reason.ENTER_EDGE)


@pytest.mark.parametrize(
    ("fills", "intents", "reasons"),
    [
        ([fill(Leg.EXIT, 3, -10.0, 101.0, 8.0)], [intent(2, Reason.EXIT_EDGE)], ["exit_edge"]),
        ([fill(Leg.EXIT, 3, -10.0, 101.0, 8.0)], [intent(2, Reason.EXIT_TIME)], ["exit_time"]),
        ([fill(Leg.EXIT, 9, -10.0, 101.0, 8.0)], [intent(2, Reason.EXIT_TIME)], ["exit_time"]),
        ([fill(Leg.STOP, 2, -10.0, 101.0, 8.0)], [], ["stop"]),
        ([fill(Leg.TARGET, 2, -10.0, 101.0, 8.0)], [], ["target"]),
        ([fill(Leg.LIQUIDATION, 2, -10.0, 101.0, 8.0)], [], ["liquidation"]),
        # What a stop could not close goes on as an exit that nobody decided.
        ([fill(Leg.STOP, 2, -4.0, 90.0, -40.8), fill(Leg.EXIT, 3, -6.0, 90.0, -61.2)], [], ["stop", "stop"]),
        ([fill(Leg.PARTIAL, 2, -4.0, 110.0, 39.2), fill(Leg.STOP, 5, -6.0, 90.0, -61.2)], [], ["partial", "stop"]),
        # A level closes it in the bar that would have filled the exit's rest.
        (
            [fill(Leg.EXIT, 3, -4.0, 101.0, 3.2), fill(Leg.STOP, 3, -6.0, 90.0, -61.2)],
            [intent(2, Reason.EXIT_EDGE)],
            ["exit_edge", "stop"],
        ),
        ([fill(Leg.EXIT, 3, -10.0, 101.0, 8.0)], [intent(2, Reason.EXIT_EDGE, "B")], ["exit"]),
        # Decided at the close of the fill's own bar: after it.
        ([fill(Leg.EXIT, 3, -10.0, 101.0, 8.0)], [intent(3, Reason.EXIT_EDGE)], ["exit"]),
    ],
)
def test_why_a_part_was_left(fills: list[Fill], intents: list[Intent], reasons: list[str]) -> None:
    trades = trades_of([ENTRY, *fills], [DECIDED, *intents], {"A": "m1"})
    assert [one.reason for one in trades] == reasons
    assert [one.leg for one in trades] == [one.leg.name.lower() for one in fills]


def test_an_exit_of_an_earlier_position_says_nothing_about_this_one() -> None:
    first = [ENTRY, fill(Leg.STOP, 3, -10.0, 90.0, -102.0)]
    second = [fill(Leg.ENTRY, 5, 10.0, 100.0, fee=2.0), fill(Leg.EXIT, 7, -10.0, 101.0, 8.0)]
    trades = trades_of([*first, *second], [DECIDED, intent(2, Reason.EXIT_EDGE)], {})
    assert [one.reason for one in trades] == ["stop", "exit"]


def test_a_short_left_in_two_parts_shares_its_entry_by_quantity() -> None:
    cash, quantity, cost, _ = apply_fill(0.0, 0.0, 0.0, -10.0, 100.0, 2.0, 1.0)
    cash, quantity, cost, first = apply_fill(cash, quantity, cost, 4.0, 90.0, 0.5, 1.0)
    _, _, _, second = apply_fill(cash, quantity, cost, 6.0, 105.0, 1.0, 1.0)
    fills = [
        fill(Leg.ENTRY, 1, -10.0, 100.0, fee=2.0),
        fill(Leg.PARTIAL, 2, 4.0, 90.0, first, fee=0.5),
        fill(Leg.STOP, 4, 6.0, 105.0, second, fee=1.0),
    ]
    one, other = trades_of(fills, [DECIDED], {"A": "m1", "B": "m2"})
    assert (one.quantity, other.quantity) == (-4.0, -6.0)
    assert (one.entry_price, one.exit_price) == (100.0, 90.0)
    assert one.profit == pytest.approx(40.0 - 0.8 - 0.5)
    assert other.profit == pytest.approx(-30.0 - 1.2 - 1.0)
    assert (one.costs, other.costs) == (pytest.approx(0.8 + 0.1 + 0.5 + 0.25), pytest.approx(1.2 + 0.15 + 1.0 + 0.25))
    assert (one.entered, one.exited, other.exited) == (HOUR, 2 * HOUR, 4 * HOUR)
    assert (one.system, one.specialist, one.regime, one.model) == ("swing", "trending", "trending", "m1")


def test_a_split_while_held_moves_the_entry_price_along() -> None:
    fills = [ENTRY, fill(Leg.EXIT, 5, -15.0, 80.0, 15 * 80.0 - 501.0), fill(Leg.EXIT, 6, -15.0, 10.0, 150.0 - 501.0)]
    for one in trades_of(fills, [DECIDED], {}):
        assert one.entry_price == pytest.approx(100.0 / 3.0, rel=1e-11)
        assert one.costs == pytest.approx(0.5 * 2.25 + 0.25)


def test_a_fill_without_its_entry_is_refused() -> None:
    with pytest.raises(BadInput, match="A: the fill of 1970-01-01T03:00:00Z leaves a position"):
        trades_of([fill(Leg.EXIT, 3, -1.0, 100.0)], [], {})
