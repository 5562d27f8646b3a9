"""Stops at the venue: one for each position, of its size and at its level, whatever happens on the way."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import Died, Fault, fake_venue
from protected_desks import BOOK, SECOND, SYMBOL, Account, account_at
from reconciled_desks import reconciled

from data.journal import Holder, HoldingKind, HoldingLog, Leases
from models.types import Refused
from models.types.wire import OrderKind, OrderState, Role, WireOrder
from tasks.session.ordering.protecting import Means, Protection, protect
from tasks.session.ordering.resting import RELEASED, sellable, unsold
from tasks.session.ordering.selling import PATIENCE
from tasks.session.ordering.submitting import submit

# One of these comes before and after every request, and at every label of a step.
CUTS = 30


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return account_at(tmp_path)


def protected(account: Account) -> Protection:
    (found,) = protect(account.desk, account.held())
    return found


def test_a_filled_entry_gets_one_stop_and_keeps_it(account: Account) -> None:
    account.enter("1")
    for _ in range(3):
        found = protected(account)
        assert (found.means, found.quantity, found.local) == (Means.RESTING, Decimal(1), False)
        account.decide()
    assert account.stops() == [("1", "95")]
    assert account.venue.calls("submit") == 2
    assert account.alerts == {}


def test_a_stop_is_as_large_as_what_was_filled(account: Account) -> None:
    account.venue.markets[SYMBOL].depth = Decimal("0.4")
    entry = account.enter("1")
    assert (entry.state, entry.filled) == (OrderState.EXPIRED, Decimal("0.4"))
    protected(account)
    assert account.stops() == [("0.4", "95")]


def test_what_comes_later_is_protected_too(account: Account) -> None:
    account.enter("1")
    protected(account)
    account.decide()
    added = account.new_order("a1b2c3-2-0-1", Role.ADD, "0.5", is_buy=True)
    submit(account.desk, replace(added, parent="a1b2c3-2-0"), account.venue.quote(SYMBOL))
    protected(account)
    assert account.stops() == [("1.5", "95")]


@pytest.mark.parametrize(("quantity", "stop"), [("1", "0.999"), ("0.25", "0.249"), ("0.5", "0.499")])
def test_a_fee_in_base_is_no_part_of_the_stop(tmp_path: Path, quantity: str, stop: str) -> None:
    account = account_at(tmp_path, fee_in_base=True)
    account.venue.wallet["BTC"] = Decimal(5)
    account.enter(quantity)
    assert protected(account).means is Means.RESTING
    assert account.stops() == [(stop, "95")]
    account.decide()
    assert protected(account).means is Means.RESTING
    account.venue.move(SYMBOL, "94", "94.02")
    assert account.stops() == []
    assert Decimal(0) <= account.really < Decimal("0.001")


def test_a_fee_in_base_that_nobody_told_of_is_seen_in_the_balance(tmp_path: Path) -> None:
    account = account_at(tmp_path, fee_in_base=True)
    account.venue.wallet["BTC"] = Decimal(0)
    account.venue.fail("trades", *[Fault.UNSAID] * 9)
    order = account.order_entry("1")
    # The reply says how much, and not at which fee.
    account.log.admit(order, lambda _: None, account.clock.now())
    placed = account.venue.place(order)
    report = replace(account.venue.find(order), trades=())
    account.log.absorb(report, account.clock.now())
    assert (placed.filled, len(account.log.trades_of(order.cid))) == (Decimal(1), 0)
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("0.999", "95")]
    assert "-2010" not in str(account.alerts)


def test_a_level_that_moved_by_a_tick_is_a_new_revision(account: Account) -> None:
    account.enter()
    levels = [(95.004, "s1", "95"), (95.009, "s1", "95"), (95.01, "s2", "95.01"), (96.0, "s3", "96.00")]
    protected(account)
    for level, revision, rests in levels:
        account.levels["stop"] = level
        account.decide()
        found = protected(account)
        assert found.order is not None
        assert (found.means, found.order.cid.rpartition("-")[2]) == (Means.RESTING, revision)
        assert [Decimal(stop) for _, stop in account.stops()] == [Decimal(rests)]


def test_ones_own_revisions_are_nobody_elses_act(account: Account) -> None:
    account.enter()
    for level in (95.0, 96.0, 97.0, 98.0, 99.0):
        account.levels["stop"] = level
        account.decide()
        assert protected(account).means is Means.RESTING
    assert len(account.stops()) == 1
    assert {one.why for one in account.log.children(account.entry) if one.state is OrderState.CANCELED} == {RELEASED}


def test_without_a_level_of_its_own_a_position_has_one_for_disasters(account: Account) -> None:
    account.levels["stop"] = 0.0
    account.enter()
    protected(account)
    account.decide()
    protected(account)
    # 30 % below the fill at 100.01, and then below the entry that the book has, 100.
    assert account.stops() == [("1", "70")]


def test_the_stop_flag_stops_no_protection(account: Account) -> None:
    account.enter()
    account.journal.set_stop("a person", account.clock.now())
    assert protected(account).means is Means.RESTING


def at_call(account: Account, name: str, happens: Callable[[], None], kind: OrderKind = OrderKind.STOP) -> None:
    """Something happens at the venue just before the next call of that name arrives."""
    left = [happens]

    def plan(call: str, order: WireOrder | None) -> None:
        if call == name and order is not None and order.kind is kind and left:
            left.pop()()

    account.venue.plan = plan


def test_a_stop_that_fills_while_it_is_replaced_leaves_nothing_to_protect(account: Account) -> None:
    account.enter()
    protected(account)
    account.levels["stop"] = 96.0
    account.decide()
    held = account.held()
    at_call(account, "cancel", lambda: account.venue.move(SYMBOL, "94", "94.02"))
    (found,) = protect(account.desk, held)
    assert (found.means, account.stops(), account.really) == (Means.FLAT, [], Decimal(0))
    assert account.venue.calls("submit") == 2


def test_of_a_stop_that_fills_in_part_while_it_is_replaced_the_rest_is_protected(account: Account) -> None:
    account.enter()
    protected(account)
    account.levels["stop"] = 96.0
    account.decide()
    held = account.held()

    def dips() -> None:
        account.venue.move(SYMBOL, "94", "94.02", "0.3")
        account.venue.move(SYMBOL, "99", "99.02", "1000")

    at_call(account, "cancel", dips)
    (found,) = protect(account.desk, held)
    assert (found.means, account.stops()) == (Means.RESTING, [("0.7", "96")])


def test_a_stop_that_somebody_else_cancels_is_placed_again_but_once(account: Account) -> None:
    account.enter()
    protected(account)
    account.venue.cancel_by_hand(f"{account.entry}-s1")
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("1", "95")]
    account.venue.cancel_by_hand(f"{account.entry}-s2")
    for _ in range(3):
        found = protected(account)
        assert (found.means, found.local) == (Means.LOCAL, True)
        account.clock.sleep(PATIENCE)
    assert account.stops() == []
    assert "for the second time" in str(account.alerts)
    assert account.venue.calls("submit") == 3


def test_a_stop_that_was_refused_is_tried_again_later_and_watched_meanwhile(account: Account) -> None:
    account.enter()
    account.venue.fail("submit", Fault.REJECT)
    for _ in range(3):
        assert protected(account).means is Means.LOCAL
    assert account.venue.calls("submit") == 2
    assert "-2010" in str(account.alerts)
    account.clock.sleep(PATIENCE)
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("1", "95")]


def test_a_stop_that_did_not_leave_is_tried_again_next_time(account: Account) -> None:
    account.enter()
    account.venue.fail("submit", Fault.NOT_SENT)
    assert protected(account).means is Means.LOCAL
    assert protected(account).means is Means.RESTING


def test_a_changed_grid_is_asked_for_once_and_kept_to(account: Account) -> None:
    account.enter("0.955")
    account.venue.change(SYMBOL, lot=Decimal("0.01"))
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("0.95", "95")]
    assert [one.state for one in account.log.children(account.entry)][1:] == [OrderState.REJECTED, OrderState.OPEN]


def test_a_level_that_is_crossed_already_is_sold_at_now(account: Account) -> None:
    account.enter()
    account.venue.move(SYMBOL, "94", "94.02")
    found = protected(account)
    assert (found.means, account.really, account.stops()) == (Means.SOLD, Decimal(0), [])
    assert [one.kind for one in account.log.children(account.entry)] == [OrderKind.MARKET, OrderKind.MARKET]
    assert account.held() == []


def test_what_the_market_does_not_take_of_a_crossed_position_is_said(account: Account) -> None:
    account.enter()
    account.venue.move(SYMBOL, "94", "94.02", "0.11")
    found = protected(account)
    assert (found.means, found.local, found.quantity) == (Means.SOLD, True, Decimal("0.45"))
    assert account.alerts
    assert found.quantity == account.really


def test_a_level_that_the_venue_says_would_trigger_now_is_sold_at_now(account: Account) -> None:
    account.enter()

    def slips() -> None:
        account.venue.move(SYMBOL, "94.5", "94.52")

    at_call(account, "submit", slips)
    found = protected(account)
    assert (found.means, account.really, account.stops()) == (Means.SOLD, Decimal(0), [])
    sold = account.log.children(account.entry)[-1]
    assert (sold.cid, sold.role, sold.reference) == (f"{account.entry}-f1", Role.STOP, Decimal("95"))


def test_what_is_too_small_for_any_order_is_said_and_left_alone(account: Account) -> None:
    account.venue.markets[SYMBOL].depth = Decimal("0.05")
    account.enter("1")
    for _ in range(3):
        found = protected(account)
        assert (found.means, found.quantity) == (Means.DUST, Decimal("0.05"))
        account.decide()
    assert account.venue.calls("submit") == 1
    assert len(account.alerts) == 1


def test_what_is_too_small_at_its_level_is_watched_here(account: Account) -> None:
    account.levels["stop"] = 60.0
    account.enter("0.15")
    assert protected(account).means is Means.LOCAL
    assert account.venue.calls("submit") == 1
    assert len(account.alerts) == 1


def test_where_no_stop_may_rest_it_is_watched_here(account: Account) -> None:
    account.venue.change(SYMBOL, takes_stops=False)
    account.enter()
    assert protected(account).means is Means.LOCAL
    assert account.venue.calls("submit") == 1
    assert "takes no stops" in str(account.alerts)


def test_what_another_order_is_selling_is_not_sold_twice(account: Account) -> None:
    account.enter()
    account.decide()
    leaves = account.new_order("a1b2c3-2-0-1", Role.EXIT, "0.4")
    leaves = replace(leaves, parent="a1b2c3-2-0", kind=OrderKind.LIMIT, limit=Decimal(120))
    assert submit(account.desk, leaves, None).state is OrderState.OPEN
    protected(account)
    assert account.stops() == [("0.4", "120"), ("0.6", "95")]


def test_a_balance_that_lacks_some_of_it_is_said(account: Account) -> None:
    account.enter()
    account.venue.wallet["BTC"] = Decimal("0.5")
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("0.5", "95")]
    assert [key for key in account.alerts if key.startswith("missing ")]


@pytest.mark.parametrize("call", ["balances", "quote"])
def test_a_venue_that_does_not_say_how_things_stand_is_asked_again(account: Account, call: str) -> None:
    account.enter()
    account.venue.fail(call, Fault.UNSAID)
    found = protected(account)
    assert (found.means, account.stops()) == (Means.LOCAL, [])
    assert call in found.why
    assert found.why in str(account.alerts)
    assert protected(account).means is Means.RESTING


def test_a_symbol_in_doubt_is_frozen_until_the_venue_says(account: Account) -> None:
    order = account.order_entry("1")
    account.venue.fail("submit", Fault.REPLY_LOST)
    account.venue.fail("find", *[Fault.UNSAID] * 90)
    assert submit(account.desk, order, account.venue.quote(SYMBOL)).state is OrderState.UNKNOWN
    for _ in range(2):
        assert protected(account).means is Means.FROZEN
        assert account.stops() == []
    account.venue.faults["find"].clear()
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("1", "95")]


def test_a_stop_in_doubt_is_not_sent_again(account: Account) -> None:
    account.enter()
    account.venue.fail("submit", Fault.REPLY_LOST)
    account.venue.fail("find", *[Fault.UNSAID] * 90)
    for _ in range(2):
        found = protected(account)
        assert found.means is Means.FROZEN
        assert len(account.stops()) == 1
    account.venue.faults["find"].clear()
    assert protected(account).means is Means.RESTING
    assert (account.stops(), account.venue.doubled()) == ([("1", "95")], [])


def test_a_stop_behind_which_nothing_is_held_goes(account: Account) -> None:
    account.enter()
    protected(account)
    account.decide()
    # Sold out of what somebody else has there: the venue binds ours for the stop.
    submit(account.desk, replace(account.new_order("a1b2c3-2-0-1", Role.EXIT, "1"), parent="a1b2c3-2-0"), None)
    for _ in range(2):
        found = protect(account.desk, account.held())
        assert [one.means for one in found] in ([Means.FLAT], [])
        assert account.stops() == []
        account.decide()


def test_two_stops_become_one(account: Account) -> None:
    account.enter()
    protected(account)
    second = account.new_order(f"{account.entry}-s9", Role.STOP, "0.9")
    second = replace(second, kind=OrderKind.STOP, limit=None, stop=Decimal(95))
    assert submit(account.desk, second, None).state is OrderState.OPEN
    assert len(account.stops()) == 2
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("1", "95")]


def test_each_venue_has_the_stop_of_what_is_there(account: Account) -> None:
    other = fake_venue(account.clock, name="other", wallet=(("USDT", "1000"),))
    account.desk = replace(account.desk, accounts={"fake": account.venue, "other": other})
    account.enter("1")
    added = replace(account.new_order("a1b2c3-1-0-2", Role.ENTRY, "0.5", is_buy=True), venue="other")
    submit(account.desk, added, other.quote(SYMBOL))
    for _ in range(2):
        assert {(one.held.venue, one.quantity) for one in protect(account.desk, account.held())} == {
            ("fake", Decimal(1)),
            ("other", Decimal("0.5")),
        }
        account.decide()
    assert [len(venue.resting()) for venue in (account.venue, other)] == [1, 1]


def test_a_position_at_a_venue_without_an_account_is_said(account: Account) -> None:
    account.enter()
    held = [replace(one, venue="elsewhere", traded=Decimal(0)) for one in account.held()]
    (found,) = protect(account.desk, held)
    assert found.means is Means.LOCAL
    assert "elsewhere" in str(account.alerts)


def test_a_stop_that_cannot_be_taken_back_stays_and_a_person_is_told(account: Account) -> None:
    account.enter()
    protected(account)
    account.levels["stop"] = 97.0
    account.decide()
    account.venue.fail("cancel", *[Fault.DROPPED] * 99)
    found = protected(account)
    assert (found.means, account.stops()) == (Means.LOCAL, [("1", "95")])
    assert "could not be taken back" in str(account.alerts)
    account.venue.faults["cancel"].clear()
    assert protected(account).means is Means.RESTING
    assert [Decimal(stop) for _, stop in account.stops()] == [Decimal(97)]


def test_who_is_no_longer_the_writer_protects_nothing(account: Account) -> None:
    account.enter()
    held = account.held()
    other = Holder("there", "boot", 2, 2)
    assert Leases(account.journal.engine).take("orders", other, 2 * 10**15, 10**15, lambda _: True) is not None
    with pytest.raises(Refused):
        protect(account.desk, held)
    assert account.stops() == []


@pytest.mark.parametrize("cut", range(CUTS))
def test_a_process_that_dies_anywhere_is_followed_by_one_that_converges(tmp_path: Path, cut: int) -> None:
    account = account_at(tmp_path)
    order = account.order_entry("1")
    steps = [cut]

    def step(label: str, _order: object = None) -> None:
        steps[0] -= 1
        if steps[0] == 0:
            raise Died

    dying = account.dying(step)
    account.venue.plan = step
    try:
        submit(dying, order, account.venue.quote(SYMBOL))
        protect(dying, account.held())
        account.levels["stop"] = 97.0
        account.decide()
        protect(dying, account.held())
    except Died:
        pass
    account.venue.plan = lambda _call, _order: None
    account.clock.sleep(SECOND)
    for level in (97.0, 98.0):
        account.levels["stop"] = level
        account.decide(ordered=1.0)
        found = protect(account.desk, account.held())
        assert {one.means for one in found} <= {Means.RESTING if account.really else Means.FLAT}
        stops = [(Decimal(size), Decimal(rests)) for size, rests in account.stops()]
        assert stops == ([(account.really, Decimal(repr(level)))] if account.really else [])
    assert account.venue.doubled() == []
    assert account.log.doubtful(BOOK) == []
    assert steps[0] > 0 or cut < CUTS - 1  # it was cut at every step there is


def test_a_stop_whose_answer_was_lost_is_ours_to_take_back(account: Account) -> None:
    account.enter()
    for level in (95.0, 96.0, 97.0, 98.0):
        account.levels["stop"] = level
        account.decide()
        account.venue.fail("submit", Fault.REPLY_LOST)
        assert protected(account).means is Means.RESTING
    assert account.stops() == [("1", "98")]
    account.log.verify_chain()


@pytest.mark.parametrize("bid", ["99.99", "94"])
def test_what_was_there_before_is_neither_protected_nor_sold(account: Account, bid: str) -> None:
    """A person takes the stop away and sells the book's units by hand: what is left is the person's own."""
    reconciled(account)
    account.enter()
    account.decide()
    protected(account)
    account.venue.cancel_by_hand(f"{account.entry}-s1")
    account.venue.move(SYMBOL, bid, "100.01")
    account.venue.place(replace(account.new_order("", Role.EXIT, "1"), limit=Decimal(90)))
    for _ in range(2):
        assert protected(account).means is not Means.RESTING
        assert (account.stops(), account.really) == ([], Decimal(0))
        reconciled(account)
    assert any(key.startswith("not ours") for key in account.alerts)


def test_of_what_was_taken_only_the_rest_is_protected_until_a_person_says_whose_it_was(account: Account) -> None:
    reconciled(account)
    account.enter()
    account.decide()
    account.venue.place(account.new_order("", Role.EXIT, "0.4"))
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("0.6", "95")]
    reconciled(account)
    holdings = HoldingLog(account.journal.engine, account.log.fence)
    (taken,) = [one for one in holdings.open_of("fake") if (one.asset, one.kind) == ("BTC", HoldingKind.EXTERNAL)]
    holdings.note(replace(taken, kind=HoldingKind.BASELINE, id=None))
    holdings.clear(taken.id or 0, "a person", account.clock.now())
    assert protected(account).means is Means.RESTING
    assert account.stops() == [("1", "95")]


def test_what_a_stop_of_another_row_binds_is_not_sold_twice(account: Account) -> None:
    account.venue.wallet["BTC"] = Decimal(0)
    account.enter()
    account.decide()
    protected(account)
    rules = account.venue.rules(SYMBOL)
    (held,) = account.held()
    assert sellable(account.desk, held, rules, Decimal(1)) == 1
    other = replace(held, system="other", traded=Decimal(0))
    assert unsold(account.desk, other) == 1
    assert sellable(account.desk, other, rules, Decimal(1)) == 0


def test_what_has_left_the_book_is_not_sold_before_that_is_booked(account: Account) -> None:
    account.venue.wallet["BTC"] = Decimal(0)
    reconciled(account)
    account.enter()
    account.decide()
    account.venue.wallet["BTC"] -= Decimal("0.4")
    assert [one.units for one in reconciled(account).gone] == [Decimal("0.4")]
    account.venue.wallet["BTC"] += Decimal("0.4")  # somebody brings as much, and nobody has looked yet
    protected(account)
    assert account.stops() == [("0.6", "95")]


def test_a_purchase_in_doubt_leaves_what_is_held_protected_and_sold(account: Account) -> None:
    account.enter()
    account.decide()
    added = replace(account.new_order("a1b2c3-2-0-1", Role.ADD, "0.5", is_buy=True), parent="a1b2c3-2-0")
    account.venue.fail("submit", Fault.DROPPED)
    account.venue.fail("find", *[Fault.UNSAID] * 500)
    assert submit(account.desk, added, account.venue.quote(SYMBOL)).state is OrderState.UNKNOWN
    account.venue.fail("submit")
    (found,) = [one for one in protect(account.desk, account.held()) if one.quantity]
    assert (found.means, account.stops()) == (Means.RESTING, [("1", "95")])
    assert submit(account.desk, replace(added, cid="a1b2c3-2-0-2"), None).state is OrderState.REJECTED
    account.venue.move(SYMBOL, "94", "94.02")
    assert account.really == 0
