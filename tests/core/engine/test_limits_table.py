"""Every limit in the step at, just below and just above its value, alone and in combination: the size, and what is
named. Ten thousand of equity, a price of 100, lots of a tenth of a unit: a thousandth of the equity is a lot.
"""

import itertools

import numpy as np
import pytest
from hand_books import OPEN_HANDED, by_regime, closes, folded, said, slot
from hand_panels import FIFTH, FREE

from models.engine import Run
from models.risk import no_house
from models.types import Bound, Reason
from models.types.timeframes import DAY

pytestmark = pytest.mark.risk

B, R = Bound, Reason
# Ten percent may be lost in a day with any position.
TAIL = 0.1
# Bound -> what is changed so that it allows a share `x` of the equity: rules, profile, venue, house.
# Kelly: 50 basis points over a variance of 0.005^2 are 200 times the equity.
KNOBS = {
    B.PROFILE_POSITION: lambda x: ({}, {"max_position": x}, {}, {}),
    B.SPECIALIST_SIZE: lambda x: ({"size": x}, {}, {}, {}),
    B.KELLY: lambda x: ({}, {"kelly_fraction": x / 200.0}, {}, {}),
    B.POSITION_RISK: lambda x: ({}, {"max_position_risk": x}, {}, {}),
    B.ASSET_CLASS: lambda x: ({}, {}, {"class_limit": x}, {}),
    B.PORTFOLIO_RISK: lambda x: ({}, {"max_portfolio_risk": x}, {}, {}),
    B.LEVERAGE: lambda x: ({}, {"max_leverage": x}, {}, {}),
    B.SPECIALIST_EXPOSURE: lambda x: ({"max_exposure": x}, {}, {}, {}),
    B.CASH: lambda x: ({}, {}, {"taker_fee": 1.0 / x - 1.0}, {}),
    B.SPECIALIST_CASH: lambda x: ({"least_cash": 1.0 - x}, {}, {}, {}),
    B.VAR: lambda x: ({}, {}, {}, {"max_var": TAIL * x}),
    B.CAPITAL: lambda x: ({}, {}, {}, {"max_capital": 10_000.0 * x}),
}
# Both are what is left of the cash.
ONE = {B.CASH, B.SPECIALIST_CASH}
# A share between two lots, so that no rounding decides.
HALF, LOT = 0.5005, 0.001


def entered(shares: dict[Bound, float]) -> Run:
    """One entry under these limits, everything else open-handed."""
    rules, profile, venue, house = {"size": 9.0}, {}, {"class_limit": 9.0}, {}
    for bound, x in shares.items():
        for all_of_it, one in zip((rules, profile, venue, house), KNOBS[bound](x), strict=True):
            all_of_it.update(one)
    panel = closes("TT")
    panel.tails[:, :, :2] = TAIL
    return folded(
        panel,
        slot(by_regime(FIFTH._replace(**rules)), venue=FREE._replace(**venue)),
        profile=OPEN_HANDED._replace(**profile),
        house=no_house()._replace(**house),
    )


def test_no_limit_is_left_out():
    assert set(KNOBS) == set(Bound) - {B.NONE}


@pytest.mark.parametrize("bound", KNOBS)
@pytest.mark.parametrize(("x", "units"), [(HALF - LOT, 49.9), (HALF, 50.0), (HALF + LOT, 50.1), (0.0005, 0.0)])
def test_alone(bound, x, units):
    run = entered({bound: x})
    if units == 0.0:
        assert said(run)[0] == R.REFUSED_MIN_NOTIONAL
        return
    (intent,) = run.intents()
    assert (intent.quantity, intent.bound) == (units, bound)
    name = "CASH" if bound is B.SPECIALIST_CASH else bound.name
    assert dict(intent.caps)[name] == pytest.approx(x * 10_000.0, rel=1e-9)


@pytest.mark.parametrize("bound", set(KNOBS) - {B.CASH})
def test_beside_what_binds_when_nothing_else_does(bound):
    """All of the cash, 100 units: a limit binds just below it, and not just above."""
    assert [one.bound for one in entered({bound: 1.0 - LOT}).intents()] == [bound]
    if bound is not B.SPECIALIST_CASH:
        assert [one.bound for one in entered({bound: 1.0 + LOT}).intents()] == [B.CASH]


@pytest.mark.parametrize(("one", "other"), [pair for pair in itertools.permutations(KNOBS, 2) if set(pair) != ONE])
def test_two_of_them(one, other):
    """The tighter one by a lot wins and is named, whichever it is."""
    (intent,) = entered({one: HALF - LOT, other: HALF}).intents()
    assert (intent.quantity, intent.bound) == (49.9, one)
    (intent,) = entered({one: HALF + LOT, other: HALF}).intents()
    assert (intent.quantity, intent.bound) == (50.0, other)


@pytest.mark.parametrize("bound", set(KNOBS) - {B.SPECIALIST_CASH})
def test_all_of_them(bound):
    rest = dict.fromkeys(set(KNOBS) - {B.SPECIALIST_CASH}, HALF)
    (intent,) = entered(rest | {bound: HALF - LOT}).intents()
    assert (intent.quantity, intent.bound) == (49.9, bound)
    assert len(intent.caps) == len(KNOBS) - 1


