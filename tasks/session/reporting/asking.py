"""Which period is asked for."""

from models.types import BadInput, parse_time
from tasks.session.reporting.periods import Period, Span, newest_over, span_at


def span_asked(period: str, of: str | None, now: int) -> Span:
    """The period (daily, weekly, monthly) that the date `of` lies in; without one the newest that is over at `now`.

    Raises:
        BadInput: there is no such period or date, or it has not begun.
    """
    if period not in list(Period):
        raise BadInput(f"found the period {period!r}, allowed is one of {', '.join(Period)}")
    if of is None:
        return newest_over(Period(period), now)
    span = span_at(Period(period), parse_time(of))
    if span.begin > now:
        raise BadInput(f"found {of}, which is still to come; name a day until today")
    return span
