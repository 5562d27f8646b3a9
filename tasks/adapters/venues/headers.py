"""What the headers of an answer say about time."""

from email.utils import parsedate_to_datetime

from models.types import BadInput, to_micros
from tasks.adapters.venues.limits import SECOND

# Venues that do not say how long: a breath after too many requests, two minutes after an address was shut out.
PAUSES = {418: 120 * SECOND, 429: 5 * SECOND}


def ban_end(status: int, retry_after: str | None, now: int) -> int:
    """Until when a venue that answered `status` (418 or 429) wants no request, UTC microseconds.

    `retry_after` is the header: seconds, a date, or None; `now` in UTC microseconds.
    """
    if retry_after is None:
        return now + PAUSES[status]
    try:
        return now + round(float(retry_after) * SECOND)
    except ValueError:
        date = _micros(retry_after)
    return now + PAUSES[status] if date is None else date


def venue_time(date: str | None, age: str | None) -> int | None:
    """The venue's clock by the headers Date and Age, UTC microseconds to the second; None where it does not say.

    An answer out of a cache was dated when it was made, and is `age` seconds old.
    """
    made = None if date is None else _micros(date)
    if made is None:
        return None
    return made + (int(age) * SECOND if age is not None and age.isdecimal() else 0)


def _micros(date: str) -> int | None:
    try:
        return to_micros(parsedate_to_datetime(date))
    except (ValueError, BadInput):
        return None
