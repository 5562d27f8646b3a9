"""Asking with a deadline: whoever does not answer in time is left to a thread of its own, and nobody waits for it."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeVar

from models.types import Unavailable

Answer = TypeVar("Answer")


class Unanswered(Unavailable):
    """No answer within the deadline."""


@dataclass(slots=True)
class Patience:
    """Real seconds that one feed may take for one answer.

    One thread at most is left behind: as long as it hangs, nothing more is asked. It ends with the process.
    """

    feed: str
    seconds: float
    _pending: Future[Any] | None = None

    def ask(self, request: Callable[[], Answer]) -> Answer:
        """What the request returns or raises.

        Raises:
            Unanswered: it takes longer than the deadline, or an earlier one still does.
        """
        if self._pending is not None and not self._pending.done():
            raise Unanswered(f"{self.feed} has not answered an earlier request yet")
        answer: Future[Answer] = Future()
        self._pending = answer
        inside = copy_context()
        Thread(target=inside.run, args=(_fulfil, answer, request), name=f"feed {self.feed}", daemon=True).start()
        wait([answer], self.seconds)
        if not answer.done():
            raise Unanswered(f"{self.feed} did not answer within {self.seconds:g} s")
        return answer.result()


def _fulfil(answer: Future[Answer], request: Callable[[], Answer]) -> None:
    try:
        answer.set_result(request())
    except BaseException as error:  # noqa: BLE001 - raised again where the answer is waited for
        answer.set_exception(error)
