"""Which trades are asked for, and how they are to be counted."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from conf.schema.taxes import TaxesConfig
from models.taxes import Method
from models.types import BadInput
from models.types.times import from_micros, to_micros

LIVE, PAPER = "live", "paper"
FIRST, LAST = -(2**62), 2**62


@dataclass(frozen=True, slots=True)
class Asked:
    """A period and a way to count.

    Attributes:
        book: LIVE or PAPER.
        venue: only this one's rows; None for all. Lots are matched over all of it either way.
        start, end: from and up to without, UTC microseconds.
    """

    book: str
    venue: str | None
    start: int
    end: int
    method: Method
    zone: ZoneInfo
    settings: TaxesConfig

    def day(self, at: int) -> int:
        """Number of the day of the calendar."""
        return self.local(at).toordinal()

    def local(self, at: int) -> datetime:
        """A moment by the calendar's clock."""
        return from_micros(at).astimezone(self.zone)


def asked_of(
    settings: TaxesConfig,
    book: str,
    venue: str | None,
    year: int | None,
    start: str | None,
    end: str | None,
    method: str | None,
) -> Asked:
    """What the options mean; a year is one of the calendar in `taxes.time_zone`, and so are dates.

    Raises:
        BadInput: an option cannot be used, or two of them do not go together.
    """
    if book not in (LIVE, PAPER):
        raise BadInput(f"found --book {book!r}; allowed is {LIVE} or {PAPER}")
    if year is not None and (start is not None or end is not None):
        raise BadInput("found --year beside --start or --end; give one or the other")
    names = [one.value for one in Method]
    if method is not None and method not in names:
        raise BadInput(f"found --method {method!r}; allowed is one of {', '.join(names)}")
    zone = ZoneInfo(settings.time_zone)
    if year is not None:
        if not 1970 <= year <= 9998:
            raise BadInput(f"found --year {year}; allowed is a year such as 2026")
        start, end = f"{year}-01-01", f"{year + 1}-01-01"
    first = FIRST if start is None else moment("--start", start, zone)
    last = LAST if end is None else moment("--end", end, zone)
    if first >= last:
        raise BadInput(f"found --start {start} that is not before --end {end}; give an earlier one")
    return Asked(book, venue, first, last, Method(method or settings.method), zone, settings)


def moment(name: str, text: str, zone: ZoneInfo) -> int:
    """UTC microseconds of a date or time, by the calendar's clock where it names no zone.

    Raises:
        BadInput: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"found {name} {text!r}; give a date such as 2026-04-06") from error
    if not 1900 <= found.year <= 9998:
        raise BadInput(f"found {name} {text!r}; give a date such as 2026-04-06, no year before 1900 or after 9998")
    return to_micros(found if found.tzinfo else found.replace(tzinfo=zone))
