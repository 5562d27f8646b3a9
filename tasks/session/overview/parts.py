"""Whether every part is well: what `keel status` asks, without reading the whole lake at each look."""

import logging
import threading
from collections.abc import Callable, Sequence

from data.journal import TRADER, Heartbeats, Journal
from models.types import KeelError, iso
from models.types.timeframes import MINUTE, SECOND
from tasks.adapters.servers import Component
from tasks.session.desk import Desk
from tasks.session.health import Health, health_of, lake_of
from tasks.session.overview.views import Part

logger = logging.getLogger(__name__)

# From one reading of the whole lake to the next.
LAKE_EVERY = 10 * MINUTE
# What can be missing while orders are placed all the same, as long as nobody started it.
OPTIONAL = "not started"
UNREAD = Component("lake", True, "is being read for the first time")


class LakeWatch:
    """What is known of the lake, read beside everything else: it may take minutes."""

    def __init__(self) -> None:
        self._known, self._at = UNREAD, 0
        self._reader: threading.Thread | None = None

    def known(self, desk: Desk) -> Component:
        """By the last reading; where that is old another one begins."""
        now = desk.clock.now()
        # A clock that was set back makes nothing newer.
        is_old = not 0 <= now - self._at < LAKE_EVERY
        if is_old and (self._reader is None or not self._reader.is_alive()):
            self._at = now
            self._reader = threading.Thread(target=self._read, args=(desk,), name="lake-watch", daemon=True)
            self._reader.start()
        return self._known

    def _read(self, desk: Desk) -> None:
        try:
            self._known = lake_of(desk)
        except (KeelError, OSError) as error:
            self._known = Component("lake", False, str(error))
        except Exception as error:
            # Nobody waits for this thread: what was known before would stand for ever.
            logger.exception("the lake cannot be read")
            self._known = Component("lake", False, f"this failed unforeseen ({type(error).__name__}: {error})")


def parts_now(
    desk: Desk, journal: Callable[[], Journal], servers: Sequence[Component], lake: Component
) -> tuple[tuple[Part, ...], Health]:
    """Every part, and the health that they are of."""
    health = health_of(desk, journal, servers, lake)
    found = [Part(one.name, one.ok, not one.why.startswith(OPTIONAL), one.why, one.url) for one in health.components]
    return (*found, _trader(desk, journal)), health


def _trader(desk: Desk, journal: Callable[[], Journal]) -> Part:
    """Whoever decides, by his own promises; nobody has to trade."""
    try:
        beat = Heartbeats(journal().engine).last(TRADER)
    except KeelError as error:
        return Part("trader", False, True, str(error))
    if beat is None:
        return Part("trader", True, False, "has never traded here")
    heard = f"heard of at {iso(beat.at // SECOND * SECOND)}: {beat.detail}"
    if beat.is_late(desk.clock.now()):
        return Part("trader", False, True, f"is silent; {heard}")
    return Part("trader", True, beat.due_at is not None, heard if beat.due_at else f"trades nothing now; {heard}")
