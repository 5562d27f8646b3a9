"""Start-up is the recovery path: what is in doubt is asked for, what is missing is fetched, and twice is as once."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import SECOND, Fault, Market, plain_rules
from protected_desks import BOOK, HOUR, SYMBOL, Account, account_at
from reconciled_desks import reconciled
from sqlalchemy import func, select

from data.journal.order_tables import order_events
from models.types import Unavailable
from models.types.wire import OrderKind, OrderState, Role, WireOrder
from tasks.adapters.clocks import VirtualClock
from tasks.session.ordering.protecting import Means, Protection, protect
from tasks.session.ordering.recovering import Recovered, recover
from tasks.session.ordering.submitting import submit


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return account_at(tmp_path)


def recovered(on: Account) -> Recovered:
    return recover(on.desk, BOOK, (SYMBOL,))


def events(on: Account) -> int:
    with on.journal.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(order_events)).scalar_one()


def stop_of(on: Account, number: int = 1):
    order = on.new_order(f"{on.entry}-s{number}", Role.STOP, "0.15")
    return submit(on.desk, replace(order, kind=OrderKind.STOP, stop=Decimal(95), limit=Decimal(94)), None)


def test_an_order_whose_answer_never_came_is_found_with_its_fills(account: Account) -> None:
    order = account.order_entry("1")
    account.venue.fail("submit", Fault.REPLY_LOST)
    account.venue.fail("find", *[Fault.UNSAID] * 40)
    assert submit(account.desk, order, account.venue.quote(SYMBOL)).state is OrderState.UNKNOWN
    account.venue.faults.clear()
    found = recovered(account)
    assert [one.state for one in found.cleared] == [OrderState.FILLED]
    assert found.doubtful == ()
    assert len(account.log.trades_of(order.cid)) == 1


def test_an_order_that_never_arrived_is_lost_and_not_sent_again(account: Account) -> None:
    order = account.order_entry("1")
    account.log.admit(order, lambda _: None, account.clock.now())
    assert [one.state for one in recovered(account).cleared] == [OrderState.LOST]
    assert account.venue.of(order.cid) == []


def test_what_stays_in_doubt_is_said(account: Account) -> None:
    order = account.order_entry("1")
    account.log.admit(order, lambda _: None, account.clock.now())
    account.venue.fail("find", *[Fault.UNSAID] * 60)
    assert [one.cid for one in recovered(account).doubtful] == [order.cid]


def test_fills_that_the_answer_did_not_tell_of_are_fetched(account: Account) -> None:
    order = account.enter("1")
    with account.journal.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM venue_trades")
        connection.exec_driver_sql("UPDATE wire_orders SET lacks = TRUE")
    assert [one.cid for one in account.log.lacking(BOOK)] == [order.cid]
    recovered(account)
    assert account.log.lacking(BOOK) == []
    assert len(account.log.trades_of(order.cid)) == 1


def test_fills_of_others_are_written_and_are_nobodys(account: Account) -> None:
    account.venue.place(account.new_order("", Role.EXIT, "0.5"))
    recovered(account)
    with account.journal.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT cid, quantity FROM venue_trades").all()
    assert [tuple(one) for one in rows] == [(None, "0.5")]


def test_a_second_time_changes_nothing(account: Account) -> None:
    account.enter("1")
    recovered(account)
    before = events(account)
    assert recovered(account).cleared == ()
    assert events(account) == before


@pytest.mark.parametrize("call", ["time", "open_orders", "trades"])
def test_a_read_that_fails_says_nothing(account: Account, call: str) -> None:
    order = account.enter("1")
    account.venue.fail(call, Fault.UNSAID)
    with pytest.raises(Unavailable):
        recovered(account)
    assert account.log.order(order.cid).state is OrderState.FILLED


def test_an_order_that_somebody_else_ended_is_over_and_a_person_hears_of_it(account: Account) -> None:
    account.decide()
    account.enter("1")
    stop = stop_of(account)
    account.venue.cancel_by_hand(stop.cid)
    assert [(one.cid, one.state) for one in recovered(account).cleared] == [(stop.cid, OrderState.CANCELED)]
    assert f"order ended {stop.cid}" in account.alerts


def later_stop(on: Account, name: str, quantity: str = "0.15", level: str = "96") -> WireOrder:
    """One that was sent when the journal, which is a copy, had been copied."""
    order = on.new_order(name, Role.STOP, quantity)
    return on.venue.place(replace(order, kind=OrderKind.STOP, stop=Decimal(level), limit=Decimal(94))).order


def protected(on: Account) -> Protection:
    (found,) = protect(on.desk, on.held())
    return found


def test_a_stop_that_the_journal_is_too_old_for_is_taken_in_and_stays(account: Account) -> None:
    account.enter("1")
    later = later_stop(account, f"{account.entry}-s3", "1", "95")
    assert recovered(account).doubtful == ()
    found = account.log.order(later.cid)
    assert (found.state, found.role, found.quantity, found.stop) == (
        OrderState.OPEN,
        Role.STOP,
        Decimal(1),
        Decimal(95),
    )
    assert f"order taken in {later.cid}" in account.alerts
    before = events(account)
    recovered(account)
    assert events(account) == before
    assert reconciled(account).strays == ()
    assert protected(account).means is Means.RESTING
    assert [one.order.cid for one in account.venue.resting()] == [later.cid]


@pytest.mark.parametrize("tells", [True, False])
def test_one_at_another_level_or_at_none_is_replaced_under_a_new_name(account: Account, tells: bool) -> None:
    account.venue.tells_levels = tells
    account.enter("1")
    later_stop(account, f"{account.entry}-s3", "1", "96" if tells else "95")
    recovered(account)
    assert protected(account).means is Means.RESTING
    (resting,) = account.venue.resting()
    assert (resting.order.cid, resting.order.stop) == (f"{account.entry}-s4", Decimal(95))
    assert account.venue.doubled() == []


def test_the_stops_before_it_count_as_given_up(account: Account) -> None:
    account.decide()
    account.enter("1")
    first = protected(account).order
    account.venue.cancel_by_hand(first.cid)
    recovered(account)
    second = protected(account).order  # the last one that is put back
    account.venue.cancel_by_hand(second.cid)
    later_stop(account, f"{account.entry}-s3", "1", "95")
    recovered(account)
    assert f"order ended {second.cid}" not in account.alerts
    assert protected(account).means is Means.RESTING


@pytest.mark.parametrize("quantity", ["1.001", "1.5"])
def test_one_that_covers_more_than_the_journal_knows_is_left_to_a_person(account: Account, quantity: str) -> None:
    account.enter("1")
    later = later_stop(account, f"{account.entry}-s1", quantity, "95")
    recovered(account)
    assert account.log.order(later.cid) is None
    assert [one.order.cid for one in account.venue.resting()] == [later.cid]


def test_while_the_entry_is_in_doubt_its_stop_stays(account: Account) -> None:
    order = account.order_entry("1")
    account.venue.fail("submit", Fault.REPLY_LOST)
    account.venue.fail("find", *[Fault.UNSAID] * 200)
    account.venue.fail("trades", *[Fault.UNSAID] * 200)
    assert submit(account.desk, order, account.venue.quote(SYMBOL)).state is OrderState.UNKNOWN
    later = later_stop(account, f"{account.entry}-s1", "1", "95")
    with pytest.raises(Unavailable):
        recovered(account)
    assert account.log.order(later.cid).state is OrderState.OPEN
    assert protected(account).means is Means.FROZEN
    assert [one.order.cid for one in account.venue.resting()] == [later.cid]
    account.venue.faults.clear()
    recovered(account)
    assert (protected(account).means, protected(account).quantity) == (Means.RESTING, Decimal(1))
    assert [one.order.cid for one in account.venue.resting()] == [later.cid]


def test_what_was_sold_by_a_stop_that_was_taken_in_left_the_book(account: Account) -> None:
    account.enter("1")
    recovered(account)
    later = later_stop(account, f"{account.entry}-s2", "1")
    recovered(account)
    account.venue.move(SYMBOL, "95.9", "95.92")
    recovered(account)
    assert account.log.order(later.cid).state is OrderState.FILLED
    assert (account.held(), account.venue.resting()) == ([], [])


@pytest.mark.parametrize("name", ["a1b2c3-99-0-s1", "{entry}-x1", "{entry}-s", "{entry}-s12345", "s1"])
def test_no_other_order_is_taken_in(account: Account, name: str) -> None:
    account.enter("1")
    later = later_stop(account, name.format(entry=account.entry))
    recovered(account)
    assert account.log.order(later.cid) is None
    assert len(reconciled(account).strays) == 1


def test_a_purchase_named_like_a_stop_is_none(account: Account) -> None:
    account.enter("1")
    named = account.new_order(f"{account.entry}-s1", Role.ENTRY, "0.15", is_buy=True)
    account.venue.place(replace(named, kind=OrderKind.LIMIT, limit=Decimal(90)))
    recovered(account)
    assert account.log.order(named.cid) is None


def test_what_is_listed_is_not_asked_for_one_by_one(account: Account) -> None:
    account.enter("1")
    for number in range(1, 6):
        stop_of(account, number)
    before = account.venue.calls("find")
    account.clock.sleep(HOUR)
    assert recovered(account).cleared == ()
    assert account.venue.calls("find") == before


def test_our_clock_is_held_against_the_venues(account: Account) -> None:
    assert recovered(account).ahead == {"fake": 0}
    desk = replace(account.desk, clock=VirtualClock(account.clock.now() + 3 * SECOND))
    assert recover(desk, BOOK, (SYMBOL,)).ahead == {"fake": 3 * SECOND}


def test_orders_of_two_symbols_may_bear_the_same_number(account: Account) -> None:
    """Binance counts them symbol by symbol."""
    account.venue.markets["ETH/USDT"] = Market(Decimal("99.99"), Decimal("100.01"), plain_rules("ETH/USDT"))
    account.venue.wallet["ETH"] = Decimal(1)
    account.enter("1")
    stop = stop_of(account)
    stranger = account.venue.place(
        replace(account.new_order("", Role.EXIT, "0.15"), symbol="ETH/USDT", limit=Decimal(200), kind=OrderKind.LIMIT)
    )
    stranger.exchange_id = account.log.order(stop.cid).exchange_id
    assert recovered(account).cleared == ()
    assert account.log.order(stop.cid).state is OrderState.OPEN


def test_an_order_that_was_given_up_for_lost_is_asked_for_again(account: Account) -> None:
    order = account.order_entry("1")
    account.log.admit(order, lambda _: None, account.clock.now())
    assert [one.state for one in recovered(account).cleared] == [OrderState.LOST]
    account.venue.place(order)
    account.decide()
    account.clock.sleep(HOUR)
    assert [one.state for one in recovered(account).cleared] == [OrderState.FILLED]
    assert len(account.log.trades_of(order.cid)) == 1
    assert f"order back {order.cid}" in account.alerts


def test_after_a_day_a_lost_order_is_not_asked_for(account: Account) -> None:
    order = account.order_entry("1")
    account.log.admit(order, lambda _: None, account.clock.now())
    recovered(account)
    account.clock.sleep(25 * HOUR)
    before = account.venue.calls("find")
    recovered(account)
    assert account.venue.calls("find") == before


def resting(on: Account, role: Role, parent: str) -> WireOrder:
    """An order with a limit that the market is far from."""
    is_buy = role.opens
    order = on.new_order(f"{parent}-{role.value}", role, "0.5", is_buy)
    order = replace(order, parent=parent, kind=OrderKind.LIMIT, limit=Decimal(97 if is_buy else 103))
    return submit(on.desk, order, on.venue.quote(SYMBOL))


@pytest.mark.parametrize("role", [Role.ENTRY, Role.ADD, Role.EXIT, Role.TARGET])
def test_an_order_that_nobody_goes_on_with_is_taken_back(account: Account, role: Role) -> None:
    account.order_entry("1")
    order = resting(account, role, account.entry)
    assert order.state is OrderState.OPEN
    recovered(account)
    # A target is no order of the decision itself: whoever sent it has waited for it.
    assert len(account.venue.resting()) == (0 if role is Role.TARGET else 1)
    account.decide()
    recovered(account)
    assert account.venue.resting() == []
    assert account.log.order(order.cid).state is OrderState.CANCELED


def test_once_trading_is_stopped_no_purchase_stands(account: Account) -> None:
    account.order_entry("1")
    resting(account, Role.ENTRY, account.entry)
    account.journal.set_stop("a person", account.clock.now())
    recovered(account)
    assert account.venue.resting() == []


def test_an_order_that_cannot_be_taken_back_is_said_and_tried_every_time(account: Account) -> None:
    account.order_entry("1")
    order = resting(account, Role.ENTRY, account.entry)
    account.decide()
    account.venue.plan = lambda call, _order: Fault.DROPPED if call == "cancel" else None
    recovered(account)
    assert f"order stands {order.cid}" in account.alerts
    account.venue.plan = lambda _call, _order: None
    recovered(account)
    assert account.venue.resting() == []


def test_stops_stay(account: Account) -> None:
    account.enter("1")
    stop_of(account)
    account.decide()
    recovered(account)
    assert len(account.venue.resting()) == 1
