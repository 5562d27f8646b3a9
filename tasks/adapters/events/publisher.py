"""Sends what the journal has to the streams, by a thread of its own: it reads and never writes the journal."""

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from data.journal import Journal
from data.journal.published import Happened, Told
from models.types import KeelError
from tasks.adapters.events.redis_streams import RedisStreams

POLL_S = 0.25
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
BATCH = 200

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Publisher:
    """Of one journal, to one server."""

    streams: RedisStreams
    journal: Callable[[], Journal]
    _places: dict[str, dict[str, int]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; a server that is not there is waited for."""
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def publish(self) -> int:
        """Send everything that is new; how many entries.

        Raises:
            Unavailable: server or journal does not answer; what was sent is known by the server.
        """
        journal = self.journal()
        happened, name = Happened(journal.engine), _name_of(journal)
        sources = {"decisions": happened.decisions, "fills": happened.fills, "orders": happened.orders}
        return sum(self._stream(stream, name, happened, source) for stream, source in sources.items())

    def _stream(
        self, stream: str, journal: str, happened: Happened, source: Callable[[Mapping[str, int], int], list[Told]]
    ) -> int:
        count = 0
        while not self._stop.is_set():
            before = self._places.get(stream)
            if before is None:
                self._keep(stream, self._begun(stream, journal, happened))
                continue
            told = source(before, BATCH)
            if not told:
                break
            after = {**before, **{one.subject: one.number for one in told}}
            del self._places[stream]  # in doubt, until the server has said where it is
            found = self.streams.send(stream, journal, told, before, after)
            self._keep(stream, found)
            count += len(told) if found == after else 0
        return count

    def _keep(self, stream: str, place: dict[str, int] | None) -> None:
        """None: the server has none, because somebody emptied it or was faster; it is asked again."""
        if place is not None:
            self._places[stream] = place

    def _begun(self, stream: str, journal: str, happened: Happened) -> dict[str, int] | None:
        """Where the stream goes on: of a journal that it never heard of, with as much as it keeps; of one that was
        restored from an older copy, behind its end, because what stood there then was sent.
        """
        said = self.streams.places(stream, journal)
        if said is None:
            return self.streams.send(stream, journal, (), None, happened.ends(self.streams.length)[stream])
        newest = happened.newest()[stream]
        behind = {subject: min(number, newest[subject]) for subject, number in said.items() if subject in newest}
        return said if behind == said else self.streams.send(stream, journal, (), said, behind)

    def _run(self) -> None:
        pause, told = FIRST_PAUSE_S, ""
        while not self._stop.is_set():
            try:
                self.publish()
                pause, told = FIRST_PAUSE_S, ""
                self._stop.wait(POLL_S)
                continue
            except KeelError as error:
                said = str(error)
            except Exception as error:  # noqa: BLE001 - logged; a thread that ends is a stream that falls silent
                said = f"{type(error).__name__}: {error}"
            self._places.clear()
            if said != told:
                _log.warning("streams wait: %s", said)
                told = said
            self._stop.wait(pause)
            pause = min(2.0 * pause, LONGEST_PAUSE_S)
        self.streams.close()


def _name_of(journal: Journal) -> str:
    """Tells one journal of a machine from another."""
    url = journal.engine.url
    named = url.database if url.host is None else f"{url.host}:{url.port}/{url.database}"
    return hashlib.sha256(str(named).encode()).hexdigest()[:12]
