"""How much a market trades: what turns bars into days, weeks and years."""

from dataclasses import dataclass

from models.types.timeframes import DAY, SECOND, bar_micros


@dataclass(frozen=True, slots=True)
class Calendar:
    """Trading days a week and a year, and trading time in a day (microseconds)."""

    name: str
    days_per_week: int
    days_per_year: int
    day_micros: int


CALENDARS: dict[str, Calendar] = {
    "24/7": Calendar("24/7", 7, 365, DAY),
    "XNYS": Calendar("XNYS", 5, 252, 23_400 * SECOND),
}


def bars_per_day(calendar: Calendar, timeframe: str) -> int:
    """Bars in a full trading day, a shorter last one included, as `expected_opens` gives them.

    Six and a half hours are 7 bars of 1h. Weeks and years are counted in full days: a half day has fewer.
    """
    return -(-calendar.day_micros // bar_micros(timeframe))


def bars_per_week(calendar: Calendar, timeframe: str) -> int:
    """Bars in a trading week of full days."""
    return calendar.days_per_week * bars_per_day(calendar, timeframe)


def bars_per_year(calendar: Calendar, timeframe: str) -> int:
    """Bars in a trading year of full days: the annualisation factor of returns per bar."""
    return calendar.days_per_year * bars_per_day(calendar, timeframe)
