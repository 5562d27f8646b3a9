"""The stops on a timer: what the newest mark trips is journaled at once, and the next decision acts on it.

Until then an order that waits already may still be filled, as on a venue that has it. The pauses of single trading
systems are found by decisions only.
"""

from data.journal import Journal, RiskEvent, RiskKind, RiskLog
from models.types import LadderEvent
from tasks.session.riskdesk.marking import Marked
from tasks.session.stops import trip_text

TIMER = "timer"


def check_breakers(journal: Journal, marked: Marked) -> RiskEvent | None:
    """Journal what the mark trips, and raise an alert; the event, None where nothing higher trips than holds or waits.

    Called again on a mark as bad it does nothing.
    """
    tripped = marked.tripped
    if tripped is None:
        return None
    level, breaker, value, limit = tripped
    book = marked.held.book
    event = RiskEvent(book.name, marked.at, RiskKind.FORCED, TIMER, breaker.text, level, breaker, value, limit)
    if not RiskLog(journal.engine).force(event):
        return None
    text = trip_text(book, LadderEvent(marked.at, "", True, level, breaker, value, limit))
    journal.raise_alert(f"timer {book.name} {marked.at} {breaker.name} {level.name}", "critical", text, marked.at)
    return event
