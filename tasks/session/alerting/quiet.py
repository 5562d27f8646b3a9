"""Quiet hours: local times of day, over midnight and over the nights on which clocks are changed."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from conf.schema.alerts import QuietConfig
from models.types import from_micros, to_micros

MINUTE = timedelta(minutes=1)
# Of a day that is an hour longer, and one more for the minute that had begun.
LONGEST_MINUTES = 25 * 60 + 1


def quiet_until(quiet: QuietConfig | None, now: int) -> int | None:
    """When the quiet hours that hold at `now` are over (UTC microseconds); None where none hold.

    Minute by minute, as a clock on the wall shows them: a time of day that a night lacks or has twice needs no rule.
    """
    if quiet is None:
        return None
    zone, begin, end = ZoneInfo(quiet.timezone), _time(quiet.begin), _time(quiet.end)
    moment = from_micros(now)
    if not _is_quiet(begin, end, moment.astimezone(zone).time()):
        return None
    moment = moment.replace(second=0, microsecond=0)
    for _ in range(LONGEST_MINUTES):
        moment += MINUTE
        if not _is_quiet(begin, end, moment.astimezone(zone).time()):
            break
    return to_micros(moment)


def _is_quiet(begin: time, end: time, at: time) -> bool:
    return begin <= at < end if begin <= end else at >= begin or at < end


def _time(text: str) -> time:
    return time.fromisoformat(text)
