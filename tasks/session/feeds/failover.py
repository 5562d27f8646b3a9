"""Several feeds as one: the first that answers in time, is up to date and is not contradicted serves, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from conf.schema.feeds import FeedsConfig
from data.journal import FeedEvent, FeedLog, blocked_by
from models.types import BadInput, Calendar, Series, Unavailable
from tasks.ports import Clock, Page
from tasks.session.feeds.comparing import CrossCheck, Tolerance, cross_check
from tasks.session.feeds.notebook import Notebook
from tasks.session.feeds.patience import Patience
from tasks.session.feeds.relay import Relay
from tasks.session.feeds.source import Reading, Source, require_series
from tasks.session.feeds.witnesses import Witnesses


@dataclass(slots=True, eq=False)
class FailoverFeed:
    """Feeds of one series in the order of trust, no two of one name. The first one's symbol is the series' own."""

    series: Series
    sources: tuple[Source, ...]
    rules: FeedsConfig
    calendar: Calendar
    clock: Clock
    log: FeedLog
    _patience: tuple[Patience, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise BadInput(f"{self.series}: the feeds are {', '.join(names)}; name every backup once")
        self._patience = tuple(Patience(name, self.rules.deadline_seconds) for name in names)

    @property
    def name(self) -> str:
        """Of the feed that serves when all is well; each page carries the name of the one that gave it."""
        return self.sources[0].name

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Closed bars in ascending pages, none twice and none left out where the source changes.

        Raises:
            BadInput: the series is another one, or the first feed does not have it.
            Unavailable: no feed is left, or they contradict each other and nobody can tell who is right.
        """
        require_series(self.series, symbol, timeframe)
        readings = self._readings()
        notebook = Notebook(self.log, self.series, self.rules, self.clock)
        yield from Relay(readings, Witnesses(readings, notebook), notebook, self.calendar).pages(since)

    def blocked(self) -> FeedEvent | None:
        """Why the symbol is not to be traded, None when it may: feeds contradicted each other, and do still."""
        return blocked_by(self.log, self.series)

    def cross_check(self, since: int) -> CrossCheck:
        """What all feeds say of the bars from `since` (UTC microseconds) on, one answer of each, in pairs.

        Nothing is recorded: this is a question of a person's.
        """
        answers, unanswered = {}, []
        for reading in self._readings():
            try:
                bars = reading.once(since)
            except (BadInput, Unavailable) as error:
                unanswered.append(str(error))
                continue
            if bars is not None:
                answers[reading.source.name] = bars
        told = cross_check(answers, Tolerance(self.rules.tolerance_bps, strict=True))
        return replace(told, unanswered=tuple(unanswered))

    def _readings(self) -> tuple[Reading, ...]:
        pairs = zip(self.sources, self._patience, strict=True)
        return tuple(Reading(source, self.series.timeframe, patience) for source, patience in pairs)
