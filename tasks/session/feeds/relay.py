"""Feeds take turns at a series: who may give the next page, and who is passed over for which reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from data.journal import Fault
from models.types import BadInput, Bars, Calendar, Unavailable, bar_micros
from tasks.ports import Page
from tasks.session.feeds.lateness import bars_due, closed_from, in_order
from tasks.session.feeds.notebook import Notebook
from tasks.session.feeds.patience import Unanswered
from tasks.session.feeds.source import Reading, Source
from tasks.session.feeds.witnesses import Standing, Witnesses


@dataclass(frozen=True, slots=True)
class Passed:
    """A feed was passed over, and why."""

    reason: str


@dataclass(slots=True, eq=False)
class Relay:
    """One reading of a series from several feeds, in the order of trust."""

    readings: tuple[Reading, ...]
    witnesses: Witnesses
    notebook: Notebook
    calendar: Calendar

    def pages(self, since: int | None) -> Iterator[Page]:
        """Closed bars from `since` on (UTC microseconds), each page beginning where the one before ended.

        Raises:
            BadInput: the first feed does not have the series.
            Unavailable: nobody is left, or the feeds contradict each other.
        """
        cursor = since
        while (page := self._next(cursor)) is not None:
            yield page
            cursor = self._end_of(page)

    def _next(self, cursor: int | None) -> Page | None:
        passed: dict[Source, str] = {}
        for reading in self._in_turn():
            outcome = self._turn(reading, cursor)
            if not isinstance(outcome, Passed):
                return outcome
            passed[reading.source] = outcome.reason
        listed = "; ".join(passed[reading.source] for reading in self.readings)
        raise Unavailable(f"no feed gives {self.notebook.series}: {listed}")

    def _in_turn(self) -> Iterator[Reading]:
        """All of them; who is on a pause comes last, to be asked only when nobody else serves."""
        now = self.notebook.clock.now()
        waiting = []
        for reading in self.readings:
            pause = self.notebook.pause(reading.source)
            if pause is None or pause.retry_at <= now:
                yield reading
            else:
                self.notebook.why.setdefault(reading.source.name, pause.reason)
                waiting.append(reading)
        yield from waiting

    def _turn(self, reading: Reading, cursor: int | None) -> Page | Passed | None:
        source = reading.source
        try:
            raw = reading.next(cursor)
        except BadInput as error:
            # What the series' own venue does not have is not taken from another one; a backup may well lack it.
            if source is self.readings[0].source:
                raise
            return self._pass(reading, str(error))
        except Unanswered as error:
            return self._fail(reading, Fault.HANGING, str(error))
        except Unavailable as error:
            return self._fail(reading, Fault.DOWN, str(error))
        if raw is not None and not in_order(raw.bars):
            return self._fail(reading, Fault.WRONG, f"bars of {source.name} are not in the order of time")
        bars = None if raw is None else self._closed(raw.bars, cursor)
        if raw is None or bars is None or not len(bars):
            return self._end(reading, cursor)
        return self._judge(reading, Page(bars, raw.source))

    def _closed(self, bars: Bars, cursor: int | None) -> Bars:
        return closed_from(bars, self.calendar, self.notebook.series.timeframe, cursor, self.notebook.clock.now())

    def _end(self, reading: Reading, cursor: int | None) -> Passed | None:
        if cursor is None:
            return self._fail(reading, Fault.LATE, f"{reading.source.name} has no bars at all")
        due = self._due(cursor)
        if due > self.notebook.rules.late_bars:
            missing = f"at least {due} closed bars are missing at its end, {self.notebook.rules.late_bars} may"
            return self._fail(reading, Fault.LATE, f"{reading.source.name} is late: {missing}")
        self.notebook.answered(reading.source)
        return None

    def _judge(self, reading: Reading, page: Page) -> Page | Passed:
        source, bars = reading.source, page.bars
        beyond = int(bars.ts[-1]) + 1
        opinion = self.witnesses.opinion(source, bars, self._due(beyond) <= self.notebook.rules.late_bars)
        if opinion.standing is Standing.DISPUTED:
            self.notebook.blocked(source, opinion.reason)
            raise Unavailable(
                f"{self.notebook.series} is blocked: {opinion.reason}; look at both, then correct the backups or "
                "feeds.tolerance_bps"
            )
        if opinion.standing is Standing.REFUTED:
            return self._fail(reading, Fault.WRONG, opinion.reason)
        if opinion.standing is Standing.ALONE:
            reason = self._no_belief(source)
            if reason is not None:
                return self._pass(reading, reason)
            self.notebook.unchecked(source)
        else:
            self.notebook.checked(source, opinion.reason)
        self.notebook.believed(source)
        self.notebook.served_by(source, [one.source.name for one in self.readings])
        reading.taken(self._end_of(page))
        return page

    def _no_belief(self, source: Source) -> str | None:
        """Why an answer that nobody bears out is not taken, None when it is."""
        pause = self.notebook.pause(source)
        if pause is not None and pause.fault is Fault.WRONG:
            return f"{source.name} was wrong before ({pause.reason}), and no other feed can say whether it still is"
        if not self.witnesses.own(source):
            return f"{source.name} quotes {source.symbol}, and no feed of the series' own currency can bear it out"
        return None

    def _fail(self, reading: Reading, fault: Fault, reason: str) -> Passed:
        self.notebook.failed(reading.source, fault, reason)
        return self._pass(reading, reason)

    def _pass(self, reading: Reading, reason: str) -> Passed:
        self.notebook.why[reading.source.name] = reason
        return Passed(reason)

    def _end_of(self, page: Page) -> int:
        return int(page.bars.ts[-1]) + bar_micros(self.notebook.series.timeframe)

    def _due(self, cursor: int) -> int:
        book = self.notebook
        return bars_due(self.calendar, book.series.timeframe, cursor, book.clock.now(), book.rules.late_bars)
