"""How a person asks for a campaign."""

import re

from models.types import BadInput
from models.types.timeframes import DAY, HOUR, MINUTE

UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
LONGEST = 3650 * DAY


def micros_of(duration: str | None) -> int | None:
    """Microseconds of `30d`, `12h` or `90m`; None: without an end.

    Raises:
        BadInput: it is no duration, or longer than ten years.
    """
    if duration is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,8})([mhd])", duration.strip())
    micros = int(found[1]) * UNITS[found[2]] if found else 0
    if not 0 < micros <= LONGEST:
        raise BadInput(f"--duration: found {duration!r}, allowed is a whole number with m, h or d up to 3650d: say 30d")
    return micros


def flags_of(capital: float | None, flags: dict[str, object] | None = None) -> dict[str, object]:
    """Settings on top of the configuration, the capital among them."""
    return {**(flags or {}), "trading.capital": capital}
