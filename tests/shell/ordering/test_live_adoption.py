"""Whole live cycles around what a person takes in, and around what somebody takes out."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from live_desks import SECOND, VENUE, LiveBook, live_book
from stormy import settle_in_storms

from data.journal import Holder, HoldingLog, Leases, RiskLog, open_journal
from models.types import Leg, Refused
from models.types.timeframes import HOUR
from models.types.wire import Role
from tasks.session.desk import Desk
from tasks.session.explaining import audit, explain
from tasks.session.ordering.adopting import Wish, adopt
from tasks.session.ordering.writing import Writing

BARS = 30
LEFT_OUT = 60
SYSTEM = "long"
BEFORE = Decimal(2)
UNITS = Decimal("0.05")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    before = dict(os.environ)
    desk = settle_in_storms(tmp_path_factory.mktemp("home"))
    os.environ.clear()
    os.environ.update(before)
    return desk


@pytest.fixture
def book(settled: Desk, tmp_path: Path) -> LiveBook:
    """It has not traded yet; two of its first symbol's base are there before."""
    last = newest(settled)
    book = live_book(settled, open_journal(tmp_path / "journal.sqlite"), last - BARS * HOUR)
    book.venue.wallet[base(book)] = BEFORE
    return book


def newest(desk: Desk) -> int:
    return max(int(desk.bars.read(one).ts[-1]) for one in desk.universe()) + HOUR - LEFT_OUT * HOUR


def symbol(book: LiveBook) -> str:
    return book.desk.book_series()[0].symbol


def base(book: LiveBook) -> str:
    return symbol(book).partition("/")[0]


def name(book: LiveBook) -> str:
    return str(book.journal.tables()["decisions"][0]["book"])


def take_in(book: LiveBook) -> bool:
    """Whether it could be taken in now: not while the newest decision orders the symbol itself."""
    leases = Leases(book.journal.engine)
    writing = Writing(leases, Holder("here", "boot", 99, 0), lambda _: True, book.clock, 10**9, 0, beats=False)
    rules = book.venue.rules(symbol(book))
    price = book.venue.quote(symbol(book)).mid
    book.clock.moment += SECOND  # after the decision, as a person is
    wish = Wish(name(book), SYSTEM, symbol(book), UNITS, price, "anna", "test")
    try:
        adopt(book.journal, writing, rules, rules.lot, wish, dry_run=False)
    except Refused:
        return False
    return True


def outside(book: LiveBook) -> Decimal:
    notes = HoldingLog(book.journal.engine).open_of(VENUE)
    return sum((one.quantity for one in notes if one.asset == base(book)), Decimal(0))


def assert_one(book: LiveBook, left: Decimal) -> None:
    units = book.held()[symbol(book)]
    assert float(book.venue.wallet[base(book)] - left) == pytest.approx(units, abs=1e-9)
    assert outside(book) == left
    assert not book.venue.doubled()
    book.log.verify_chain()


def assert_comes_out_again(book: LiveBook, decision: str) -> None:
    """The decision that units were taken in beside, by itself and with all others."""
    found = audit(book.desk, book.journal, name(book), None)
    assert found.equal, [str(each) for one in found.unequal for each in one.differences] or found.differences
    assert explain(book.desk, book.journal, decision).verdict.equal


def altered(book: LiveBook, table: str, cid: str, column: str, said: object) -> set[tuple[str, str]]:
    """What `keel explain` names where that value of a row stands; it is put back."""
    (was,) = (row[column] for row in book.journal.tables()[table] if row["cid"] == cid)
    change = f"UPDATE {table} SET {column} = ? WHERE cid = ?"  # noqa: S608 - names of columns
    for value in (said, was):
        with book.journal.engine.begin() as connection:
            connection.exec_driver_sql(change, (value, cid))
        if value == said:
            differences = explain(book.desk, book.journal, cid.rpartition("-")[0]).verdict.differences
    return {(one.where, one.column) for one in differences}


def test_what_was_taken_in_is_held_and_capital_and_nothing_was_ordered_for_it(book: LiveBook) -> None:
    last, parent = newest(book.desk), ""
    for _ in book.bars(last - (BARS - 1) * HOUR, last):
        book.cycle()
        if not parent and take_in(book):
            decision = book.journal.last_decision(name(book))
            parent = decision.cid(decision.intents[-1])
            assert_comes_out_again(book, decision.id)
            book.cycle()  # the same bar again: what is handed over again is over
    assert parent
    assert [one.exchange_id for one in book.log.children(parent) if one.role is Role.ENTRY] == [""]
    assert all(one.order.role is Role.STOP for one in book.venue.of_parent(parent))
    legs = [one.fill.leg for one in book.journal.fills_of(name(book)) if one.cid == parent]
    assert legs[0] in (Leg.ENTRY, Leg.ADD)
    (taken,) = book.log.children(parent)[:1]
    told = [one for some in RiskLog(book.journal.engine).consumed_events(name(book)).values() for one in some]
    assert [one.amount for one in told] == [pytest.approx(float(taken.value))]
    assert_one(book, BEFORE - UNITS)
    assert_comes_out_again(book, decision.id)
    for column, said in (("price", "1.5"), ("regime", "CRISIS"), ("bound", "KELLY")):
        assert (f"intents {parent}", column) in altered(book, "intents", parent, column, said)
    assert (f"orders {parent}", "placed_at") in altered(book, "orders", parent, "placed_at", decision.decided_at)
    # Nobody vouches for it any more: who takes the fill's mark away breaks the chain of order events as well.
    found = altered(book, "venue_trades", f"{parent}-1", "trade_id", "5")
    assert {(f"intents {parent}", ""), ("order_events", "")} <= found


def test_what_somebody_takes_out_leaves_the_book(book: LiveBook) -> None:
    """All that is not the book's, and half of what it holds."""
    last, taken = newest(book.desk), Decimal(0)
    for _ in book.bars(last - (BARS - 1) * HOUR, last):
        book.cycle()
        units = Decimal(repr(book.held()[symbol(book)]))
        if not taken and units:
            lot = book.venue.rules(symbol(book)).lot
            taken = units / 2 // lot * lot
            book.venue.wallet[base(book)] -= BEFORE + taken
    assert taken
    gone = [one.fill for one in book.journal.fills_of(name(book)) if one.fill.leg is Leg.EXTERNAL]
    assert [-one.quantity for one in gone if one.symbol == symbol(book)] == [float(taken)]
    book.cycle()
    assert float(book.venue.wallet[base(book)]) == pytest.approx(book.held()[symbol(book)], abs=1e-9)
    assert book.alerts.has(f"external {VENUE} {base(book)}")
    assert (VENUE, base(book)) in HoldingLog(book.journal.engine).unexplained()
    book.log.verify_chain()
