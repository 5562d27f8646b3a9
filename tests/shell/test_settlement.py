"""Which order a fill belongs to, and when an order is over. Bars in, fills by order out."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from single import single
from takers import Taker

from data.journal import Carried, Decision, Journal, Settled, open_journal
from models.engine import Happenings, Links, State, SymbolInputs, System, first_state, parameters_of
from models.engine.panel import FIGURES
from models.meta import RECORD
from models.portfolio import Account, Position
from models.regime import RegimeSettings
from models.risk import Ladder, RiskProfile, no_house
from models.specialists import plain_rules
from models.types import Bound, Damaged, Instrument, Intent, Leg, Reason, Refused, Regime, Series
from models.types.timeframes import HOUR
from tasks.session.book import Book
from tasks.session.carried import carried_of
from tasks.session.inputs import BookInputs
from tasks.session.settlement import Settlement, bars_since, hand_over, settle_orders

SYMBOL = "AAA/USDT"
PROFILE = RiskProfile(0.02, 0.01, 0.5, 1.0, 0.5, 0.25, 30.0, 6.0)
INSTRUMENT = Instrument(0.01, 0.001, 5.0, 0.001, 0.001, volume_share=0.5)
SWING = single(PROFILE, (plain_rules(1.0, 0.5, 1.0, 0.05, 0.1),) * 4, (INSTRUMENT,), 10_000.0, (SYMBOL,))
BOTH = (*SWING, replace(SWING[0], name="long"))


def _book(systems: tuple[System, ...]) -> Book:
    series = (Series("binance", SYMBOL, "1h"),)
    return Book("test", series, 1, parameters_of(systems, no_house()), RegimeSettings(), 20, 10_000.0 * len(systems))


BOOK = _book(SWING)
FLAT = first_state(SWING).position(0)
WAITING = FLAT._replace(last=100.0, ordered=10.0, stop=95.0, target=110.0, regime=1.0, owner=1.0)
HELD = WAITING._replace(quantity=10.0, cost=1001.0, entry=100.0, best=100.0, age=1.0, ordered=0.0, spent=1000.0)
LEAVING = HELD._replace(ordered=-10.0)
ADDING = HELD._replace(ordered=5.0)
REDUCING = HELD._replace(ordered=-4.0)
CALM, LOW, HIGH = (100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 94.0, 96.0), (100.0, 111.0, 99.0, 110.0)
# The bar at which a later order was found to be filled.
DECIDED = ((CALM, 100.0),)


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
    "an addition belongs to its own order": Case(
        ADDING, "eA", ((CALM, 100.0),), (("A", Leg.ADD, 5.0),), {"A": "filled"}
    ),
    "what an addition does not get expires": Case(
        ADDING, "eA", ((CALM, 4.0), (CALM, 100.0)), (("A", Leg.ADD, 2.0),), {"A": "filled"}
    ),
    "an addition waits where nobody trades": Case(ADDING, "eA", ((CALM, 0.0),), (), {}),
    "an addition that is worth too little expires": Case(ADDING, "eA", ((CALM, 0.01),), (), {"A": "expired"}),
    "an addition and the stop of its bar": Case(
        ADDING, "eA", ((LOW, 100.0),), (("A", Leg.ADD, 5.0), ("E", Leg.STOP, -15.0)), {"A": "filled"}
    ),
    "what the stop of an addition's bar cannot close is closed for the entry": Case(
        ADDING,
        "eA",
        ((LOW, 20.0), (CALM, 100.0)),
        (("A", Leg.ADD, 5.0), ("E", Leg.STOP, -5.0), ("E", Leg.EXIT, -10.0)),
        {"A": "filled"},
    ),
    "an addition is over, though a rest of a stop waits": Case(
        ADDING, "eA", ((LOW, 20.0),), (("A", Leg.ADD, 5.0), ("E", Leg.STOP, -5.0)), {"A": "filled"}
    ),
    "a stop after an addition that was filled belongs to the entry": Case(
        HELD, "ea", (*DECIDED, (LOW, 8.0), (CALM, 100.0)), (("E", Leg.STOP, -4.0), ("E", Leg.EXIT, -6.0)), {}
    ),
    "a reduction belongs to its own order": Case(
        REDUCING, "eR", ((CALM, 100.0),), (("R", Leg.EXIT, -4.0),), {"R": "filled"}
    ),
    "of a reduction the rest waits": Case(REDUCING, "eR", ((CALM, 6.0),), (("R", Leg.EXIT, -3.0),), {}),
    "the rest of a reduction follows": Case(
        REDUCING, "eR", ((CALM, 6.0), (CALM, 100.0)), (("R", Leg.EXIT, -3.0), ("R", Leg.EXIT, -1.0)), {"R": "filled"}
    ),
    "what a stop cannot close after a reduction is closed for the entry": Case(
        REDUCING,
        "eR",
        ((CALM, 100.0), (LOW, 8.0), (CALM, 100.0)),
        (("R", Leg.EXIT, -4.0), ("E", Leg.STOP, -4.0), ("E", Leg.EXIT, -2.0)),
        {"R": "filled"},
    ),
    "a reduction is over, though a rest of a stop waits": Case(
        REDUCING, "eR", ((CALM, 100.0), (LOW, 8.0)), (("R", Leg.EXIT, -4.0), ("E", Leg.STOP, -4.0)), {"R": "filled"}
    ),
    "a stop after a reduction that was filled belongs to the entry": Case(
        HELD, "er", (*DECIDED, (LOW, 8.0), (CALM, 100.0)), (("E", Leg.STOP, -4.0), ("E", Leg.EXIT, -6.0)), {}
    ),
    "what a stop left over an earlier bar is none of a reduction that was filled": Case(
        LEAVING, "er", (*DECIDED, (CALM, 100.0)), (("E", Leg.EXIT, -10.0),), {}
    ),
    "what a stop left over an earlier bar is none of an addition that was filled": Case(
        LEAVING, "ea", (*DECIDED, (CALM, 100.0)), (("E", Leg.EXIT, -10.0),), {}
    ),
    "a stop that overtakes a reduction leaves the rest to it": Case(
        REDUCING,
        "eR",
        ((CALM, 2.0), (LOW, 8.0), (CALM, 100.0)),
        (("R", Leg.EXIT, -1.0), ("R", Leg.EXIT, -3.0), ("E", Leg.STOP, -1.0), ("E", Leg.EXIT, -5.0)),
        {"R": "filled"},
    ),
    "nothing is held and nothing waits": Case(FLAT, "", ((CALM, 100.0), (LOW, 100.0)), (), {}),
}


LATER = {
    "X": (Reason.EXIT_EDGE, -10.0),
    "A": (Reason.ADD_WEIGHT, 5.0),
    "R": (Reason.REDUCE_WEIGHT, -4.0),
}


def _decision(bar: int, state: State, intents: tuple[Intent, ...], book: Book = BOOK) -> Decision:
    left = carried_of(book, state)
    model = {SYMBOL: f"m{bar}"}
    return Decision(f"d{bar}", "test", bar * HOUR, 0, "v", model, {}, {}, (), intents, (), {}, left, left)


def _intent(bar: int, quantity: float, reason: Reason, system: str = "swing") -> Intent:
    made = Intent(bar * HOUR, SYMBOL, quantity, 100.0, reason, Bound.KELLY, 50.0, Regime.TRENDING)
    return replace(made, system=system, specialist="trending")


def _planted(
    path: Path,
    position: Position,
    orders: str,
    systems: tuple[System, ...] = SWING,
    other: Position = FLAT,
    others: str = "",
) -> tuple[Journal, Taker]:
    """A journal whose book last decided at bar 2. E is an entry that waits; X, A and R are an exit, an addition and a
    reduction; small letters are orders that were filled. `other` and `others` are of the second system.
    """
    journal = open_journal(path / "journal.sqlite")
    broker = Taker()
    state, book = first_state(systems), _book(systems)
    state.book[0] = position
    if len(systems) > 1:
        state.book[1] = other
    owners = [(one.name, codes) for one, codes in zip(systems, (orders, others), strict=False) if codes]
    entries = tuple(_intent(1, 10.0, Reason.ENTER_EDGE, name) for name, _ in owners)
    later = [(name, code) for name, codes in owners for code in codes[1:]]
    after = tuple(_intent(2, LATER[code.upper()][1], LATER[code.upper()][0], name) for name, code in later)
    first, second = _decision(1, state, entries, book), _decision(2, state, after, book)
    journal.record_decision(first, None, Settled("paper"), "{}")
    hand_over(journal, broker, first, lambda _: None)
    done = {f"d1-{k}": "filled" for k, (_, codes) in enumerate(owners) if codes[0] == "e"}
    journal.record_decision(second, HOUR, Settled("paper", (), done), "{}")
    hand_over(journal, broker, second, lambda _: None)
    third = {f"d2-{k}": "filled" for k, (_, code) in enumerate(later) if code.islower()}
    if third:
        journal.record_decision(_decision(3, state, (), book), 2 * HOUR, Settled("paper", (), third), "{}")
    return journal, broker


def _inputs(bars: tuple[tuple[tuple[float, ...], float], ...], split: float = 1.0) -> SymbolInputs:
    """Two bars that the book has decided on, and those that follow."""
    rows = np.array([(*CALM, 100.0)] * 2 + [(*prices, volume) for prices, volume in bars])
    count = len(rows)
    ts = (1 + np.arange(count, dtype=np.int64)) * HOUR
    nothing, happened = np.full(count, np.nan), Happenings.none(count)
    happened.split[2] = split
    return SymbolInputs(
        ts, ts + HOUR, *rows.T, *[nothing] * len(FIGURES), np.ones(count, np.int64), happened.gate, happened.split,
        happened.dividend, None, None,
    )  # fmt: skip


def _whole(inputs: SymbolInputs) -> BookInputs:
    """Of a book of one symbol."""
    return BookInputs((inputs,), Links(np.empty(0, np.int64), np.empty((0, 1, 1))))


def _settle(path: Path, case: Case) -> tuple[Journal, Settlement]:
    journal, broker = _planted(path, case.position, case.orders)
    return journal, settle_orders(journal, broker, BOOK, _whole(_inputs(case.bars, case.split)))


@pytest.mark.parametrize("name", CASES)
def test_fills_and_the_orders_that_are_over(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    cids = {"d1-0": "E", "d2-0": case.orders[-1:]}
    journal, settlement = _settle(tmp_path, case)
    booked = settlement.settled.fills
    assert [(cids[one.cid], one.fill.leg, one.fill.quantity) for one in booked] == list(case.fills)
    assert {cids[cid]: status for cid, status in settlement.settled.closed.items()} == case.closed
    assert {(one.fill.system, one.fill.specialist, one.model) for one in booked} <= {("swing", "trending", "m1")}
    trade_ids = [one.trade_id("paper") for one in booked]
    assert len(set(trade_ids)) == len(trade_ids)
    assert journal.tables()["fills"] == [], "nothing is recorded before the decision"


def test_settled_in_two_cycles_is_settled_in_one(tmp_path: Path) -> None:
    """The order that is open after the first cycle gets the rest in the second, and is filled then."""
    case = CASES["the rest of an exit follows"]
    journal, broker = _planted(tmp_path, case.position, case.orders)
    inputs = _inputs(case.bars)
    first = settle_orders(journal, broker, BOOK, _whole(inputs.rows(inputs.ts <= 3 * HOUR)))
    assert first.settled.closed == {}
    journal.record_decision(_decision(3, first.state, ()), 2 * HOUR, first.settled, "{}")
    second = settle_orders(journal, broker, BOOK, _whole(inputs))
    assert second.settled.closed == {"d2-0": "filled"}
    whole = _settle(tmp_path / "whole", case)[1]
    assert repr([*first.fills, *second.fills]) == repr(whole.fills)
    assert second.state.book.tobytes() == whole.state.book.tobytes()
    assert second.state.accounts.tobytes() == whole.state.accounts.tobytes()


def test_an_exit_of_which_something_was_filled_before_a_split_is_filled_not_expired(tmp_path: Path) -> None:
    case = CASES["of an exit the rest waits"]
    journal, broker = _planted(tmp_path, case.position, case.orders)
    inputs = _inputs(((CALM, 8.0), (CALM, 100.0)))
    first = settle_orders(journal, broker, BOOK, _whole(inputs.rows(inputs.ts <= 3 * HOUR)))
    journal.record_decision(_decision(3, first.state, ()), 2 * HOUR, first.settled, "{}")
    inputs.split[3] = 1e-5  # so many old units for a new one that less than a lot is left: it is paid out
    second = settle_orders(journal, broker, BOOK, _whole(inputs))
    assert second.fills == []
    assert second.state.position(0).quantity == 0.0
    assert second.settled.closed == {"d2-0": "filled"}


def test_only_bars_after_the_last_decision_are_settled_and_nobody_decides(tmp_path: Path) -> None:
    journal, _ = _planted(tmp_path, HELD, "e")
    inputs = _inputs(((CALM, 1.0), (LOW, 1.0)))
    panel = bars_since(journal.last_decision("test"), _whole(inputs))
    assert panel.ts.tolist() == [3 * HOUR, 4 * HOUR]
    assert not panel.decided.any()
    assert bars_since(None, _whole(inputs)).ts.tolist() == [4 * HOUR]


def test_a_new_book_begins_with_its_capital(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite")
    settlement = settle_orders(journal, Taker(), BOOK, _whole(_inputs(((CALM, 1.0),))))
    assert settlement.fills == []
    assert settlement.state.account(0).cash == 10_000.0


def test_a_fill_without_an_order_is_damage(tmp_path: Path) -> None:
    journal, broker = _planted(tmp_path, HELD, "")
    with pytest.raises(Damaged, match="no order of swing that opened the position in AAA/USDT"):
        settle_orders(journal, broker, BOOK, _whole(_inputs(((LOW, 100.0),))))


ACCOUNT, ROW, STOPS = [1.0] * len(Account._fields), [1.0] * len(Position._fields), dict.fromkeys(Ladder._fields, 0.0)
RECORDS = dict.fromkeys(("volatile", "trending", "ranging", "crisis"), [0.0] * RECORD)
OTHER_KEELS = {
    "account": Carried({"swing": ACCOUNT[1:]}, {"swing": {SYMBOL: ROW}}, {"swing": RECORDS}, STOPS),
    "positions": Carried({"swing": ACCOUNT}, {"swing": {SYMBOL: ROW[1:]}}, {"swing": RECORDS}, STOPS),
    "records": Carried({"swing": ACCOUNT}, {"swing": {SYMBOL: ROW}}, {"swing": RECORDS | {"crisis": [0.0]}}, STOPS),
    "shorter records": Carried(
        {"swing": ACCOUNT}, {"swing": {SYMBOL: ROW}}, {"swing": {name: [0.0] * 40 for name in RECORDS}}, STOPS
    ),
    "no records": Carried({"swing": ACCOUNT}, {"swing": {SYMBOL: ROW}}, {}, STOPS),
    "no stops": Carried({"swing": ACCOUNT}, {"swing": {SYMBOL: ROW}}, {"swing": RECORDS}),
    "other stops": Carried({"swing": ACCOUNT}, {"swing": {SYMBOL: ROW}}, {"swing": RECORDS}, STOPS | {"another": 0.0}),
}
OTHER_BOOKS = {
    "another system": Carried({"long": ACCOUNT}, {"long": {SYMBOL: ROW}}, {"long": RECORDS}, STOPS),
    "another symbol": Carried({"swing": ACCOUNT}, {"swing": {"BBB/USDT": ROW}}, {"swing": RECORDS}, STOPS),
    "a symbol more": Carried({"swing": ACCOUNT}, {"swing": {SYMBOL: ROW, "BBB/USDT": ROW}}, {"swing": RECORDS}, STOPS),
    "a system more": Carried(
        {"swing": ACCOUNT, "long": ACCOUNT},
        {"swing": {SYMBOL: ROW}, "long": {SYMBOL: ROW}},
        {"swing": RECORDS, "long": RECORDS},
        STOPS,
    ),
}


@pytest.mark.parametrize("which", OTHER_KEELS)
def test_a_state_of_an_older_keel_is_refused(tmp_path: Path, which: str) -> None:
    _refused(tmp_path, OTHER_KEELS[which], "with a Keel that kept other figures")


@pytest.mark.parametrize("which", OTHER_BOOKS)
def test_a_state_of_other_systems_is_refused(tmp_path: Path, which: str) -> None:
    _refused(tmp_path, OTHER_BOOKS[which], f"with other systems .*now swing {SYMBOL}")


def _refused(path: Path, left: Carried, why: str) -> None:
    journal, broker = _planted(path, FLAT, "")
    made = replace(_decision(3, first_state(SWING), ()), state_after=left)
    journal.record_decision(made, 2 * HOUR, Settled("paper"), "{}")
    with pytest.raises(Refused, match=f"1970-01-01T03:00:00Z {why}.* KEEL_HOME to a new folder"):
        settle_orders(journal, broker, BOOK, _whole(_inputs(((CALM, 1.0),) * 3)))


def test_orders_of_two_systems_for_one_symbol_are_told_apart(tmp_path: Path) -> None:
    """One adds to its position while the other leaves its own, in the same bars."""
    book = _book(BOTH)
    journal, broker = _planted(tmp_path, ADDING, "eA", BOTH, LEAVING, "eX")
    done = settle_orders(journal, broker, book, _whole(_inputs(((CALM, 8.0), (CALM, 100.0)))))
    assert [(one.fill.system, one.cid, one.fill.leg, one.fill.quantity) for one in done.settled.fills] == [
        ("swing", "d2-0", Leg.ADD, 4.0),
        ("long", "d2-1", Leg.EXIT, -4.0),
        ("long", "d2-1", Leg.EXIT, -6.0),
    ]
    assert done.settled.closed == {"d2-0": "filled", "d2-1": "filled"}
    assert [done.state.position(row).quantity for row in range(2)] == [14.0, 0.0]


def test_an_order_of_one_system_is_none_of_the_other(tmp_path: Path) -> None:
    journal, broker = _planted(tmp_path, HELD, "e", BOTH, HELD, "")
    with pytest.raises(Damaged, match="no order of long that opened the position in AAA/USDT"):
        settle_orders(journal, broker, _book(BOTH), _whole(_inputs(((LOW, 100.0),))))
