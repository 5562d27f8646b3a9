"""Who finds the emergency stop set makes it whole, and lets a book's next decision act on its level."""

from data.journal import Journal, RiskEvent, RiskKind, RiskLog, StopFlag
from models.types import Breaker, Level


def heed_stop(journal: Journal, book: str, now: int) -> StopFlag | None:
    """The flag, None while nothing is stopped. Row and file are both there afterwards, whichever was missing; a level
    that withdraws entries or sells waits for the book's next decision, unless one as high waits or holds already.

    Raises:
        Unavailable: the journal or the file cannot be written.
    """
    flag = journal.stop()
    if flag is None:
        return None
    whole = journal.set_stop(flag.reason, flag.at, flag.level, flag.who)
    if whole.level >= Level.REDUCE:
        forced = RiskEvent(book, now, RiskKind.FORCED, whole.who, whole.reason, whole.level, Breaker.EMERGENCY)
        RiskLog(journal.engine).hold(forced)
    return whole
