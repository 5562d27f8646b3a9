"""How long a symbol is traded at all."""

from datetime import UTC, date, datetime

from models.types import BadInput, to_micros
from models.types.timeframes import DAY

# Sums and differences of these with any real time stay inside int64.
NEVER_BEFORE = -(2**61)
NEVER_AFTER = 2**61


def listed_span(listed: date | None, delisted: date | None) -> tuple[int, int]:
    """First and last moment, both included (UTC microseconds), at which a bar of the symbol may open.

    `listed` is the date of its first session, `delisted` that of its last one; None where there is no such end. Bars
    are expected, and orders accepted, only inside: `expected_opens(calendar, timeframe, max(first, span[0]), ...)`.

    Raises:
        BadInput: it was delisted before it was listed.
    """
    if listed is not None and delisted is not None and delisted < listed:
        raise BadInput(f"delisted on {delisted}, before it was listed on {listed}; correct one of them")
    begin = NEVER_BEFORE if listed is None else _midnight(listed)
    return begin, NEVER_AFTER if delisted is None else _midnight(delisted) + DAY - 1


def _midnight(day: date) -> int:
    return to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
