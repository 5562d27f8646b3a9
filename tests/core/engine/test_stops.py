"""Stops in the fold by hand: what comes from outside, in which order it acts, and what each level does to two systems.

Twenty of two hundred units at 100 are a fifth of ten thousand.
"""

import pytest
from drawn_markets import CAPITAL
from hand_books import OPEN_HANDED, by_regime, closes, filled, folded, said, slot
from hand_panels import FIFTH

from models.engine import Run, System
from models.engine.panel import BREAKER, FLOW, FORCED, RELEASE
from models.meta import plain_controller
from models.risk import Ladder, no_house
from models.specialists import held_rules
from models.types import Breaker, Leg, Level, Reason
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk

R, B = Reason, Breaker
PAUSE, REDUCE, FLATTEN = Level.PAUSE, Level.REDUCE, Level.FLATTEN
QUIET = no_house()
# It falls by a fifth, and the position of a fifth of the equity costs 4 %.
FALL = [100.0, 100.0, 80.0]
NERVOUS = OPEN_HANDED._replace(max_drawdown=0.03, pause_days=0.0)


def told(run: Run) -> list[tuple[int, str, bool, Level, Breaker]]:
    """Row, system, whether it tripped, level and breaker of each event."""
    rows = {int(ts): t for t, ts in enumerate(run.panel.ts.tolist())}
    return [(rows[one.bar], one.system, one.tripped, one.level, one.breaker) for one in run.ladder_events()]


def ladder(run: Run) -> Ladder:
    return Ladder(*run.state.ladder.tolist())


def beside(share: float = 0.5) -> System:
    """Another system of half the capital that holds 20 units of the second symbol by weight."""
    return System("long", 5_000.0, OPEN_HANDED, plain_controller(), (slot(by_regime(held_rules(share, 0.5)), 1),))


def test_a_systems_own_pause_ends_with_a_persons_release_and_its_peak_begins_anew():
    panel = closes("TTTTTT", FALL)
    panel.figures[:, 0, 0] = 50.0
    panel.events[4, RELEASE] = 1.0
    run = folded(panel, slot(by_regime(FIFTH._replace(max_bars=2.0))), profile=NERVOUS)
    assert said(run)[2:] == [R.EXIT_TIME, R.REFUSED_STRATEGY, R.ENTER_EDGE, R.HOLD_POSITION]
    assert told(run) == [(2, "swing", True, PAUSE, B.STRATEGY), (4, "swing", False, PAUSE, B.STRATEGY)]
    (trip, _) = run.ladder_events()
    assert (trip.value, trip.limit) == (pytest.approx(0.04), 0.03)
    account = run.state.account(0)
    assert (account.peak, account.paused_until) == (9_600.0, 0.0)


def test_a_pause_of_one_system_is_none_of_the_other():
    panel = closes("TTTTT", FALL, [100.0])
    panel.figures[3:, :, 0] = 50.0
    calm = System("long", CAPITAL, OPEN_HANDED, plain_controller(), (slot(by_regime(FIFTH), 1),))
    panel.figures[:3, 1, 0] = 0.0
    run = folded(panel, slot(by_regime(FIFTH._replace(max_bars=2.0))), profile=NERVOUS, others=(calm,))
    assert said(run)[3] == R.REFUSED_STRATEGY
    assert said(run, 1)[3] == R.ENTER_EDGE
    assert ladder(run).level == Level.NONE


def test_a_deposit_is_shared_by_what_each_system_is_worth_and_is_no_profit():
    """At the second close swing is worth 9,800 and long 5,000; one hundredth of both is paid in."""
    panel = closes("TTTT", [100.0, 90.0], [100.0])
    panel.events[2, FLOW] = 148.0
    house = QUIET._replace(max_drawdown=0.5, daily_loss=0.5)
    run = folded(panel, slot(by_regime(FIFTH)), others=(beside(0.2),), house=house)
    before = folded(
        panel._replace(events=panel.events * 0.0), slot(by_regime(FIFTH)), others=(beside(0.2),), house=house
    )
    grown = 1.0 + 148.0 / before.equity[2]
    assert run.equities[2] == pytest.approx(before.equities[2] * grown)
    for k in (0, 1):
        mine, plain = run.state.account(k), before.state.account(k)
        assert mine.peak == pytest.approx(plain.peak * grown)
        assert mine.cash - plain.cash == pytest.approx(before.equities[2, k] * (grown - 1.0))
        assert mine.realised == plain.realised
    for name in ("equity", "peak", "crest", "day_start", "week_start"):
        assert getattr(ladder(run), name) == pytest.approx(getattr(ladder(before), name) * grown), name
    assert told(run) == []


def test_a_withdrawal_is_no_loss():
    """A third goes: the day's loss stays what it was, just above its limit."""
    panel = closes("TTTT", [100.0, 100.0, 91.0])
    panel.events[2:, FLOW] = -3_000.0, -3_000.0
    assert told(folded(panel, slot(by_regime(FIFTH)), house=QUIET._replace(daily_loss=0.02))) == []
    panel.prices[2:, 0, 2:4] = 89.9
    panel.prices[3, 0, 0] = 89.9
    panel.prices[3, 0, 1] = 89.9
    found = folded(panel, slot(by_regime(FIFTH)), house=QUIET._replace(daily_loss=0.02))
    assert told(found) == [(2, "", True, REDUCE, B.DAILY_LOSS)]


