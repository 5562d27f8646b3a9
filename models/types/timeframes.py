"""Bar sizes by the names that venues use."""

from models.types.errors import BadInput

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

TIMEFRAMES: dict[str, int] = {
    "1m": MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "4h": 4 * HOUR,
    "1d": DAY,
}


def bar_micros(timeframe: str) -> int:
    """Length of one bar in microseconds.

    Raises:
        BadInput: the name is not in TIMEFRAMES.
    """
    if timeframe not in TIMEFRAMES:
        raise BadInput(f"timeframe {timeframe!r} is not known; use one of {', '.join(TIMEFRAMES)}")
    return TIMEFRAMES[timeframe]
