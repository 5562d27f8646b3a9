"""Whether the trader is silent: by its promise, by the clock that nobody sets, or because its process is gone."""

from collections.abc import Callable
from dataclasses import dataclass

from data.journal import Beat, Holder
from models.types import iso
from models.types.timeframes import SECOND
from tasks.session.ordering.desk import Monotonic


@dataclass(frozen=True, slots=True)
class Silence:
    """The trader promised to be heard of and was not; `seconds` since its last sign of life."""

    beat: Beat
    seconds: float
    why: str

    @property
    def key(self) -> dict[str, object]:
        """Tells one silence from every other."""
        holder = self.beat.holder
        return {"beat": self.beat.at, "host": holder.host, "pid": holder.pid, "started": holder.started}

    @property
    def text(self) -> str:
        """For people."""
        heard = iso(self.beat.at // SECOND * SECOND)
        return f"the trader (process {self.beat.holder.pid}) was last heard of at {heard}: {self.why}"


@dataclass(slots=True)
class Seen:
    """A sign of life as it was first seen, and since when it has looked silent; by the clock that nobody sets."""

    beat: Beat
    first: int
    silent: int | None = None
    gone: int | None = None


class Watch:
    """Remembers the trader's last sign of life. A machine that slept wakes with every promise broken: a silence counts
    once it was seen for one beat.

    Args:
        monotonic: the clock that nobody sets.
        is_gone: whether a process is known to be gone.
        beat, silence: microseconds between two signs of life, and that a process that is gone is waited for: another
            one may go on in its place.
    """

    def __init__(self, monotonic: Monotonic, is_gone: Callable[[Holder], bool], beat: int, silence: int) -> None:
        self._monotonic = monotonic
        self._is_gone = is_gone
        self._beat = beat
        self._silence = silence
        self._seen: Seen | None = None

    def look(self, beat: Beat | None, now: int) -> Silence | None:
        """The silence at `now` (UTC microseconds), None while the trader is heard of or has promised nothing."""
        if beat is None or beat.due_at is None:
            self._seen = None
            return None
        moment = self._monotonic()
        if self._seen is None or self._seen.beat != beat:
            self._seen = Seen(beat, moment)
        why = self._why(self._seen, now, moment)
        return None if why is None else Silence(beat, max(now - beat.at, moment - self._seen.first) / 1e6, why)

    def _why(self, seen: Seen, now: int, moment: int) -> str | None:
        due = seen.beat.due_at or 0
        promised = due - seen.beat.at
        # Whoever sets the clock back makes a promise longer than it was.
        is_late = seen.beat.is_late(now) or moment - seen.first > promised
        seen.silent = None if not is_late else moment if seen.silent is None else seen.silent
        if seen.silent is not None and moment - seen.silent >= self._beat:
            return f"it promised another sign of life within {promised / 1e6:g} s"
        if not self._is_gone(seen.beat.holder):
            seen.gone = None
            return None
        seen.gone = moment if seen.gone is None else seen.gone
        return "its process is gone" if moment - seen.gone >= self._silence else None
