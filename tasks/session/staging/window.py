"""The stretch of a book's journal that evidence is taken from."""

from dataclasses import dataclass

from data.journal import Journal, StageLog
from models.stages import Rules, Standing
from models.stages.standing import criteria_of
from models.types import Stage
from models.types.timeframes import DAY
from tasks.session.book import book_name

BEGINNING = -1


@dataclass(frozen=True, slots=True)
class Window:
    """Decisions of one book made after `since` and not after `until`, for bars up to `last`; UTC microseconds.

    Attributes:
        book: with its stage; `line` is its name without.
        release: whose hours of paper trading count.
        days_per_year: of the book's calendar.
    """

    stage: Stage
    line: str
    since: int
    until: int
    last: int
    release: str
    days_per_year: float

    @property
    def book(self) -> str:
        """As the journal knows it."""
        return book_name(self.stage.value, self.line)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose evidence is asked for: the line, the rules, when (UTC microseconds), under which release."""

    line: str
    rules: Rules
    at: int
    release: str
    days_per_year: float


def window_of(journal: Journal, asking: Asking, standing: Standing, entered: int) -> Window:
    """From when the standing was entered (BEGINNING: always), or as far back as the stage allows, until now.

    In exploration, which may go over archives, it goes back from the book's newest decision.
    """
    log, book = StageLog(journal.engine), book_name(standing.stage.value, asking.line)
    newest = log.newest_mark(book)
    anchor = asking.at if standing.stage is not Stage.EXPLORATION or newest is None else newest.decided_at
    most = round(criteria_of(standing, asking.rules).most_days * DAY)
    return Window(
        stage=standing.stage,
        line=asking.line,
        since=max(entered, anchor - most),
        until=asking.at,
        last=BEGINNING if newest is None else newest.bar,
        release=asking.release,
        days_per_year=asking.days_per_year,
    )
