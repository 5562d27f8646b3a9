"""The only writer: one process at a time works with a journal's orders, and says so again and again while it does."""

import contextvars
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from data.journal import Holder, Lease, Leases
from models.types import Refused, Unavailable, iso
from tasks.ports import Waiting

NAME = "orders"
SECOND = 1_000_000
# So often within the time that a lease is good for.
BEATS = 3
# Between two tries to get it.
AGAIN = SECOND // 5
# A lease is a process's, so that its threads take turns: by journal.
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Writing:
    """How the lease of a journal is taken.

    Attributes:
        holder: this process.
        is_dead: whether another one is known to be gone.
        ttl, patience: microseconds that it is good for without a word, and that is waited for it.
        beats: whether a thread renews it, as it must where the clock runs by itself.
    """

    leases: Leases
    holder: Holder
    is_dead: Callable[[Holder], bool]
    clock: Waiting
    ttl: int
    patience: int
    beats: bool = True


@contextmanager
def only_writer(writing: Writing, by_force: bool = False) -> Iterator[Lease]:
    """The lease while the context lasts; `by_force` takes it from whoever has it, see `Leases.seize`.

    Raises:
        Refused: another process has it and is alive.
    """
    until = writing.clock.now() + writing.patience
    turn = _turns[str(writing.leases.engine.url)]
    if not turn.acquire(timeout=max(writing.patience, 0) / SECOND):
        raise Refused("another cycle of this process is still at work; wait for its end")
    try:
        lease = _seized(writing) if by_force else _taken(writing, until)
        ended = threading.Event()
        inside = contextvars.copy_context()
        beat = threading.Thread(target=inside.run, args=(_renew, writing, lease, ended), name="lease", daemon=True)
        if writing.beats:
            beat.start()
        try:
            yield lease
        finally:
            ended.set()
            if writing.beats:
                beat.join()
            writing.leases.release(lease, writing.clock.now())
    finally:
        turn.release()


def _seized(writing: Writing) -> Lease:
    return writing.leases.seize(NAME, writing.holder, writing.clock.now(), writing.ttl)


def _taken(writing: Writing, until: int) -> Lease:
    while True:
        now = writing.clock.now()
        lease = writing.leases.take(NAME, writing.holder, now, writing.ttl, writing.is_dead)
        if lease is not None:
            return lease
        if now >= until:
            held = writing.leases.current(NAME)
            whose = "another process" if held is None else f"process {held.holder.pid} on {held.holder.host}"
            good = "" if held is None else f" until {iso(held.expires_at)}"
            raise Refused(
                f"{whose} is the only one that may order{good}; wait for its end, or stop it: two at once would order "
                "twice"
            )
        writing.clock.sleep(AGAIN)


def _renew(writing: Writing, lease: Lease, ended: threading.Event) -> None:
    # Whoever lost it learns so from the first write: it is refused in its own transaction.
    while not ended.wait(writing.ttl / BEATS / SECOND):
        try:
            writing.leases.renew(lease, writing.clock.now(), writing.ttl)
        except Refused:
            return
        except Unavailable:
            continue  # a disk that is full or busy now may not be so at the next beat
