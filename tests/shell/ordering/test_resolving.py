"""Asking what became of an order: a clear answer, a loss that is certain, or a doubt that stays one."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import SECOND, Fault
from order_desks import NOW, PARENT, Bench, bench, order

from models.types import Refused
from models.types.wire import OrderKind, OrderState, Quote, Report, Role, VenueTrade
from tasks.session.ordering.resolving import complete, frozen_by, refresh, resolve
from tasks.session.ordering.submitting import submit

HOUR = 3600 * SECOND
LOST, UNKNOWN, FILLED, OPEN = OrderState.LOST, OrderState.UNKNOWN, OrderState.FILLED, OrderState.OPEN


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def admitted(on: Bench, **changed: object):
    """Written, and the process died before anybody knows whether it was sent."""
    one = order(**changed)
    assert on.log.admit(one, lambda _: None, on.clock.now()) is None
    return on.log.order(one.cid)


def test_an_order_that_arrived_is_found(desk):
    one = admitted(desk)
    desk.venue.place(one)
    assert resolve(desk.desk, one).state is FILLED
    assert desk.clock.now() == NOW


def test_an_order_that_arrives_late_is_found(desk):
    one = admitted(desk)
    desk.venue.fail("submit", Fault.LATE)
    with pytest.raises(Exception, match="no answer yet"):
        desk.venue.submit(one)
    assert resolve(desk.desk, one).state is FILLED
    assert desk.clock.now() - NOW == desk.venue.sends_within


def test_an_order_that_the_venue_denies_is_lost_only_when_no_request_can_arrive_any_more(desk):
    one = admitted(desk)
    assert resolve(desk.desk, one).state is LOST
    assert desk.clock.now() - NOW > desk.venue.sends_within + 12 * SECOND
    assert desk.alerts.has("order lost")


def test_an_order_that_seems_to_be_old_is_asked_for_as_long(desk):
    one = admitted(desk)
    desk.clock.sleep(3600 * SECOND)
    begun = desk.clock.now()
    assert resolve(desk.desk, one).state is LOST
    assert desk.clock.now() - begun == desk.venue.sends_within + 12 * SECOND + 1


@pytest.mark.parametrize("by", [-HOUR, 20 * SECOND, HOUR])
def test_a_clock_that_is_set_makes_the_wait_neither_shorter_nor_longer(desk, by):
    one = admitted(desk)
    desk.set_clock(by)
    assert resolve(desk.desk, one).state is LOST
    assert desk.clock.now() - NOW == desk.venue.sends_within + 12 * SECOND + 1


@pytest.mark.parametrize(("by", "passed", "state"), [(HOUR, 0, UNKNOWN), (-HOUR, 2 * HOUR, LOST)])
def test_how_long_a_fill_may_be_of_the_order_is_told_by_the_venues_clock(desk, by, passed, state):
    one = admitted(desk)
    desk.venue.place(replace(one, cid="by-hand", parent=""))
    desk.clock.sleep(passed)
    desk.set_clock(by)
    assert resolve(desk.desk, one).state is state


def test_the_venue_may_count_its_orders_symbol_by_symbol(desk, monkeypatch):
    elsewhere = admitted(desk, cid="e-1", parent="e", symbol="ETH/USDT")
    said = Report("fake", "ETH/USDT", "e-1", "1", OrderState.CANCELED, True, Decimal(1), Decimal(0), Decimal(0), NOW)
    desk.log.absorb(said, NOW)
    assert desk.log.order(elsewhere.cid).exchange_id == "1"
    one = admitted(desk)
    fill = VenueTrade("fake", "BTC/USDT", "7", "1", None, True, Decimal(1), Decimal(100), Decimal(0), "USDT", NOW)
    monkeypatch.setattr(type(desk.venue), "trades", lambda self, symbol, since: [fill])
    assert resolve(desk.desk, one).state is UNKNOWN


def test_two_denials_are_not_enough(desk):
    one = admitted(desk)
    desk.clock.sleep(3600 * SECOND)
    desk.venue.fail("find", Fault.BLIND, Fault.BLIND, *[Fault.UNSAID] * 40)
    assert resolve(desk.desk, one).state is UNKNOWN


def test_a_read_that_fails_is_no_denial(desk):
    one = admitted(desk)
    desk.venue.fail("find", *[Fault.UNSAID] * 40)
    assert resolve(desk.desk, one).state is UNKNOWN
    assert frozen_by(desk.desk, "live", "BTC/USDT") == [desk.log.order(one.cid)]
    assert frozen_by(desk.desk, "paper", "BTC/USDT") == []


def test_what_the_venue_denies_and_has_a_fill_of_is_not_lost(desk):
    one = admitted(desk)
    desk.venue.place(one)
    desk.venue.fail("find", *[Fault.BLIND] * 40)
    assert resolve(desk.desk, one).state is UNKNOWN
    assert desk.alerts.has("order unknown")


def test_what_the_venue_denies_is_not_lost_while_it_does_not_say_its_fills(desk):
    one = admitted(desk)
    desk.venue.fail("trades", *[Fault.UNSAID] * 40)
    assert resolve(desk.desk, one).state is UNKNOWN


def test_fills_of_other_orders_do_not_keep_one_alive(desk):
    submit(desk.desk, order("other-1", parent="other"), desk.venue.quote("BTC/USDT"))
    out = {"role": Role.EXIT, "is_buy": False, "limit": Decimal(99)}
    desk.venue.place(order("by-hand", parent="", **out))
    one = admitted(desk)
    assert resolve(desk.desk, one).state is LOST


def test_a_lost_order_that_shows_up_is_taken_back_and_a_person_is_told(desk):
    one = admitted(desk)
    lost = resolve(desk.desk, one)
    desk.venue.place(one)
    back = refresh(desk.desk, lost)
    assert back.state is FILLED
    assert desk.alerts.has("order back")


def test_the_fills_that_a_reply_lacks_are_fetched(desk):
    one = admitted(desk)
    placed = desk.venue.place(one)
    report = replace(desk.venue.find(one), trades=())
    found = desk.log.absorb(report, NOW)
    assert desk.log.trades_of(one.cid) == []
    desk.venue.fail("trades", Fault.UNSAID)
    assert complete(desk.desk, found) == found
    assert complete(desk.desk, found).value == placed.value
    assert [one.trade_id for one in desk.log.trades_of(one.cid)] == ["1"]


def test_an_open_order_that_the_venue_denies_stays_open_and_a_person_is_told(desk):
    found = submit(
        desk.desk,
        order(kind=OrderKind.LIMIT, limit=Decimal(95)),
        Quote("fake", "BTC/USDT", Decimal(99), Decimal(100), NOW),
    )
    desk.venue.fail("find", Fault.BLIND)
    assert refresh(desk.desk, found).state is OPEN
    assert desk.alerts.has("order vanished")
    desk.venue.fail("find", Fault.UNSAID)
    assert refresh(desk.desk, found).state is OPEN


def test_a_zombie_writes_nothing_of_what_it_hears(desk):
    one = admitted(desk)
    desk.venue.place(one)
    after = desk.taken_over()
    with pytest.raises(Refused, match="lease"):
        resolve(desk.desk, one)
    assert desk.log.order(one.cid).state is OrderState.SENT
    assert resolve(after.desk, one).state is FILLED


def test_a_report_that_cannot_be_of_the_order_is_a_doubt(desk, monkeypatch):
    one = admitted(desk)
    desk.venue.place(one)
    real = type(desk.venue).find
    monkeypatch.setattr(type(desk.venue), "find", lambda self, asked: replace(real(self, asked), is_buy=False))
    assert resolve(desk.desk, one).state is UNKNOWN


def test_a_fill_by_name_makes_the_order_known(desk, monkeypatch):
    one = admitted(desk)
    fill = VenueTrade(
        "fake", "BTC/USDT", "77", "fake-1", one.cid, True, Decimal(1), Decimal(100), Decimal(0), "USDT", NOW
    )
    monkeypatch.setattr(type(desk.venue), "trades", lambda self, symbol, since: [fill])
    assert resolve(desk.desk, one).state is FILLED
    assert PARENT in desk.log.trades_of(one.cid)[0].cid
