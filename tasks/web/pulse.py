"""Server-sent events: what has changed, as soon as the journal says so, and a sign of life in between."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from models.types import KeelError, Unavailable
from tasks.session.overview import Overview
from tasks.web.reads import Reads

logger = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
# Streams that are open at once; a browser has one for each tab.
MOST = 32
# Of an overview these change with every look.
MOVING = ("at", "revision")


@dataclass(slots=True, eq=False)
class Listener:
    """One stream: only the newest news waits, so that a client that does not read costs nothing."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    changed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Pulse:
    """Looks at the journal every `seconds` while somebody listens."""

    reads: Reads
    seconds: float
    now: Callable[[], str]
    heartbeat: float = HEARTBEAT_S
    _listeners: set[Listener] = field(default_factory=set)
    _seen: Overview | None = None
    _revision: str = ""
    _ended: bool = False

    async def run(self) -> None:
        """Until cancelled. What cannot be read is told once, and looked at again."""
        trouble = ""
        while not self._ended:
            try:
                if self._listeners:
                    await self._look()
                trouble = ""
            except Exception as error:
                # Whatever fails once: the next change is told all the same.
                if str(error) != trouble:
                    logger.warning("events: %s", error, exc_info=not isinstance(error, KeelError))
                trouble = str(error)
            await asyncio.sleep(self.seconds)

    def end(self) -> None:
        """Every stream ends."""
        self._ended = True
        for one in self._listeners:
            one.woken.set()

    def require_room(self) -> None:
        """Nothing, where one more may listen.

        Raises:
            Unavailable: too many do.
        """
        if self._ended or len(self._listeners) >= MOST:
            raise Unavailable(f"{len(self._listeners)} streams are open, {MOST} are allowed; close one and ask again")

    async def events(self, may_go_on: Callable[[], bool]) -> AsyncIterator[str]:
        """The stream of one client, until it may no longer listen, goes away, or the process ends."""
        mine = Listener()
        self._listeners.add(mine)
        try:
            yield _event("overview", {"revision": await self._known(), "at": self.now(), "changed": []})
            while not self._ended and may_go_on():
                try:
                    async with asyncio.timeout(self.heartbeat):
                        await mine.woken.wait()
                except TimeoutError:
                    yield _event("heartbeat", {"at": self.now()})
                    continue
                mine.woken.clear()
                changed, mine.changed = sorted(mine.changed), set()
                if changed:
                    yield _event("overview", {"revision": self._revision, "at": self.now(), "changed": changed})
        finally:
            self._listeners.discard(mine)

    async def _known(self) -> str:
        """The revision, as far as it can be read."""
        try:
            return await self.reads.revision()
        except KeelError:
            return ""

    async def _look(self) -> None:
        revision = await self.reads.revision()
        if revision == self._revision:
            return
        seen = await self.reads.look()
        changed = changed_in(self._seen, seen) or {"journal"}
        self._seen, self._revision = seen, revision
        for one in self._listeners:
            one.changed |= changed
            one.woken.set()


def changed_in(before: Overview | None, after: Overview) -> set[str]:
    """Names of the parts of an overview that are others now; all of them where nothing was known."""
    names = [one for one in Overview.__slots__ if one not in MOVING]
    return {one for one in names if before is None or getattr(before, one) != getattr(after, one)}


def _event(name: str, said: dict[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(said)}\n\n"
