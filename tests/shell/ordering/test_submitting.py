"""One order on its way: durable first, on the wire once, and every answer told apart by what may be done next."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import SECOND, Died, Fault
from order_desks import Bench, bench, leased, order

from data.journal import LiveLog, OrderLog
from models.types import Refused
from models.types.wire import OrderKind, OrderState, Role
from tasks.session.ordering.labels import STEPS, At, label
from tasks.session.ordering.submitting import submit

LOST, REJECTED, UNKNOWN, FILLED = OrderState.LOST, OrderState.REJECTED, OrderState.UNKNOWN, OrderState.FILLED


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def sent(on: Bench, **changed: object):
    return submit(on.desk, order(**changed), on.venue.quote("BTC/USDT"))


def test_an_order_that_was_filled_has_its_trades_and_value(desk):
    found = sent(desk)
    assert (found.state, found.filled, found.value) == (FILLED, Decimal(1), Decimal("100.01"))
    assert [one.price for one in desk.log.trades_of(found.cid)] == [Decimal("100.01")]
    assert desk.cut.passed == ["admitted entry", "sent entry", "absorbed entry"]


@pytest.mark.parametrize(
    ("faults", "state", "placed", "alert"),
    [
        ([Fault.REJECT], REJECTED, 0, "order rejected"),
        ([Fault.NOT_SENT], LOST, 0, "order not sent"),
        ([Fault.BANNED], LOST, 0, "venue halted"),
        ([Fault.DROPPED], LOST, 0, "order lost"),
        ([Fault.REPLY_LOST], FILLED, 1, ""),
        ([Fault.LATE], FILLED, 1, ""),
    ],
)
def test_each_failure_is_told_apart(desk, faults, state, placed, alert):
    desk.venue.fail("submit", *faults)
    found = sent(desk)
    assert found.state is state
    assert len(desk.venue.placed) == placed
    assert desk.venue.calls("submit") == 1
    assert desk.log.order(found.cid) == found
    assert desk.alerts.has(alert) if alert else not desk.alerts.told


def test_an_ambiguous_order_of_which_the_venue_says_nothing_is_unknown_and_freezes_its_symbol(desk):
    desk.venue.fail("submit", Fault.REPLY_LOST)
    desk.venue.fail("find", *[Fault.UNSAID] * 40)
    found = sent(desk)
    assert found.state is UNKNOWN
    assert desk.alerts.has("order unknown")
    other = sent(desk, cid="other-1", parent="other")
    assert other.state is REJECTED
    assert other.why.startswith("gate: frozen")
    assert len(desk.venue.placed) == 1


def test_a_venue_that_does_not_keep_client_order_ids_is_not_traded_live_any_more(desk):
    log = LiveLog(desk.log.engine)
    log.confirm("fake", "anna", "LIVE fake 1", Decimal(1), {}, desk.clock.now())
    sent(desk)
    assert log.in_force("fake") is not None
    desk.venue.keeps_ids = False
    sent(desk, cid="other-1", parent="other", role=Role.EXIT, is_buy=False, limit=Decimal(99))
    assert log.in_force("fake") is None
    assert desk.alerts.has("no ids fake")
    refused = sent(desk, cid="third-1", parent="third")
    assert refused.state is REJECTED
    assert "does not keep client order ids" in refused.why
    assert desk.venue.calls("submit") == 2


def test_a_client_order_id_is_never_sent_twice(desk):
    sent(desk)
    with pytest.raises(Refused, match="never sent twice"):
        sent(desk)
    assert len(desk.venue.placed) == 1


def test_without_the_lease_nothing_is_sent(desk):
    leased(desk.log, desk.clock, pid=9)
    with pytest.raises(Refused, match="lease"):
        sent(desk)
    assert desk.venue.calls("submit") == 0
    assert desk.log.order(order().cid) is None


def test_a_process_that_stood_still_after_it_was_admitted_does_not_send(desk):
    def stands_still(passed: str) -> None:
        if passed == label(At.ADMITTED, Role.ENTRY):
            desk.clock.sleep(desk.venue.sends_within // 2)

    found = submit(replace(desk.desk, checkpoint=stands_still), order(), desk.venue.quote("BTC/USDT"))
    assert found.state is LOST
    assert "stood still" in found.why
    assert desk.venue.calls("submit") == 0


def test_a_zombie_that_wakes_up_after_it_was_admitted_does_not_send(desk):
    def overtaken(passed: str) -> None:
        desk.clock.sleep(60 * SECOND)
        leased(desk.log, desk.clock, pid=9)

    with pytest.raises(Refused, match="lease"):
        submit(replace(desk.desk, checkpoint=overtaken), order(), desk.venue.quote("BTC/USDT"))
    assert desk.venue.calls("submit") == 0


def test_when_it_was_admitted_is_written_and_not_when_it_was_made(desk):
    desk.clock.sleep(7 * SECOND)
    assert sent(desk).created_at == desk.clock.now()


def test_the_stop_flag_forbids_what_opens_and_nothing_else(desk):
    desk.stop()
    assert sent(desk).why.startswith("gate: stopped")
    left = sent(desk, cid="x-1", parent="x", role=Role.EXIT, is_buy=False, limit=Decimal(99))
    assert left.state is FILLED
    assert desk.venue.calls("submit") == 1


def test_ten_times_as_many_may_leave_in_a_minute_as_may_enter(desk):
    caps = replace(desk.desk.caps, orders_per_minute=2)
    on = replace(desk.desk, caps=caps)
    quote = desk.venue.quote("BTC/USDT")
    entered = [submit(on, order(f"e-{k}"), quote).state for k in range(3)]
    assert entered == [FILLED, FILLED, REJECTED]
    out = {"role": Role.EXIT, "is_buy": False, "limit": Decimal(99)}
    left = [submit(on, order(f"x-{k}", **out), quote).state for k in range(21)]
    assert left == [FILLED] * 20 + [REJECTED]
    desk.clock.sleep(60 * SECOND)
    assert submit(on, order("e-4"), desk.venue.quote("BTC/USDT")).state is FILLED


def test_a_reply_of_another_order_is_in_doubt_and_never_believed(desk, monkeypatch):
    sent(desk, cid="other-1")
    venue = desk.venue
    real = type(venue).submit

    def mixed_up(self, one):
        return replace(real(self, one), cid="other-1", exchange_id="fake-1")

    monkeypatch.setattr(type(venue), "submit", mixed_up)
    found = sent(desk)
    # The question by its own id is answered rightly.
    assert found.state is FILLED
    assert desk.log.order("other-1").filled == 1


def test_a_resting_stop_is_open(desk):
    found = sent(desk, cid="s-1", role=Role.STOP, kind=OrderKind.STOP, is_buy=False, limit=None, stop=Decimal(90))
    assert found.state is OrderState.OPEN
    assert desk.cut.passed == ["admitted stop", "sent stop", "absorbed stop"]


@pytest.mark.parametrize("step", ["admitted entry", "sent entry", "absorbed entry"])
def test_a_process_that_dies_leaves_an_order_that_the_journal_knows(tmp_path, step):
    on = bench(tmp_path)
    on.cut.label = step
    with pytest.raises(Died):
        sent(on)
    assert on.log.order(order().cid).state is (FILLED if step == "absorbed entry" else OrderState.SENT)
    assert len(on.venue.placed) == (step != "admitted entry")


def test_every_step_that_is_passed_is_a_label(desk):
    sent(desk)
    assert set(desk.cut.passed) <= set(STEPS)


def test_reading_needs_no_lease(desk):
    sent(desk)
    assert OrderLog(desk.log.engine).order(order().cid).state is FILLED
    desk.log.verify_chain()
