"""A receiver that never quite answers, and whatever else a thread that sends may do."""

import socket
import threading
from collections.abc import Iterator

import pytest
from processes import eventually
from pydantic import SecretStr

from tasks.adapters.notifiers import Way, send
from tasks.session.alerting.couriers import MOST_GIVEN_UP, ThreadCourier
from tasks.session.alerting.messages import Message

pytestmark = pytest.mark.monitoring

MESSAGE = Message("title", "body", "error", (1,))


@pytest.fixture
def dripping() -> Iterator[int]:
    """A server that answers a byte each 0.1 s, and never ends."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        def drip(one: socket.socket) -> None:
            with one:
                while not ended.wait(0.1):
                    try:
                        one.send(b"H")
                    except OSError:
                        return

        def take() -> None:
            while not ended.is_set():
                try:
                    one, _ = server.accept()
                except OSError:
                    continue
                threading.Thread(target=drip, args=(one,), daemon=True).start()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        thread.join()


def test_a_receiver_that_drips_is_given_up(dripping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    way = Way("webhook", SecretStr(f"http://127.0.0.1:{dripping}/secret"))
    courier = ThreadCourier(lambda one: send(way, one.title, one.body, one.severity, 0.5), 1.5)
    courier.start(MESSAGE)
    found = []
    eventually(lambda: found.append(courier.outcome()) or found[-1] is not None, 10.0)
    assert (found[-1].message, found[-1].error) == (MESSAGE, "its server has not answered within 1.5 s")
    assert not courier.is_busy()


def test_given_up_threads_do_not_pile_up_and_a_late_answer_is_nobodys() -> None:
    gate, begun = threading.Event(), []

    def hang(_message: Message) -> None:
        begun.append(1)
        gate.wait(30.0)

    courier = ThreadCourier(hang, 0.0)
    for _ in range(MOST_GIVEN_UP + 3):
        courier.start(MESSAGE)
        sent = courier.outcome()
        assert sent is not None
        assert sent.error is not None
    assert len(begun) <= MOST_GIVEN_UP
    gate.set()
    eventually(lambda: not any(one.is_alive() for one in courier._given_up))
    assert courier.outcome() is None, "what was given up comes to nothing later"
    courier.patience = 30.0
    courier.start(MESSAGE)
    courier.wait(5.0)
    assert courier.outcome() is not None
