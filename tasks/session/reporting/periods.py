"""Days, weeks and months in UTC: sessions of stocks lie within a day of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MICRO = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Period(StrEnum):
    """How long a report is about: a UTC day, a week from Monday to Sunday, a calendar month."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` up to, and without, `end`: UTC microseconds."""

    period: Period
    begin: int
    end: int

    def has(self, at: int) -> bool:
        """Whether the moment (UTC microseconds) lies within it."""
        return self.begin <= at < self.end

    @property
    def name(self) -> str:
        """For people and files.

        >>> span_at(Period.WEEKLY, 1_704_067_200_000_000).name, span_at(Period.MONTHLY, 0).name
        ('2024-W01', '1970-01')
        """
        day = _date(self.begin)
        if self.period is Period.MONTHLY:
            return f"{day:%Y-%m}"
        return f"{day:%G-W%V}" if self.period is Period.WEEKLY else f"{day:%Y-%m-%d}"


def span_at(period: Period, at: int) -> Span:
    """The one that the moment `at` (UTC microseconds) lies in."""
    day = _date(at).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.DAILY:
        return Span(period, _micros(day), _micros(day + timedelta(days=1)))
    if period is Period.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Span(period, _micros(monday), _micros(monday + timedelta(days=7)))
    first = day.replace(day=1)
    return Span(period, _micros(first), _micros((first + timedelta(days=31)).replace(day=1)))


def newest_over(period: Period, now: int) -> Span:
    """The newest one that is over at `now` (UTC microseconds)."""
    return span_at(period, span_at(period, now).begin - 1)


def _date(at: int) -> datetime:
    return EPOCH + at * MICRO


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICRO
