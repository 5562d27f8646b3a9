"""Cancelling: over when the venue says so, with everything that was filled on the way."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import SECOND, Died, Fault
from order_desks import NOW, Bench, bench, leased, order

from models.types import Refused
from models.types.wire import OrderKind, OrderState
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.submitting import submit

CANCELED, FILLED, OPEN = OrderState.CANCELED, OrderState.FILLED, OrderState.OPEN


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def resting(on: Bench):
    found = submit(on.desk, order(kind=OrderKind.LIMIT, limit=Decimal(95)), on.venue.quote("BTC/USDT"))
    assert found.state is OPEN
    return found


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [Fault.DROPPED],
        [Fault.REPLY_LOST],
        [Fault.NOT_SENT],
        [Fault.DROPPED, Fault.NOT_SENT, Fault.REPLY_LOST],
    ],
)
def test_it_is_cancelled_whatever_is_said_on_the_way(desk, faults):
    one = resting(desk)
    desk.venue.fail("cancel", *faults)
    assert cancel(desk.desk, one).state is CANCELED
    assert desk.log.order(one.cid).state is CANCELED
    assert desk.venue.resting() == []
    assert not desk.alerts.told


def test_what_was_filled_before_the_cancel_arrived_is_booked(desk):
    one = resting(desk)
    desk.venue.move("BTC/USDT", "94.90", "94.99", depth="0.4")
    desk.venue.fail("cancel", Fault.REPLY_LOST)
    found = cancel(desk.desk, one)
    assert (found.state, found.filled) == (CANCELED, Decimal("0.4"))


def test_an_order_that_is_gone_was_perhaps_filled(desk):
    one = resting(desk)
    desk.venue.move("BTC/USDT", "94.90", "94.99")
    found = cancel(desk.desk, one)
    assert (found.state, found.filled, found.value) == (FILLED, Decimal(1), Decimal(95))


def test_it_is_open_as_long_as_the_venue_does_not_say_otherwise(desk):
    one = resting(desk)
    desk.venue.fail("cancel", *[Fault.DROPPED] * 40)
    assert cancel(desk.desk, one).state is OPEN
    assert desk.clock.now() - NOW <= desk.desk.settle
    assert desk.alerts.has("order stands")


def test_a_reply_is_enough_where_the_question_after_it_is_not_answered(desk):
    one = resting(desk)
    desk.venue.fail("find", *[Fault.UNSAID] * 40)
    assert cancel(desk.desk, one).state is CANCELED


def test_what_is_over_is_not_cancelled_again(desk):
    one = resting(desk)
    cancel(desk.desk, one)
    assert cancel(desk.desk, one).state is CANCELED
    assert desk.venue.calls("cancel") == 1


def test_a_doubtful_order_is_asked_for_before_it_is_cancelled(desk):
    one = order(kind=OrderKind.LIMIT, limit=Decimal(95))
    desk.log.admit(one, lambda _: None, NOW)
    desk.venue.place(one)
    assert cancel(desk.desk, one).state is CANCELED
    nothing = order("never-1", kind=OrderKind.LIMIT, limit=Decimal(95))
    desk.log.admit(nothing, lambda _: None, desk.clock.now())
    assert cancel(desk.desk, nothing).state is OrderState.LOST
    assert desk.venue.calls("cancel") == 1


@pytest.mark.parametrize("by", [-3600, 3600])
def test_a_clock_that_is_set_makes_the_wait_neither_shorter_nor_longer(desk, by):
    one = resting(desk)
    desk.set_clock(by * SECOND)
    desk.venue.fail("cancel", *[Fault.DROPPED] * 40)
    assert cancel(desk.desk, one).state is OPEN
    assert desk.clock.now() - NOW == desk.desk.settle


def test_where_nothing_more_may_be_sent_nothing_is_asked_either(desk):
    one = resting(desk)
    desk.venue.fail("cancel", Fault.BANNED)
    assert cancel(desk.desk, one).state is OPEN
    assert desk.venue.requests[-1][1] == "cancel"
    assert desk.alerts.has("order stands")


def test_a_process_that_stood_still_before_the_wire_does_not_cancel(desk):
    one = resting(desk)

    def stands_still(passed: str) -> None:
        if passed == "cancelling entry":
            desk.clock.sleep(desk.venue.sends_within // 2)

    assert cancel(replace(desk.desk, checkpoint=stands_still), one).state is OPEN
    assert desk.venue.calls("cancel") == 0


def test_a_zombie_that_wakes_up_before_the_wire_does_not_cancel(desk):
    one = resting(desk)

    def overtaken(passed: str) -> None:
        desk.clock.sleep(5 * SECOND)
        leased(desk.log, desk.clock, pid=9)

    with pytest.raises(Refused, match="lease"):
        cancel(replace(desk.desk, checkpoint=overtaken), one)
    assert desk.venue.calls("cancel") == 0


def test_a_zombie_cancels_nothing(desk):
    one = resting(desk)
    leased(desk.log, desk.clock, pid=9)
    with pytest.raises(Refused, match="lease"):
        cancel(desk.desk, one)
    assert desk.venue.calls("cancel") == 0


@pytest.mark.parametrize("step", ["cancelling entry", "cancelled entry", "confirmed entry"])
def test_a_call_after_a_crash_comes_to_the_same(tmp_path, step):
    on = bench(tmp_path)
    one = resting(on)
    on.cut.label = step
    with pytest.raises(Died):
        cancel(on.desk, one)
    assert cancel(on.taken_over().desk, one).state is CANCELED
