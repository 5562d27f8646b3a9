"""Which order a fill belongs to, and when an order is over. Bars in, fills by order out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from data.journal import Decision, Journal, Settled, open_journal
from models.engine import Happenings, State, SymbolInputs, first_state, parameters_of
from models.portfolio import Position
from models.risk import RiskProfile
from models.specialists import plain_rules
from models.types import Bound, Damaged, Instrument, Intent, Leg, Reason, Refused, Regime, Series
from models.types.timeframes import HOUR
from tasks.adapters.brokers.paper import PaperBroker
from tasks.adapters.clocks import FixedClock
from tasks.session.book import Book
from tasks.session.settlement import Settlement, bars_since, hand_over, settle_orders

SYMBOL = "AAA/USDT"
PROFILE = RiskProfile(0.02, 0.01, 0.5, 1.0, 0.5, 0.5, 0.25, 30.0, 6.0)
INSTRUMENT = Instrument(0.01, 0.001, 5.0, 0.001, 0.001, volume_share=0.5)
BOOK = Book(
    "test",
    (Series("binance", SYMBOL, "1h"),),
    parameters_of(PROFILE, (plain_rules(1.0, 0.5, 1.0, 0.05, 0.1),) * 4, (INSTRUMENT,)),
    10_000.0,
)
FLAT = first_state(10_000.0, 1).position(0)
WAITING = FLAT._replace(last=100.0, ordered=10.0, stop=95.0, target=110.0, regime=1.0)
HELD = WAITING._replace(quantity=10.0, cost=1001.0, entry=100.0, best=100.0, age=1.0, ordered=0.0)
LEAVING = HELD._replace(ordered=-10.0)
CALM, LOW, HIGH = (100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 94.0, 96.0), (100.0, 111.0, 99.0, 110.0)


@dataclass(frozen=True)
class Case:
    """A position and its orders, bars as (prices, volume), and what comes of them."""

    position: Position
    orders: str
    bars: tuple[tuple[tuple[float, ...], float], ...]
    fills: tuple[tuple[str, Leg, float], ...]
    closed: dict[str, str]
    split: float = 1.0


CASES = {
    "an entry is filled": Case(WAITING, "E", ((CALM, 100.0),), (("E", Leg.ENTRY, 10.0),), {"E": "filled"}),
    "an entry waits where nobody trades": Case(WAITING, "E", ((CALM, 0.0),), (), {}),
    "an entry waits where nobody trades, and then is filled": Case(
        WAITING, "E", ((CALM, 0.0), (CALM, 100.0)), (("E", Leg.ENTRY, 10.0),), {"E": "filled"}
    ),
    "what an entry does not get expires": Case(
        WAITING, "E", ((CALM, 12.0), (CALM, 100.0)), (("E", Leg.ENTRY, 6.0),), {"E": "filled"}
    ),
    "a limit that is not reached expires": Case(
        WAITING._replace(limit=98.0), "E", ((CALM, 100.0), (LOW, 100.0)), (), {"E": "expired"}
    ),
    "a limit that is reached is filled": Case(
        WAITING._replace(limit=99.5), "E", ((CALM, 100.0),), (("E", Leg.ENTRY, 10.0),), {"E": "filled"}
    ),
    "an entry is void after a split": Case(WAITING, "E", ((CALM, 100.0),), (), {"E": "expired"}, split=2.0),
    "a stop belongs to the entry": Case(
        WAITING,
        "E",
        ((CALM, 100.0), (LOW, 100.0)),
        (("E", Leg.ENTRY, 10.0), ("E", Leg.STOP, -10.0)),
        {"E": "filled"},
    ),
    "a stop in the bar of the entry": Case(
        WAITING, "E", ((LOW, 100.0),), (("E", Leg.ENTRY, 10.0), ("E", Leg.STOP, -10.0)), {"E": "filled"}
    ),
    "a partial profit and the target of one bar": Case(
        HELD._replace(partial=105.0, part=4.0),
        "e",
        ((HIGH, 100.0),),
        (("E", Leg.PARTIAL, -4.0), ("E", Leg.TARGET, -6.0)),
        {},
    ),
    "what a stop cannot close is closed later for the entry": Case(
        HELD, "e", ((LOW, 8.0), (CALM, 100.0)), (("E", Leg.STOP, -4.0), ("E", Leg.EXIT, -6.0)), {}
    ),
    "an entry is over, though a rest of its stop waits": Case(
        WAITING, "E", ((CALM, 100.0), (LOW, 8.0)), (("E", Leg.ENTRY, 10.0), ("E", Leg.STOP, -4.0)), {"E": "filled"}
    ),
    "an exit belongs to its own order": Case(
        LEAVING, "eX", ((CALM, 100.0),), (("X", Leg.EXIT, -10.0),), {"X": "filled"}
    ),
    "of an exit the rest waits": Case(LEAVING, "eX", ((CALM, 8.0),), (("X", Leg.EXIT, -4.0),), {}),
    "the rest of an exit follows": Case(
        LEAVING, "eX", ((CALM, 8.0), (CALM, 100.0)), (("X", Leg.EXIT, -4.0), ("X", Leg.EXIT, -6.0)), {"X": "filled"}
    ),
    "a stop finds no volume beside the rest of an exit": Case(
        LEAVING,
        "eX",
        ((CALM, 8.0), (LOW, 8.0), (CALM, 100.0)),
        (("X", Leg.EXIT, -4.0), ("X", Leg.EXIT, -4.0), ("X", Leg.EXIT, -2.0)),
        {"X": "filled"},
    ),
    "nothing is held and nothing waits": Case(FLAT, "", ((CALM, 100.0), (LOW, 100.0)), (), {}),
}


def _decision(bar: int, state: State, intents: tuple[Intent, ...]) -> Decision:
    lists = (state.account.tolist(), state.book.tolist())
    return Decision(f"d{bar}", "test", bar * HOUR, 0, "v", {SYMBOL: f"m{bar}"}, {}, {}, intents, (), {}, lists, lists)


def _intent(bar: int, quantity: float, reason: Reason) -> Intent:
    return Intent(bar * HOUR, SYMBOL, quantity, 100.0, reason, Bound.KELLY, 50.0, Regime.TRENDING)


def _planted(path: Path, position: Position, orders: str) -> tuple[Journal, PaperBroker]:
    """A journal whose book last decided at bar 2. E is an entry that waits, e one that was filled, X an exit."""
    journal = open_journal(path / "journal.sqlite")
    broker = PaperBroker(journal, FixedClock(0))
    state = first_state(10_000.0, 1)
    state.book[0] = position
    entry, left = (_intent(1, 10.0, Reason.ENTER_EDGE),), (_intent(2, -10.0, Reason.EXIT_EDGE),)
    first = _decision(1, state, entry if orders else ())
    second = _decision(2, state, left if "X" in orders else ())
    journal.record_decision(first, None, Settled("paper"), "{}")
    hand_over(journal, broker, first, lambda _: None)
    journal.record_decision(second, HOUR, Settled("paper", (), {"d1-0": "filled"} if "e" in orders else {}), "{}")
    hand_over(journal, broker, second, lambda _: None)
    return journal, broker


def _inputs(bars: tuple[tuple[tuple[float, ...], float], ...], split: float = 1.0) -> SymbolInputs:
    """Two bars that the book has decided on, and those that follow."""
    rows = np.array([(*CALM, 100.0)] * 2 + [(*prices, volume) for prices, volume in bars])
    count = len(rows)
    ts = (1 + np.arange(count, dtype=np.int64)) * HOUR
    nothing, happened = np.full(count, np.nan), Happenings.none(count)
    happened.split[2] = split
    return SymbolInputs(
        ts, ts + HOUR, *rows.T, *[nothing] * 5, np.ones(count, np.int64), happened.gate, happened.split,
        happened.dividend, None,
    )  # fmt: skip


def _settle(path: Path, case: Case) -> tuple[Journal, Settlement]:
    journal, broker = _planted(path, case.position, case.orders)
    return journal, settle_orders(journal, broker, BOOK, [_inputs(case.bars, case.split)])


@pytest.mark.parametrize("name", CASES)
def test_fills_and_the_orders_that_are_over(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    cids = {"d1-0": "E", "d2-0": "X"}
    journal, settlement = _settle(tmp_path, case)
    booked = settlement.settled.fills
    assert [(cids[one.cid], one.fill.leg, one.fill.quantity) for one in booked] == list(case.fills)
    assert {cids[cid]: status for cid, status in settlement.settled.closed.items()} == case.closed
    assert {(one.system, one.specialist, one.model) for one in booked} <= {("swing", "trending", "m1")}
    trade_ids = [one.trade_id("paper") for one in booked]
    assert len(set(trade_ids)) == len(trade_ids)
    assert journal.tables()["fills"] == [], "nothing is recorded before the decision"


def test_settled_in_two_cycles_is_settled_in_one(tmp_path: Path) -> None:
    """The order that is open after the first cycle gets the rest in the second, and is filled then."""
    case = CASES["the rest of an exit follows"]
    journal, broker = _planted(tmp_path, case.position, case.orders)
    inputs = _inputs(case.bars)
    first = settle_orders(journal, broker, BOOK, [inputs.rows(inputs.ts <= 3 * HOUR)])
    assert first.settled.closed == {}
    journal.record_decision(_decision(3, first.state, ()), 2 * HOUR, first.settled, "{}")
    second = settle_orders(journal, broker, BOOK, [inputs])
    assert second.settled.closed == {"d2-0": "filled"}
    whole = _settle(tmp_path / "whole", case)[1]
    assert repr([*first.fills, *second.fills]) == repr(whole.fills)
    assert second.state.book.tobytes() == whole.state.book.tobytes()
    assert second.state.account.tobytes() == whole.state.account.tobytes()


def test_an_exit_of_which_something_was_filled_before_a_split_is_filled_not_expired(tmp_path: Path) -> None:
    case = CASES["of an exit the rest waits"]
    journal, broker = _planted(tmp_path, case.position, case.orders)
    inputs = _inputs(((CALM, 8.0), (CALM, 100.0)))
    first = settle_orders(journal, broker, BOOK, [inputs.rows(inputs.ts <= 3 * HOUR)])
    journal.record_decision(_decision(3, first.state, ()), 2 * HOUR, first.settled, "{}")
    inputs.split[3] = 1e-5  # so many old units for a new one that less than a lot is left: it is paid out
    second = settle_orders(journal, broker, BOOK, [inputs])
    assert second.fills == []
    assert second.state.position(0).quantity == 0.0
    assert second.settled.closed == {"d2-0": "filled"}


def test_only_bars_after_the_last_decision_are_settled_and_nobody_decides(tmp_path: Path) -> None:
    journal, _ = _planted(tmp_path, HELD, "e")
    inputs = _inputs(((CALM, 1.0), (LOW, 1.0)))
    panel = bars_since(journal.last_decision("test"), [inputs])
    assert panel.ts.tolist() == [3 * HOUR, 4 * HOUR]
    assert not panel.decided.any()
    assert bars_since(None, [inputs]).ts.tolist() == [4 * HOUR]


def test_a_new_book_begins_with_its_capital(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite")
    settlement = settle_orders(journal, PaperBroker(journal, FixedClock(0)), BOOK, [_inputs(((CALM, 1.0),))])
    assert settlement.fills == []
    assert settlement.state.money.cash == 10_000.0


def test_a_fill_without_an_order_is_damage(tmp_path: Path) -> None:
    journal, broker = _planted(tmp_path, HELD, "")
    with pytest.raises(Damaged, match="no order that opened the position in AAA/USDT"):
        settle_orders(journal, broker, BOOK, [_inputs(((LOW, 100.0),))])


@pytest.mark.parametrize("which", ["account", "book"])
def test_a_state_of_an_older_keel_is_refused(tmp_path: Path, which: str) -> None:
    journal, broker = _planted(tmp_path, FLAT, "")
    last = journal.last_decision("test")
    assert last is not None
    account, book = last.state_after
    older = ([1.0] * 7, book) if which == "account" else (account, [[1.0] * 5])
    made = _decision(3, first_state(1.0, 1), ())
    journal.record_decision(Decision(**{n: getattr(made, n) for n in Decision.__slots__} | {"state_after": older}),
                            2 * HOUR, Settled("paper"), "{}")  # fmt: skip
    with pytest.raises(Refused, match="KEEL_HOME to a new folder") as refused:
        settle_orders(journal, broker, BOOK, [_inputs(((CALM, 1.0),) * 3)])
    assert "1970-01-01T03:00:00Z" in str(refused.value)
