"""Fault matrix 31 and 32: a person stops everything while an order is on its way, or the exchange is out of reach."""

import pytest
from exchange import Rule
from matrix_books import ENTRY, STOP, assert_one_truth, at, fault, reopened, sent, state, told
from order_sims import SETTINGS, Process, Simulation
from sim_choices import add, enter, enter_patiently, leave

from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import OrderDesk


@pytest.mark.parametrize("place", ["admitted entry", "before POST", "after POST", "sent entry"])
def test_fault_31_what_was_on_its_way_is_found_and_nothing_is_opened_after_the_stop(
    book: Simulation, place: str
) -> None:
    fault(book, "hang_after")
    book.plan = at(place, lambda _: book.stop())
    book.do(enter)
    assert state(book, ENTRY) == "filled"
    assert [one.remaining for one in book.world.exchange.orders_of(STOP)], "what came of it is protected all the same"
    book.do(add)
    assert len([one for one in sent(book) if one.params["side"] == "BUY"]) == 1
    book.do(leave)
    assert_one_truth(book)
    assert book.world.exchange.net_traded("BTCUSDT") < 1, "a stop stops no exit"


def test_fault_31_cancelling_what_is_gone_is_done(book: Simulation) -> None:
    book.do(enter)
    process = book.start()
    process.journal = book.journals[0]
    with process._broker(process.journal).at_work() as working:
        desk: OrderDesk = working.desk  # type: ignore[attr-defined]
        order = book.log.order(STOP)
        assert order is not None
        (there,) = book.world.exchange.orders_of(STOP)
        book.world.exchange.manual_cancel(there.id, "BTCUSDT")
        for _ in range(2):
            assert cancel(desk, order).state.value == "canceled"
    process.end()
    assert [one.code for one in sent(book, STOP, ("DELETE",))] == [-2011]
    assert_one_truth(book)


def test_fault_32_a_stop_outlives_an_exchange_that_is_out_of_reach_and_takes_back_what_rests(book: Simulation) -> None:
    """An entry rests there as a person stops everything and the exchange goes away, over two restarts."""

    def stop_and_lose(_: Process) -> None:
        book.stop()
        book.world.exchange.faults.add(Rule("refuse", times=None))

    book.plan = at("sent entry", stop_and_lose)
    book.do(enter_patiently)
    (entry,) = book.world.exchange.orders_of(ENTRY)
    assert (entry.type, entry.is_open) == ("LIMIT", True)
    assert told(book, f"order stands {ENTRY}"), "who was at work tried, and a person hears that it stands"
    with reopened(book):
        book.cycle()
        assert book.ended[-1].startswith("Unavailable")
        assert (entry.is_open, state(book, ENTRY)) == (True, "open")
        before = len(sent(book, ENTRY, ("DELETE",)))
    book.world.exchange.faults.clear()
    with reopened(book) as journal:
        assert journal.stop_reason() == "a person said so"
        book.cycle()
        (taken_back,) = sent(book, ENTRY, ("DELETE",))[before:]
        assert taken_back.accepted
        assert taken_back.at_ms - entry.created_ms < 1000 * SETTINGS.limit_seconds, "by patience it could rest on"
        assert (entry.status, state(book, ENTRY)) == ("CANCELED", "canceled")
        book.do(add)
        assert [one.client_order_id for one in sent(book) if one.params["side"] == "BUY"] == [ENTRY]
        assert_one_truth(book)
        assert book.world.exchange.net_traded("BTCUSDT") == 0
