"""What the guardian stands on: the journal, the book it watches by name, its limits and its prices."""

from dataclasses import dataclass

from data.journal import Beat, Decision, Heartbeats, Holder, Journal, OrderLog, RiskLog
from models.risk import House
from models.types import Series, Stage, bar_micros
from models.types.wire import WireOrder
from tasks.ports import Clock
from tasks.session.book import book_name, line_of
from tasks.session.desk import Desk
from tasks.session.guarding.facts import Worth
from tasks.session.guarding.worth import Holdings, holdings_of, marked
from tasks.session.limits import house_of

ALWAYS_OPEN = "24/7"


@dataclass(frozen=True, slots=True)
class Ground:
    """One journal and the configured book; it reads, and writes nothing."""

    desk: Desk
    journal: Journal
    holder: Holder
    clock: Clock

    @property
    def book(self) -> str:
        """The book's name."""
        return book_name(self.desk.loaded.settings.stage, self.line)

    @property
    def line(self) -> str:
        """The book's name without its stage."""
        return line_of(self.desk.loaded.settings)

    @property
    def is_money(self) -> bool:
        """Whether its orders cost real money."""
        return Stage(self.desk.loaded.settings.stage).is_money

    def heard(self, name: str) -> Beat | None:
        """The last sign of life under a name."""
        return Heartbeats(self.journal.engine).last(name)

    def entries(self) -> tuple[WireOrder, ...]:
        """Orders of all books that would open or add, and are not over."""
        return tuple(one for one in OrderLog(self.journal.engine).live_orders() if one.role.opens)

    def decision(self) -> Decision | None:
        """The book's newest."""
        return self.journal.last_decision(self.book)

    def holdings(self, decision: Decision) -> Holdings:
        """What the book has now. On paper the bars settle what was ordered with the next decision."""
        since = OrderLog(self.journal.engine).unsettled(self.book) if self.is_money else []
        return holdings_of(decision, [trade for _, trade, _ in since])

    def worth(self, decision: Decision, held: Holdings, prices: dict[str, float], now: int) -> Worth:
        """What that is worth."""
        waiting = RiskLog(self.journal.engine).waiting_events(self.book)
        return marked(decision, held, prices, waiting, self.house(), now)

    def house(self) -> House:
        """The account's limits."""
        return house_of(self.desk.loaded, timed=False)

    def closes(self, symbols: tuple[str, ...]) -> dict[str, float]:
        """The newest closes that the lake has, by symbol.

        Raises:
            Damaged: stored bars do not match their checksums.
        """
        found = {}
        for one in self.desk.book_series():
            bars = self.desk.bars.tail(one, 1) if one.symbol in symbols else None
            if bars is not None and len(bars):
                found[one.symbol] = float(bars.close[-1])
        return found

    def overdue(self, now: int, since: int) -> float | None:
        """Seconds since the newest bar of the book should have been known, counted from `since` at the earliest (UTC
        microseconds); None where it is not late, or its market has sessions, which are not known here.

        Raises:
            Damaged: stored bars do not match their checksums.
        """
        late = [self._overdue(one, now, since) for one in self.desk.universe()]
        return max((one for one in late if one is not None and one > 0.0), default=None)

    def _overdue(self, series: Series, now: int, since: int) -> float | None:
        if self.desk.calendar(series).name != ALWAYS_OPEN:
            return None
        parts = self.desk.bars.dataset(series).manifest().parts
        due = since if not parts else max(parts[-1].last + 2 * bar_micros(series.timeframe), since)
        return (now - due) / 1e6
