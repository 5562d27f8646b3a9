"""Orders, their fills, and the decision that brings both: whole or not at all, and never twice."""

from dataclasses import replace

import pytest
from journal_rows import HOUR, NOTHING, SYSTEM, booked_fill, made_decision, record
from sqlalchemy.exc import IntegrityError

from data.journal import Journal, Order, Settled
from models.types import Leg, Reason, Refused


def test_an_order_is_placed_once(journal: Journal) -> None:
    made = made_decision()
    record(journal, made)
    assert journal.given(made) == frozenset()
    first, second = (made.cid(one) for one in made.intents)
    for _ in range(2):
        journal.record_order(first, "paper", 3)
    journal.record_order(first, "another", 9)  # the first one stays
    assert journal.given(made) == {first}
    assert journal.newest_order("book", SYSTEM, "A") == Order(first, "paper", "open", made.intents[0], "abc", False)
    assert journal.newest_order("book", SYSTEM, "B") is None
    journal.record_order(second, "paper", 4)
    assert journal.given(made) == {first, second}
    assert journal.newest_order("other", SYSTEM, "A") is None


def test_a_decision_closes_orders_and_brings_their_fills(journal: Journal) -> None:
    made = made_decision()
    record(journal, made)
    first, second = (made.cid(one) for one in made.intents)
    for cid in (first, second):
        journal.record_order(cid, "paper", 3)
    booked = (booked_fill(first), booked_fill(first, leg=Leg.STOP), booked_fill(second, "B", 2))
    settled = Settled("paper", booked, {first: "filled", second: "expired"})
    assert record(journal, made_decision(bar=1), settled)
    assert not record(journal, made_decision(bar=1), settled)
    assert repr(journal.fills_of("book")) == repr(list(booked))  # repr tells -0.0 from 0.0
    assert journal.fills_of("other") == []
    rows = journal.tables()
    assert {row["cid"]: row["status"] for row in rows["orders"]} == {first: "filled", second: "expired"}
    assert [row["trade_id"] for row in rows["fills"]] == [
        f"paper-{first}-{HOUR}-entry",
        f"paper-{first}-{HOUR}-stop",
        f"paper-{second}-{2 * HOUR}-entry",
    ]
    named = ("symbol", "system", "specialist", "regime", "model", "leg", "quantity", "realised", "slip")
    assert tuple(rows["fills"][1][name] for name in named) == (
        "A",
        "swing",
        "trending",
        "CRISIS",
        "abc",
        "STOP",
        "0.30000000000000004",
        "-0.0",
        "1e-17",
    )
    orders = {symbol: journal.newest_order("book", SYSTEM, symbol) for symbol in "AB"}
    assert {symbol: (one.status, one.has_fills, one.model) for symbol, one in orders.items() if one} == {
        "A": ("filled", True, "abc"),
        "B": ("expired", True, ""),
    }


def test_the_newest_order_is_told_by_system(journal: Journal) -> None:
    both, later = made_decision(systems=("swing", "long")), made_decision(bar=1, symbols=("A",), systems=("long",))
    for made in (both, later):
        record(journal, made)
        for intent in made.intents:
            journal.record_order(made.cid(intent), "paper", 3)
    found = [journal.newest_order("book", system, symbol) for system in ("swing", "long") for symbol in "AB"]
    assert [one and (one.cid, one.intent) for one in found] == [
        ("book-0-0", both.intents[0]),
        ("book-0-1", both.intents[1]),
        ("book-1-0", later.intents[0]),
        ("book-0-3", both.intents[3]),
    ]


def test_the_newest_order_is_told_by_symbol_and_reason(journal: Journal) -> None:
    entry, left = made_decision(), made_decision(bar=1, symbols=("B",))
    left = replace(left, intents=(replace(left.intents[0], reason=Reason.EXIT_TIME),))
    for made in (entry, left):
        record(journal, made)
        for intent in made.intents:
            journal.record_order(made.cid(intent), "paper", 3)
    assert [_cid(journal, symbol) for symbol in "ABC"] == ["book-0-0", "book-1-0", None]
    assert [_cid(journal, symbol, Reason.ENTER_EDGE) for symbol in "AB"] == ["book-0-0", "book-0-1"]
    assert _cid(journal, "A", Reason.EXIT_TIME) is None


def _cid(journal: Journal, symbol: str, *reasons: Reason) -> str | None:
    order = journal.newest_order("book", SYSTEM, symbol, *([reasons] if reasons else []))
    return None if order is None else order.cid


def test_a_decision_is_written_with_all_its_fills_or_not_at_all(journal: Journal) -> None:
    made = made_decision()
    record(journal, made)
    cid = made.cid(made.intents[0])
    journal.record_order(cid, "paper", 3)
    before = journal.tables()
    for fills in ((booked_fill(cid), booked_fill("nowhere")), (booked_fill(cid), booked_fill(cid))):
        with pytest.raises(IntegrityError):
            record(journal, made_decision(bar=1), Settled("paper", fills, {cid: "filled"}))
        assert journal.tables() == before


def test_a_decision_follows_from_the_newest_one_or_is_refused(journal: Journal) -> None:
    assert record(journal, made_decision())
    assert record(journal, made_decision(bar=2))
    before = journal.tables()
    for bar, follows in ((3, 0), (3, None), (1, 0), (3, HOUR)):
        with pytest.raises(Refused, match="in the meantime"):
            journal.record_decision(made_decision(bar), follows, NOTHING, "{}")
    with pytest.raises(Refused, match="decided for nothing in the meantime"):
        journal.record_decision(made_decision(3, book="other"), 0, NOTHING, "{}")
    assert journal.tables() == before
    assert record(journal, made_decision(bar=3))
