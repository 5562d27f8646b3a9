"""Fault matrix 1 to 8, 16 and 17: what an order meets on the wire."""

from dataclasses import replace

import pytest
from matrix_books import ENTRY, assert_one_truth, at, fault, sent, state, told
from order_sims import Simulation
from sim_bugs import resend
from sim_choices import enter, leave

from data.journal import Holder, Leases, OrderLog
from models.types import Refused
from models.types.wire import OrderState


def assert_asked_for_and_never_resent(book: Simulation, name: str) -> None:
    """The entry is there once where the exchange has taken it, and never where it has not; and was sent once."""
    fault(book, name)
    book.do(enter)
    taken = len(book.world.exchange.orders_of(ENTRY))
    assert taken == ("accepted" in name or name in ("hang_after", "reset_after", "badjson", "html"))
    assert state(book, ENTRY) == ("filled" if taken else "lost")
    assert len(sent(book, ENTRY)) == 1
    assert_one_truth(book)


@pytest.mark.parametrize("name", ["503", "503_accepted"])
def test_fault_01_a_server_error_is_asked_about_and_never_resent(book: Simulation, name: str) -> None:
    assert_asked_for_and_never_resent(book, name)


def test_fault_02_too_many_requests_is_a_no_and_every_process_keeps_away(book: Simulation) -> None:
    fault(book, "429:20")
    book.do(enter)
    assert state(book, ENTRY) == "lost"
    assert not book.world.exchange.orders_of(ENTRY)
    book.cycle()  # another process, at once
    assert book.world.exchange.violations == []
    assert_one_truth(book)


def test_fault_03_a_ban_silences_everything_until_its_end_and_a_person_is_told(book: Simulation) -> None:
    fault(book, "418:90")
    book.do(enter)
    banned = len(book.world.exchange.log)
    for _ in range(3):
        book.cycle()
    assert len(book.world.exchange.log) == banned, "nothing is asked in a ban, polling included"
    assert told(book, "venue halted")
    assert_one_truth(book)


def test_fault_04_an_order_that_was_taken_and_never_answered_is_found(book: Simulation) -> None:
    assert_asked_for_and_never_resent(book, "hang_after")


@pytest.mark.parametrize("name", ["reset_before", "reset_after"])
def test_fault_05_a_torn_connection_is_asked_about(book: Simulation, name: str) -> None:
    assert_asked_for_and_never_resent(book, name)


@pytest.mark.parametrize("name", ["badjson", "html"])
def test_fault_06_an_answer_that_is_none_is_asked_about(book: Simulation, name: str) -> None:
    assert_asked_for_and_never_resent(book, name)


@pytest.mark.parametrize("name", [f"-{code}{end}" for code in (1001, 1006, 1007) for end in ("", "_accepted")])
def test_fault_07_codes_that_say_nothing_are_asked_about(book: Simulation, name: str) -> None:
    assert_asked_for_and_never_resent(book, name)


def test_fault_08_who_sends_again_has_two_orders_and_we_never_do(
    book: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange takes an id again once its order was filled: only the journal stands before that."""
    with monkeypatch.context() as patch:
        resend(patch)
        fault(book, "503_accepted")
        book.do(enter)
    assert len(book.world.exchange.orders_of(ENTRY)) == 2


def test_fault_08_an_id_that_was_used_is_refused_by_the_journal(book: Simulation) -> None:
    book.do(enter)
    order = book.log.order(ENTRY)
    assert order is not None
    now, engine = book.world.clock.now(), book.journals[0].engine
    lease = Leases(engine).take("orders", Holder("here", "boot", 99, 1), now, 1, lambda _: True)
    with pytest.raises(Refused, match="never sent twice"):
        OrderLog(engine, lease).admit(replace(order, state=OrderState.SENT), lambda _: None, now)
    assert_one_truth(book)


def test_fault_16_a_clock_that_is_off_is_set_once(book: Simulation) -> None:
    book.do(enter)
    book.plan = at("begun", lambda _: setattr(book.world.exchange, "skew_ms", -30_000))
    book.do(leave)
    refused = [one for one in book.world.exchange.log if one.code == -1021]
    assert 1 <= len(refused) <= 2
    assert_one_truth(book)


def test_fault_16_a_clock_that_stays_wrong_stops_the_sending(book: Simulation) -> None:
    fault(book, "-1021", times=None)
    book.do(enter)
    book.cycle()
    assert len(sent(book, ENTRY)) == 1
    assert state(book, ENTRY) == "lost"
    assert_one_truth(book)


def test_fault_17_keys_that_are_refused_stop_the_sending_and_a_person_is_told(book: Simulation) -> None:
    fault(book, "-2015", times=None)
    book.do(enter)
    book.cycle()
    assert len(sent(book)) == 1, "no loop"
    assert told(book, "venue halted binance -2015")
    assert_one_truth(book)
