"""Fault matrix 31 and 32: a person stops everything while an order is on its way, or the exchange is out of reach."""

import pytest
from exchange import Rule
from matrix_books import ENTRY, STOP, assert_one_truth, at, fault, sent, state
from order_sims import Simulation
from sim_choices import add, enter, leave

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


def test_fault_32_a_stop_outlives_an_exchange_that_is_out_of_reach_and_a_restart(book: Simulation) -> None:
    book.do(enter)
    book.world.exchange.faults.add(Rule("refuse", times=None))
    book.stop()
    book.do(add)
    assert book.ended[-1] != "done"
    book.world.exchange.faults.clear()
    book.do(add)
    assert book.journals[0].stop_reason() == "a person said so"
    assert len([one for one in sent(book) if one.params["side"] == "BUY"]) == 1
    assert_one_truth(book)