# Counts of the account: what is said of three symbols that all want to enter.
ENTER = R.ENTER_EDGE
COUNTS = [
    ("max_positions", 3.0, [ENTER, ENTER, ENTER]),
    ("max_positions", 2.0, [ENTER, ENTER, R.REFUSED_POSITIONS]),
    ("max_positions", 1.0, [ENTER, R.REFUSED_POSITIONS, R.REFUSED_POSITIONS]),
    ("max_positions", 0.0, [R.REFUSED_POSITIONS] * 3),
    ("max_trades", 3.0, [ENTER, ENTER, ENTER]),
    ("max_trades", 2.0, [ENTER, ENTER, R.REFUSED_TRADES_TODAY]),
    ("max_trades", 0.0, [R.REFUSED_TRADES_TODAY] * 3),
]


def of_three(step: int = DAY, **house: float) -> Run:
    """Three symbols that all want to be bought at the first bar, sold at the second, and bought from the third on."""
    panel = closes("TTTT", *[[100.0]] * 3, step=step)
    panel.figures[:, :, 0] = np.array([50.0, -50.0, 50.0, 50.0])[:, None]
    panel.tails[:, :, :2] = TAIL
    rules = by_regime(FIFTH._replace(exit_edge=0.0, shorts=0.0))
    return folded(panel, *[slot(rules, column) for column in range(3)], house=no_house()._replace(**house))


@pytest.mark.parametrize(("limit", "most", "reasons"), COUNTS)
def test_counts(limit, most, reasons):
    run = of_three(**{limit: most})
    assert run.reasons[0].tolist() == reasons
    # The next day, when all was sold, they count anew.
    assert run.reasons[2].tolist() == reasons


def test_trades_of_the_day_count_what_was_sold_again():
    run = of_three(step=DAY // 24, max_trades=4.0)
    assert run.reasons[0].tolist() == [ENTER] * 3
    assert run.reasons[2].tolist() == [ENTER, R.REFUSED_TRADES_TODAY, R.REFUSED_TRADES_TODAY]


# Correlation -> what the second and third position of 20 units get of a cap of what one and a half may lose
@pytest.mark.parametrize(
    ("link", "units"),
    [
        # sqrt(200^2 + x^2) = 300 is x = 223: a second one whole; then sqrt(80,000 + x^2) = 300 is x = 100
        (0.0, [20.0, 20.0, 10.0]),
        # 200 + x = 300
        (1.0, [20.0, 10.0, 0.0]),
        (-1.0, [20.0, 10.0, 0.0]),
        # x^2 + 200 x + 40,000 = 90,000 is x = 144.9
        (0.5, [20.0, 14.4, 0.0]),
    ],
)
def test_what_may_be_lost_is_shared_by_correlation(link, units):
    panel = closes("TT", *[[100.0]] * 3)
    panel.tails[:, :, :2] = TAIL
    links = np.where(np.eye(3) == 1.0, 1.0, link)[None]
    panel = panel._replace(links=links)
    slots = [slot(by_regime(FIFTH), column) for column in range(3)]
    run = folded(panel, *slots, house=no_house()._replace(max_var=0.03))
    bought = dict.fromkeys(range(3), 0.0) | {int(row[1]): row[2] for row in run.orders}
    # What is left of a lot may still buy a lot of the next one.
    assert list(bought.values())[:2] == units[:2]
    assert bought[2] == pytest.approx(units[2], abs=0.6)
    assert [one.bound for one in run.intents()][1:2] == ([B.VAR] if units[1] < 20.0 else [B.SPECIALIST_SIZE])


# Limit -> what the second symbol gets while the entry of the first one, 20 units, waits
WAITING = [
    ({"max_capital": 3_000.0}, 10.0, B.CAPITAL),
    ({"max_var": 0.03}, 10.0, B.VAR),
    ({"max_capital": 2_000.0}, 0.0, R.REFUSED_MIN_NOTIONAL),
    ({"max_positions": 1.0}, 0.0, R.REFUSED_POSITIONS),
    ({"max_positions": 2.0}, 20.0, B.SPECIALIST_SIZE),
    ({"max_trades": 1.0}, 0.0, R.REFUSED_TRADES_TODAY),
]


@pytest.mark.parametrize(("house", "units", "named"), WAITING)
def test_what_waits_is_taken_already(house, units, named):
    panel = closes("TTT", [100.0], [100.0])
    panel.tails[:, :, :2] = TAIL
    panel.figures[:, 1, 0] = 0.0, 50.0, 0.0
    # Without volume the first one still waits at the second close.
    panel.prices[1, 0, 4] = 0.0
    run = folded(panel, slot(by_regime(FIFTH)), slot(by_regime(FIFTH), 1), house=no_house()._replace(**house))
    assert said(run)[1] == R.HOLD_ORDER
    bought = [one for one in run.intents() if one.symbol == "B"]
    if units:
        assert [(one.quantity, one.bound) for one in bought] == [(units, named)]
    else:
        assert (bought, said(run, 1)[1]) == ([], named)
