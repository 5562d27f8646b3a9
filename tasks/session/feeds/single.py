"""One feed without a backup: nobody takes over or contradicts it, but its deadline and its health are kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conf.schema.feeds import FeedsConfig
from data.journal import Fault, FeedLog
from models.types import Series, Unavailable
from tasks.ports import Clock, Page
from tasks.session.feeds.notebook import Notebook
from tasks.session.feeds.patience import Patience, Unanswered
from tasks.session.feeds.source import Reading, Source, require_series


@dataclass(slots=True, eq=False)
class SingleFeed:
    """The source's own pages, as it gave them. It is never left alone: there is nobody else.

    That it is late it cannot tell from a market that is quiet or a series that ended; the trade cycle sees that the
    newest bar is old.
    """

    series: Series
    source: Source
    rules: FeedsConfig
    clock: Clock
    log: FeedLog
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._patience = Patience(self.source.name, self.rules.deadline_seconds)

    @property
    def name(self) -> str:
        """The source's."""
        return self.source.name

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """The source's pages, each within the deadline.

        Raises:
            BadInput: the series is another one, or the source does not have it.
            Unavailable: no answer, or none in time.
        """
        require_series(self.series, symbol, timeframe)
        notebook = Notebook(self.log, self.series, self.rules, self.clock)
        reading = Reading(self.source, timeframe, self._patience)
        while (page := self._next(reading, notebook, since)) is not None:
            notebook.believed(self.source)
            yield page
        notebook.believed(self.source)

    def _next(self, reading: Reading, notebook: Notebook, since: int | None) -> Page | None:
        try:
            page = reading.next(since)
        except Unanswered as error:
            notebook.failed(self.source, Fault.HANGING, str(error))
            raise
        except Unavailable as error:
            notebook.failed(self.source, Fault.DOWN, str(error))
            raise
        reading.taken(since)
        return page
