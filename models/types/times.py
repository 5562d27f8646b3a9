"""Instants: int64 microseconds since 1970 UTC inside arrays, aware datetimes at the edges."""

from datetime import UTC, datetime, timedelta

from models.types.errors import BadInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime.

    Raises:
        BadInput: the datetime carries no time zone.
    """
    if moment.tzinfo is None:
        raise BadInput(f"the time {moment.isoformat()} has no time zone; write it in UTC, as {moment.isoformat()}Z")
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime of int microseconds since 1970."""
    return EPOCH + timedelta(microseconds=int(micros))


def iso(micros: int) -> str:
    """`2024-01-31T23:00:00Z` of int microseconds since 1970."""
    return from_micros(micros).isoformat().replace("+00:00", "Z")


def parse_time(text: str) -> int:
    """Microseconds since 1970 of `2024-01-31` or `2024-01-31T23:00:00Z`; without a zone it is UTC.

    Raises:
        BadInput: it is no such time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no time; write 2024-01-31 or 2024-01-31T23:00:00Z") from error
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
