"""The long-lived risk desk: what is slow is done when a bar, a decision or a parameter is new, the rest every round."""

from collections.abc import Callable
from dataclasses import replace

from data.journal import Journal, RiskLog
from tasks.session.desk import Desk
from tasks.session.riskdesk.holding import Held, hold, newest_prices
from tasks.session.riskdesk.marking import Marked, mark
from tasks.session.riskdesk.timer import check_breakers

Key = tuple[str, str | None, tuple[str, ...]]


class RiskMonitor:
    """Marks the configured book and checks its stops, once for every call of `round`.

    `desk` gives the desk of the moment: with the parameters in force, and a clock.
    """

    def __init__(self, desk: Callable[[], Desk], journal: Journal) -> None:
        self._desk = desk
        self._journal = journal
        self._held: tuple[Key, Held] | None = None

    def round(self) -> Marked:
        """The mark of this moment; what it trips is in the journal when this returns.

        Raises:
            BadInput, Refused, Damaged: see `hold`.
        """
        marked = self.look()
        check_breakers(self._journal, marked)
        return marked

    def look(self) -> Marked:
        """The mark of this moment; nothing is written.

        Raises:
            BadInput, Refused, Damaged: see `hold`.
        """
        desk = self._desk()
        held = self._holding(desk)
        return mark(held, newest_prices(desk, held.book), desk.clock.now())

    def _holding(self, desk: Desk) -> Held:
        """What is held; waiting events are always those of this moment."""
        if self._held is None or self._held[0] != self._key(desk, self._held[1]):
            held = hold(desk, self._journal)
            self._held = self._key(desk, held), held
        held = self._held[1]
        return replace(held, waiting=tuple(RiskLog(self._journal.engine).waiting_events(held.book.name)))

    def _key(self, desk: Desk, held: Held) -> Key:
        """What the slow part depends on: the settings, the newest decision, and what the lake has of the series."""
        decided = self._journal.newest_decision(held.book.name)
        lake = tuple(desk.bars.dataset(one).manifest().sha256 for one in held.book.series)
        return desk.loaded.version, decided, lake
