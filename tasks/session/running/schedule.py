"""Which bars are due: by the closes of the book's calendar on an absolute clock, so that no drift adds up."""

from dataclasses import dataclass

from models.sessions import expected_opens
from models.types import Series, bar_micros
from models.types.timeframes import DAY
from tasks.session.desk import Desk

# No market is closed for longer.
HORIZON = 30 * DAY


@dataclass(frozen=True, slots=True)
class Due:
    """A bar by its open, and the moment at which it is known; UTC microseconds."""

    bar: int
    close: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about the bars that nobody has dealt with yet.

    Attributes:
        passed: bars over which a newer one has closed: nobody decides on them any more, oldest first.
        late: the newest one, where its close is too long ago to decide on it.
        due: the newest one otherwise.
        next: the first that has not settled yet; None: the calendar has none.
    """

    passed: tuple[Due, ...]
    late: Due | None
    due: Due | None
    next: Due | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The closes of one series; all series of a book share them.

    Attributes:
        settle, late: microseconds after a close from which on it is asked for, and too late to decide.
    """

    desk: Desk
    series: Series
    settle: int
    late: int

    def plan(self, after: int, now: int) -> Plan:
        """For the bars that open after `after`, at `now` (UTC microseconds). A bar that was dealt with is never planned
        again, whatever the clock says.
        """
        ready = self._between(after + 1, now - self.settle)
        begin = ready[-1].bar if ready else after
        coming = self.following(begin)
        if not ready:
            return Plan((), None, None, coming)
        newest = ready[-1]
        is_late = now > newest.close + self.late
        return Plan(tuple(ready[:-1]), newest if is_late else None, None if is_late else newest, coming)

    def before(self, now: int) -> int:
        """The open of the newest bar that is too late to decide on by now: where a new campaign begins after."""
        passed = self._between(now - HORIZON, now - self.late - 1)
        return passed[-1].bar if passed else now - HORIZON

    def following(self, bar: int) -> Due | None:
        """The first bar that opens after `bar` (UTC microseconds)."""
        span = DAY
        while span <= HORIZON:
            found = self._dues(bar + 1, bar + span)
            if found:
                return found[0]
            span *= 2
        return None

    def _between(self, first: int, closed_by: int) -> list[Due]:
        """Bars that open from `first` on and had closed by then."""
        return [one for one in self._dues(first, closed_by) if one.close <= closed_by] if first <= closed_by else []

    def _dues(self, first: int, last: int) -> list[Due]:
        calendar, timeframe = self.desk.calendar(self.series), self.series.timeframe
        if calendar.name == "24/7":  # whose bars are counted from the first on: it has to be one
            step = bar_micros(timeframe)
            first = -(-first // step) * step
        opens = expected_opens(calendar, timeframe, first, last)
        closes = self.desk.closes(self.series, opens)
        return [Due(bar, close) for bar, close in zip(opens.tolist(), closes.tolist(), strict=True)]