def test_a_row_pays_then_releases_then_trips_then_is_forced():
    """All at once: what held is released, the day's loss counts anew, what is at risk trips, a person goes higher."""
    panel = closes("TTTT", FALL)
    panel.events[1, FORCED], panel.events[1, BREAKER] = PAUSE, B.FEED
    panel.events[2, :] = 1.0, FLATTEN, B.PERSON, 500.0
    panel.tails[:, 0, :2] = 0.5
    house = QUIET._replace(daily_loss=0.03, halt_var=0.01)
    panel.tails[:2, 0, :2] = 0.0001
    run = folded(panel, slot(by_regime(FIFTH)), house=house)
    assert told(run) == [
        (1, "", True, PAUSE, B.FEED),
        (2, "", False, PAUSE, B.FEED),
        (2, "", True, REDUCE, B.VAR),
        (2, "", True, FLATTEN, B.PERSON),
    ]
    # 20 * 80 * 0.5 of 9600 and 500
    assert run.ladder_events()[2].value == pytest.approx(800.0 / 10_100.0)
    assert said(run)[2] == R.EXIT_FLATTEN
    assert ladder(run).day_start == pytest.approx(10_100.0)


@pytest.mark.parametrize(
    ("level", "reasons", "held"),
    [
        (PAUSE, [R.HOLD_POSITION, R.HOLD_WEIGHT, R.REFUSED_PERSON], [20.0, 10.0, 0.0]),
        (REDUCE, [R.HOLD_POSITION, R.HOLD_WEIGHT, R.REFUSED_PERSON], [20.0, 10.0, 0.0]),
        (FLATTEN, [R.EXIT_FLATTEN, R.EXIT_FLATTEN, R.REFUSED_PERSON], [0.0, 0.0, 0.0]),
    ],
)
def test_what_each_level_does_to_positions_weights_havens_and_entries(level, reasons, held):
    """Swing holds the first symbol and a haven of 10 units in the second; the third one wants to enter all along."""
    panel = closes("TTTTT", [100.0], [100.0], [100.0])
    panel.figures[:, 2, 0] = 0.0, 0.0, 50.0, 50.0, 50.0
    panel.events[2, FORCED], panel.events[2, BREAKER] = level, B.PERSON
    haven = slot(by_regime(held_rules(0.1, 0.5)), 1, 0, True)
    run = folded(panel, slot(by_regime(FIFTH)), haven, slot(by_regime(FIFTH), 2))
    assert run.reasons[2].tolist() == reasons
    assert run.held[-1].tolist() == held
    if level is FLATTEN:
        assert [one[2:4] for one in filled(run)[-2:]] == [(Leg.EXIT, -20.0), (Leg.EXIT, -10.0)]


def test_two_systems_in_one_symbol_are_both_sold_and_both_count():
    """20 and 25 units of one symbol: a tenth of 4500 may be lost, whatever else moves."""
    panel = closes("TTTT", [100.0])
    panel.tails[1:, 0, :2] = 0.1
    other = System("long", 5_000.0, OPEN_HANDED, plain_controller(), (slot(by_regime(held_rules(0.5, 0.5))),))
    house = QUIET._replace(halt_var=449.9 / 15_000.0, max_var=0.015)
    run = folded(panel, slot(by_regime(FIFTH)), others=(other,), house=house)
    assert told(run) == [(1, "", True, REDUCE, B.VAR)]
    # Half of both goes, in whole lots: 225 of 450 may be lost.
    assert run.reasons[1].tolist() == [R.REDUCE_RISK] * 2
    assert run.held[2].tolist() == [10.0, 12.5]
    assert told(folded(panel, slot(by_regime(FIFTH)), others=(other,), house=house._replace(halt_var=0.03001))) == []


def test_a_stop_ends_on_its_day_and_what_it_forbade_goes_on():
    """Tripped on the third day, for two days: the fifth one enters again."""
    panel = closes("T" * 7, FALL, step=DAY)
    panel.figures[:, 0, 0] = 50.0
    house = QUIET._replace(daily_loss=0.03, reduce_days=2.0)
    run = folded(panel, slot(by_regime(FIFTH._replace(max_bars=2.0))), house=house)
    assert said(run)[2:5] == [R.EXIT_TIME, R.REFUSED_DAILY_LOSS, R.ENTER_EDGE]
    assert told(run) == [(2, "", True, REDUCE, B.DAILY_LOSS), (4, "", False, REDUCE, B.DAILY_LOSS)]
    assert ladder(run).trips == 1.0


def test_without_days_it_never_ends_by_itself():
    panel = closes("T" * 40, FALL, step=30 * DAY)
    panel.figures[:, 0, 0] = 50.0
    run = folded(panel, slot(by_regime(FIFTH._replace(max_bars=2.0))), house=QUIET._replace(daily_loss=0.03))
    assert set(said(run)[3:]) == {R.REFUSED_DAILY_LOSS}
