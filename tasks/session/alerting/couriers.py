"""One message under way by each channel: a dead receiver keeps no other channel waiting."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from models.types import KeelError
from tasks.session.alerting.messages import Message

Send = Callable[[Message], None]
# Messages that were given up and are still under way, after which a channel tries no further one.
MOST_GIVEN_UP = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a message: `error` is None where the receiver took it."""

    message: Message
    error: str | None


class Courier(Protocol):
    """Takes one message at a time."""

    def start(self, message: Message) -> None:
        """Send it; only where nothing is under way."""
        ...

    def is_busy(self) -> bool:
        """Whether a message is under way, or its outcome was not asked for yet."""
        ...

    def outcome(self) -> Sent | None:
        """What came of the message, once; None while it is under way, or where there is none."""
        ...

    def wait(self, seconds: float) -> None:
        """Until nothing is under way, or so long."""
        ...


def attempt(send: Send, message: Message) -> Sent:
    """Send it now. Whatever goes wrong is the outcome: it is told, and tried again."""
    try:
        send(message)
    except KeelError as error:
        return Sent(message, str(error))
    except Exception as error:  # noqa: BLE001 - of a library; without its text, which may show the address
        return Sent(message, f"sending failed ({type(error).__name__})")
    return Sent(message, None)


@dataclass(frozen=True, slots=True)
class _Errand:
    """A message under way: its thread puts the outcome into `done`. `begun` in seconds of the monotonic clock."""

    message: Message
    thread: threading.Thread
    done: list[Sent]
    begun: float


@dataclass(slots=True)
class ThreadCourier:
    """Sends by a thread that the process does not wait for when it ends.

    A message that is under way for `patience` seconds is given up: a receiver that answers a byte now and then never
    runs into the timeout of a single read. Should it take the message after all, it is told twice.
    """

    send: Send
    patience: float
    _errand: _Errand | None = None
    _given_up: list[threading.Thread] = field(default_factory=list)

    def start(self, message: Message) -> None:
        """See Courier."""
        self._given_up = [one for one in self._given_up if one.is_alive()]
        done: list[Sent] = []
        if len(self._given_up) >= MOST_GIVEN_UP:
            done.append(Sent(message, f"{len(self._given_up)} messages are still under way, none of them answered"))
        thread = threading.Thread(target=lambda: done.append(attempt(self.send, message)), daemon=True)
        self._errand = _Errand(message, thread, done, time.monotonic())
        if not done:
            thread.start()

    def is_busy(self) -> bool:
        """See Courier."""
        return self._errand is not None

    def outcome(self) -> Sent | None:
        """See Courier."""
        errand = self._errand
        if errand is None:
            return None
        if errand.done:
            self._errand = None
            return errand.done[0]
        if time.monotonic() - errand.begun < self.patience:
            return None
        self._errand = None
        self._given_up.append(errand.thread)
        return Sent(errand.message, f"its server has not answered within {self.patience:g} s")

    def wait(self, seconds: float) -> None:
        """See Courier."""
        if self._errand is not None and self._errand.thread.is_alive():
            self._errand.thread.join(seconds)
