"""What the guardian makes of what it saw, one row each; and equity by the step's own functions."""

from dataclasses import replace
from decimal import Decimal

import pytest

from data.journal import TRADER, Beat, Carried, Decision, Holder, RiskEvent, RiskKind, StopFlag
from models.portfolio import Account, Position
from models.risk import Ladder, first_ladder, no_house
from models.types import Breaker, Level
from models.types.timeframes import DAY
from models.types.wire import OrderState, Report, VenueTrade
from tasks.session.guarding import Facts, Rules, Seen, Silence, What, Worth, judge
from tasks.session.guarding.worth import holdings_of, marked

NOW = 20_000 * DAY + 3_600_000_000
RULES = Rules(on_silence=Level.REDUCE, feed=300.0, is_money=True)
BEAT = Beat(TRADER, Holder("here", "boot", 7, 1), NOW - 1, NOW, "")
SILENT = Silence(BEAT, 20.0, "it promised more")
NOTHING = Facts(NOW, None, False, None, None, (), None, None, {})
STOP = StopFlag(Level.REDUCE, "why", "guardian", NOW)
HOUSE = no_house()._replace(daily_loss=0.03, weekly_loss=0.07, max_drawdown=0.15, entries_drawdown=0.10)
STRAY = Report(
    "binance",
    "BTC/USDT",
    "abcdef-20240131T2300-0-1",
    "9",
    OrderState.OPEN,
    True,
    Decimal(1),
    Decimal(0),
    Decimal(0),
    NOW,
)


def found(facts: Facts, rules: Rules = RULES) -> list[tuple[What, Level]]:
    return [(one.what, one.level) for one in judge(facts, rules)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"silence": SILENT}, [(What.SILENT, Level.REDUCE)]),
        ({"silence": SILENT, "is_taken": True}, [(What.SILENT, Level.NONE)]),
        ({"overdue": 300.0}, []),
        ({"overdue": 301.0}, [(What.FEED, Level.PAUSE)]),
        ({"overdue": 600.0, "patience": 600.0}, []),
        ({"overdue": 601.0, "patience": 600.0}, [(What.FEED, Level.PAUSE)]),
        ({"helpless": {"binance": "no keys"}}, [(What.HELPLESS, Level.NONE)]),
        ({"seen": Seen(NOW, strays=(STRAY,))}, [(What.STRAY, Level.NONE)]),
        ({"seen": Seen(NOW, strays=(replace(STRAY, cid="mine"),))}, []),
        ({"stop": STOP}, []),
        ({"troubles": {"binance": "down"}}, [(What.SOURCE, Level.NONE)]),
        ({"troubles": {"order chain": "not as it was"}}, [(What.SOURCE, Level.PAUSE)]),
        ({"troubles": {"audit chain": "not as it was"}}, [(What.SOURCE, Level.PAUSE)]),
    ],
)
def test_one_row_each(facts: dict[str, object], expected: list[tuple[What, Level]]) -> None:
    assert found(replace(NOTHING, **facts)) == expected  # type: ignore[arg-type]


def test_who_is_told_to_flatten_asks_for_it() -> None:
    assert found(replace(NOTHING, silence=SILENT), replace(RULES, on_silence=Level.FLATTEN)) == [
        (What.SILENT, Level.FLATTEN)
    ]


def decision(cash: float, quantity: float, last: float, ladder: Ladder) -> Decision:
    account = Account(*[0.0] * len(Account._fields))._replace(cash=cash)
    position = Position(*[0.0] * len(Position._fields))._replace(quantity=quantity, last=last)
    carried = Carried({"swing": list(account)}, {"swing": {"BTC/USDT": list(position)}}, {}, ladder._asdict())
    return Decision(
        id="x",
        book="live|x",
        bar=NOW - DAY,
        decided_at=NOW - DAY,
        config_version="",
        models={},
        regimes={},
        inputs={},
        switches=(),
        intents=(),
        refused=(),
        held={},
        state_before=carried,
        state_after=carried,
    )


def worth(price: float | None, ladder: Ladder | None = None, waiting: tuple[RiskEvent, ...] = ()) -> Worth:
    """Of an account with 5,000 in cash and 5 units that were 1,000 each."""
    made = decision(
        5_000.0, 5.0, 1_000.0, first_ladder(10_000.0)._replace(day=float(NOW // DAY)) if ladder is None else ladder
    )
    prices = {} if price is None else {"BTC/USDT": price}
    return marked(made, holdings_of(made, ()), prices, waiting, HOUSE, NOW)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (1_000.0, None),
        (941.0, None),
        (940.0, (Level.REDUCE, Breaker.DAILY_LOSS)),
        (860.0, (Level.FLATTEN, Breaker.WEEKLY_LOSS)),
        (700.0, (Level.FLATTEN, Breaker.DRAWDOWN)),
        (0.0, (Level.FLATTEN, Breaker.DRAWDOWN)),
    ],
)
def test_thresholds_and_levels_are_those_of_the_step(price: float, expected: tuple[Level, Breaker] | None) -> None:
    assert worth(price).tripped == expected


def test_what_nothing_is_known_of_counts_as_before_and_is_named() -> None:
    unknown = worth(None)
    assert (unknown.equity, unknown.unpriced, unknown.tripped) == (10_000.0, ("BTC/USDT",), None)


def test_a_new_day_counts_from_the_last_mark_of_the_old_one() -> None:
    yesterday = first_ladder(10_000.0)._replace(day=float(NOW // DAY - 1), day_start=12_000.0, week_start=10_000.0)
    assert worth(1_000.0, yesterday).tripped is None
    assert worth(1_000.0, yesterday._replace(day=float(NOW // DAY))).tripped == (Level.REDUCE, Breaker.DAILY_LOSS)


def test_what_holds_or_waits_already_trips_nothing_again_and_a_release_counts_anew() -> None:
    event = RiskEvent("live|x", NOW, RiskKind.FORCED, "", "", Level.REDUCE, Breaker.DAILY_LOSS)
    assert worth(930.0, waiting=(event,)).tripped is None
    assert worth(800.0, waiting=(event,)).tripped == (Level.FLATTEN, Breaker.WEEKLY_LOSS)
    release = RiskEvent("live|x", NOW, RiskKind.RELEASE, "", "")
    stopped = first_ladder(10_000.0)._replace(day=float(NOW // DAY), level=3.0, breaker=3.0, until=1e12)
    assert worth(800.0, stopped, (release,)).tripped is None


def trade(is_buy: bool, quantity: str, price: str, fee: str, asset: str) -> VenueTrade:
    return VenueTrade(
        "binance", "BTC/USDT", "1", "1", "c", is_buy, Decimal(quantity), Decimal(price), Decimal(fee), asset, NOW
    )


def test_trades_since_the_decision_count_with_their_fees() -> None:
    made = decision(5_000.0, 5.0, 1_000.0, first_ladder(10_000.0))
    trades = [trade(True, "2", "1010", "0.002", "BTC"), trade(False, "1", "990", "0.99", "USDT")]
    held = holdings_of(made, trades)
    assert held.units["BTC/USDT"] == pytest.approx(5.0 + 2.0 - 0.002 - 1.0)
    assert held.cash == pytest.approx(5_000.0 - 2_020.0 + 990.0 - 0.99)
