"""Quiet hours over midnight, over the nights on which clocks are changed, and none at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.schema.alerts import QuietConfig
from models.types import iso, parse_time, to_micros
from models.types.timeframes import MINUTE
from tasks.session.alerting.quiet import quiet_until

pytestmark = pytest.mark.monitoring


def _quiet(begin: str, end: str, zone: str = "Europe/Berlin") -> QuietConfig:
    return QuietConfig(begin=begin, end=end, timezone=zone)


@pytest.mark.parametrize(
    ("begin", "end", "now", "until"),
    [
        ("22:00", "07:00", "2026-03-02T20:59:59Z", None),
        ("22:00", "07:00", "2026-03-02T21:00:00Z", "2026-03-03T06:00:00Z"),
        ("22:00", "07:00", "2026-03-03T05:59:59Z", "2026-03-03T06:00:00Z"),
        ("22:00", "07:00", "2026-03-03T06:00:00Z", None),
        ("12:00", "13:30", "2026-07-01T10:15:30Z", "2026-07-01T11:30:00Z"),
        ("12:00", "12:00", "2026-07-01T10:00:00Z", None),
        # The night that lacks 02:00 to 03:00.
        ("22:00", "07:00", "2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z"),
        ("22:00", "02:30", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        ("02:10", "02:50", "2026-03-29T00:59:00Z", None),
        ("02:10", "02:50", "2026-03-29T01:00:00Z", None),
        ("02:30", "07:00", "2026-03-29T01:00:00Z", "2026-03-29T05:00:00Z"),
        # The night that has 02:00 to 03:00 twice.
        ("22:00", "07:00", "2026-10-24T22:00:00Z", "2026-10-25T06:00:00Z"),
        ("22:00", "02:30", "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z"),
        ("22:00", "02:30", "2026-10-25T00:45:00Z", None),
        ("22:00", "02:30", "2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"),
    ],
)
def test_until(begin: str, end: str, now: str, until: str | None) -> None:
    found = quiet_until(_quiet(begin, end), parse_time(now))
    assert (None if found is None else iso(found)) == until


def test_without_quiet_hours_none_hold() -> None:
    assert quiet_until(None, 0) is None


TIMES = st.times().map(lambda one: one.strftime("%H:%M"))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31))


@given(TIMES, TIMES, MOMENTS, st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]))
def test_they_end_and_are_over_then(begin: str, end: str, moment: datetime, zone: str) -> None:
    quiet, now = _quiet(begin, end, zone), to_micros(moment.replace(tzinfo=UTC))
    until = quiet_until(quiet, now)
    if until is not None:
        assert now < until <= now + 25 * 60 * MINUTE
        assert quiet_until(quiet, until) is None
        assert quiet_until(quiet, until - 1) == until
