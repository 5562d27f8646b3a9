"""What a book really holds: its state, and what was traded since."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import fake_venue
from protected_desks import BASELINE, EMPTY, SYMBOL, SYSTEM, Account, account_at, plain

from data.journal import Carried, Decision
from models.types import BadInput, Damaged
from models.types.wire import Role, WireOrder
from tasks.session.ordering.held import Held, held_now, part_now, quantity_now
from tasks.session.ordering.protecting import protect
from tasks.session.ordering.submitting import submit


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return account_at(tmp_path)


def sizes(held: list[Held]) -> list[tuple[str, str]]:
    return [(one.venue, plain(one.quantity)) for one in held]


def stated(decision: Decision | None, **figures: float) -> Decision:
    """The decision with another position."""
    assert decision is not None
    position = list(EMPTY._replace(**figures))
    return replace(decision, state_after=Carried({SYSTEM: [0.0]}, {SYSTEM: {SYMBOL: position}}, {}, {}))


def test_nothing_is_held_before_anything_was_bought(account: Account) -> None:
    account.decide()
    assert account.held() == []
    account.order_entry("1")
    assert account.held() == []


def test_a_fill_is_held_before_and_after_it_is_booked(account: Account) -> None:
    account.enter("1")
    (before,) = account.held()
    account.decide()
    (after,) = account.held()
    assert (plain(before.quantity), plain(after.quantity)) == ("1", "1")
    assert (before.entry_price, after.entry_price) == (Decimal("100.01"), Decimal("100.0"))
    assert (before.stop, before.entry_cid, before.system) == (Decimal("95.0"), account.entry, SYSTEM)


def test_a_fee_in_base_is_not_held(tmp_path: Path) -> None:
    account = account_at(tmp_path, fee_in_base=True)
    account.enter("0.5")
    assert sizes(account.held()) == [("fake", "0.4995")]
    account.decide()
    assert sizes(account.held()) == [("fake", "0.499")]


def test_what_was_sold_since_is_not_held(account: Account) -> None:
    account.enter("1")
    protect(account.desk, account.held())
    account.decide()
    stale = account.held()
    account.venue.move(SYMBOL, "94", "94.02", "0.3")
    protect(account.desk, stale)  # hears of it
    assert sizes(account.held()) == [("fake", plain(account.really))]
    assert quantity_now(account.log, stale[0]) == account.really == quantity_now(account.log, account.held()[0])


def test_what_is_filled_counts_before_its_trades_are_known(account: Account) -> None:
    order = account.order_entry("1")
    account.log.admit(order, lambda _: None, account.clock.now())
    account.venue.place(order)
    found = account.venue.find(order)
    assert found is not None
    account.log.absorb(replace(found, trades=()), account.clock.now())
    (before,) = account.held()
    account.log.add_trades(found.trades, account.clock.now())
    (after,) = account.held()
    assert plain(before.quantity) == plain(after.quantity) == "1"
    assert quantity_now(account.log, before) == 1


def test_a_position_is_at_the_venues_that_sold_it(account: Account) -> None:
    other = fake_venue(account.clock, name="other", wallet=(("USDT", "1000"),))
    account.desk = replace(account.desk, accounts={"fake": account.venue, "other": other})
    account.levels |= {"partial": 110.0, "part": 0.3}
    account.enter("1")
    second = replace(account.new_order(f"{account.entry}-2", Role.ENTRY, "0.5", is_buy=True), venue="other")
    submit(account.desk, second, other.quote(SYMBOL))
    for _ in range(2):
        assert sizes(account.held()) == [("fake", "1"), ("other", "0.5")]
        assert [plain(one.part) for one in account.held()] == ["0.2", "0.1"]
        account.decide()


def test_what_no_order_explains_is_at_home(account: Account) -> None:
    entry = account.order_entry("1")  # never sent: as of a holding that was taken in
    assert account.decision is not None
    decision = stated(account.decision, quantity=2.0, entry=100.0, last=100.0)
    assert sizes(held_now(account.journal, account.log, entry.book, decision, "home")) == [("home", "2")]


def test_what_was_sold_at_a_part_is_no_part_any_more(account: Account) -> None:
    account.levels |= {"partial": 105.0, "part": 0.4}
    account.enter("1")
    (before,) = account.held()
    submit(account.desk, account.new_order(f"{account.entry}-p1", Role.PARTIAL, "0.2"), None)
    (after,) = account.held()
    found = [part_now(account.log, one) for one in (before, after)]
    assert [plain(one) for one in found] == ["0.2", "0.2"]
    submit(account.desk, account.new_order(f"{account.entry}-p2", Role.PARTIAL, "0.2"), None)
    assert part_now(account.log, before) == part_now(account.log, after) == 0
    assert account.held()[0].partial is None


def test_a_second_position_knows_nothing_of_the_first(tmp_path: Path) -> None:
    account = account_at(tmp_path, fee_in_base=True)
    for _ in range(3):
        account.enter("1")
        account.decide()
        (held,) = account.held()
        assert sizes([held]) == [("fake", "0.999")]
        protect(account.desk, [held])
        account.venue.move(SYMBOL, "94", "94.02")
        protect(account.desk, [held])
        account.decide()
        assert account.held() == []
        account.venue.move(SYMBOL, "99.99", "100.01")
    assert account.venue.wallet["BTC"] >= BASELINE


def test_a_row_with_an_order_in_doubt_is_shown(account: Account) -> None:
    order: WireOrder = account.order_entry("1")
    account.log.admit(order, lambda _: None, account.clock.now())
    assert sizes(account.held()) == [("fake", "0")]


def test_a_short_position_is_refused(account: Account) -> None:
    account.enter("1")
    decision = stated(account.decision, quantity=-1.0)
    with pytest.raises(BadInput, match=r"swing holds -1\.0 BTC/USDT .* long positions only"):
        held_now(account.journal, account.log, account.decision.book, decision, "fake")  # type: ignore[union-attr]


def test_a_position_without_the_order_that_opened_it_is_damage(account: Account) -> None:
    account.decide()
    assert account.decision is not None
    decision = stated(account.decision, quantity=1.0)
    with pytest.raises(Damaged, match="no order of swing that opened"):
        held_now(account.journal, account.log, decision.book, decision, "fake")
