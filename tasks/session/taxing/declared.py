"""What a person knows of units that came or left without a trade: a CSV file that names the journal's notes.

Columns: `note` (the number in the export), `was` (bought, moved or sold), `quantity` (all of it where empty), and
`acquired` and `value` for what was bought (value: what all of it cost), `value` for what was sold, `from` for what was
moved: the note of its leaving elsewhere.
"""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from data.files import reading
from models.taxes import rounded
from models.taxes.exact import ROUNDING
from models.types import BadInput
from tasks.session.taxing.asking import moment

COLUMNS = ("note", "was", "quantity", "acquired", "value", "from")
BOUGHT, MOVED, SOLD = "bought", "moved", "sold"
NEEDED = {BOUGHT: ("acquired", "value"), MOVED: ("from",), SOLD: ("value",)}
ALWAYS = ("note", "was", "quantity")
NUMBER = re.compile(r"\d{1,18}")
# What no account has, and what no asset is divided into: a figure beyond is a slip, and exact sums end there.
BEYOND, FINEST = Decimal("1e24"), Decimal("1e-24")


@dataclass(frozen=True, slots=True)
class Declared:
    """One line of it; `source` is the note that moved units left by."""

    note: int
    was: str
    quantity: Decimal | None
    acquired: int | None
    value: Decimal | None
    source: int | None


def read_declared(path: Path, zone: ZoneInfo) -> list[Declared]:
    """All lines; a date without a zone is one of the calendar in `zone`.

    Raises:
        BadInput: the file is no such table; names line, what was found and what is allowed.
        Unavailable: it cannot be read.
    """
    with reading(path), path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            table = csv.DictReader(stream)
            if set(table.fieldnames or ()) != set(COLUMNS):
                raise BadInput(f"{path} has the columns {table.fieldnames}; give {', '.join(COLUMNS)}")
            return [_declared(f"{path}:{number}", row, zone) for number, row in enumerate(table, 2)]
        except UnicodeDecodeError as error:
            raise BadInput(f"{path} is not UTF-8; save it as CSV UTF-8") from error
        except csv.Error as error:
            raise BadInput(f"{path} is no table ({error}); give one of {', '.join(COLUMNS)}") from error


def _declared(where: str, row: dict[str, str], zone: ZoneInfo) -> Declared:
    was = (row["was"] or "").strip()
    if was not in NEEDED:
        raise BadInput(f"{where}: found was {was!r}; allowed is {', '.join(NEEDED)}")
    missing = [name for name in NEEDED[was] if not (row[name] or "").strip()]
    if missing:
        raise BadInput(f"{where}: what was {was} needs {', '.join(missing)}; fill it in")
    # A figure such as 12,000.50 has a comma that ends its cell: what is left of it must not count as a figure.
    beyond = [name for name, cell in row.items() if name not in (*ALWAYS, *NEEDED[was]) and cell]
    if beyond:
        raise BadInput(
            f"{where}: what was {was} has {', '.join(NEEDED[was])} and no more; write 12000.50, not 12,000.50"
        )
    note, source = _number(where, row["note"]), _number(where, row["from"]) if was == MOVED else None
    if note is None:
        raise BadInput(f"{where}: found no note; give its number as the export names it")
    acquired = moment(f"{where}: acquired", row["acquired"].strip(), zone) if was == BOUGHT else None
    value = _figure(where, row["value"])
    value = None if value is None else rounded(value)
    return Declared(note, was, _figure(where, row["quantity"]), acquired, value, source)


def _number(where: str, text: str | None) -> int | None:
    if not (text or "").strip():
        return None
    if not NUMBER.fullmatch(str(text).strip()):
        raise BadInput(f"{where}: found {text!r}; give the number of a note")
    return int(str(text))


def _figure(where: str, text: str | None) -> Decimal | None:
    if not (text or "").strip():
        return None
    try:
        figure = Decimal(str(text).strip())
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite() or figure < 0 or figure >= BEYOND or figure != figure.quantize(FINEST, context=ROUNDING):
        raise BadInput(
            f"{where}: found {text!r}; give a figure such as 1200.50, below {BEYOND} and to {FINEST} at the finest"
        )
    return figure
