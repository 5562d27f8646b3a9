"""What one series' feeds do, written into the journal and the log as it happens."""

import logging
from dataclasses import dataclass, field

from conf.schema.feeds import FeedsConfig
from data.journal import Change, Fault, FeedEvent, FeedLog, Pause, PauseRule
from data.journal.feed_records import BELIEF, CHECKING, SERVING
from models.types import Series
from models.types.timeframes import SECOND
from tasks.ports import Clock
from tasks.session.feeds.source import Source

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Notebook:
    """The series' pages in the journal. A state is written when it changes, not with every page.

    `why` holds this reading's reasons for passing a feed over, by name.
    """

    log: FeedLog
    series: Series
    rules: FeedsConfig
    clock: Clock
    why: dict[str, str] = field(default_factory=dict)

    def believed(self, source: Source) -> None:
        """Its answer was used or bore out another one."""
        self.why.pop(source.name, None)
        self.log.success(source.name, source.symbol, self.clock.now())

    def answered(self, source: Source) -> None:
        """It answered, and there was nothing to judge."""
        self.log.answered(source.name, self.clock.now())

    def failed(self, source: Source, fault: Fault, reason: str) -> None:
        """It is passed over and left alone for a while."""
        self.why[source.name] = reason
        self.log.failure(source.name, source.symbol, fault, reason, self.clock.now(), self._pauses())

    def pause(self, source: Source) -> Pause | None:
        """What keeps it from its place."""
        return self.log.pause(source.name, source.symbol)

    def served_by(self, source: Source, order: list[str]) -> None:
        """It serves now: an event when that is another one than before. `order` names all, the most trusted first."""
        event = self.log.last(self.series, SERVING)
        before = order[0] if event is None or event.feed_to is None else event.feed_to
        if before == source.name:
            return
        back = before in order and order.index(source.name) < order.index(before)
        reason = self.why.get(before) or (f"{source.name} answers again" if back else f"{before} is not asked any more")
        self._record(Change.BACK if back else Change.SWITCH, before, source.name, reason)

    def blocked(self, source: Source, reason: str) -> None:
        """Nobody can be believed."""
        self._turn(Change.BLOCKED, BELIEF, source, None, reason)

    def unchecked(self, source: Source) -> None:
        """It was believed without a second opinion."""
        self._turn(
            Change.UNCHECKED, CHECKING, source, source.name, f"no other feed can say whether {source.name} is right"
        )

    def checked(self, source: Source, reason: str) -> None:
        """It was borne out: what was blocked or unchecked is so no longer."""
        for ending, kinds in ((Change.CLEARED, BELIEF), (Change.CHECKED, CHECKING)):
            last = self.log.last(self.series, kinds)
            if last is not None and last.kind is not ending:
                self._record(ending, source.name, source.name, reason)

    def _turn(self, kind: Change, kinds: tuple[Change, ...], source: Source, to: str | None, reason: str) -> None:
        last = self.log.last(self.series, kinds)
        if last is None or last.kind is not kind:
            self._record(kind, source.name, to, reason)

    def _record(self, kind: Change, feed_from: str, feed_to: str | None, reason: str) -> None:
        self.log.record(FeedEvent(self.clock.now(), self.series, feed_from, feed_to, kind, reason))
        loud = kind in SERVING
        level = logging.WARNING if loud else logging.INFO
        logger.log(level, "%s: %s from %s to %s: %s", self.series, kind, feed_from, feed_to, reason)

    def _pauses(self) -> PauseRule:
        first, longest = self.rules.first_pause_seconds, self.rules.longest_pause_seconds
        return PauseRule(round(first * SECOND), round(longest * SECOND))
