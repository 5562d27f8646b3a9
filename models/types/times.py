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
