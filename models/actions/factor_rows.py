"""Actions out of a table of adjustment factors, the form in which factor files carry them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from models.actions.action import ActionKind, CorporateAction
from models.sessions import session_dates, session_spans
from models.types import BadInput, Calendar, iso
from models.types.timeframes import DAY

# Longer than any closure of an exchange since the First World War.
LONGEST_CLOSURE = 31 * DAY
# Factors come rounded to some eight digits; a split of 2:1 computed from two of them is off by a few millionths.
ROUNDING = 1e-5
LARGEST_PART = 50


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One row of a factor file: `price_factor` and `split_factor` hold for bars up to and including `date`.

    `date` is midnight UTC of a session, UTC microseconds; the adjusted price of a bar is its price times both factors
    of the first row whose date is not before the bar's. `reference_price` is the close of `date` as traded.
    """

    date: int
    price_factor: float
    split_factor: float
    reference_price: float


def actions_of_factors(symbol: str, rows: Sequence[FactorRow], calendar: Calendar) -> tuple[CorporateAction, ...]:
    """The splits and dividends between which the factors are constant.

    A change from one row to the next went ex in the session after the first of them. Factors carry no announcements, so
    `known_at` is `first_trade` of the ex-date. Cash is what makes price_factor change at the reference price, precise
    to the factors' digits; split ratios within ROUNDING of a simple fraction are that fraction.

    Raises:
        BadInput: a date twice, a factor or a reference price that no action gives.
    """
    ordered = sorted(rows, key=lambda one: one.date)
    found: list[CorporateAction] = []
    for row, after in pairwise(ordered):
        if row.date == after.date:
            raise BadInput(f"the factors of {symbol} have {iso(row.date)} twice; keep one of the rows")
        if (row.price_factor, row.split_factor) != (after.price_factor, after.split_factor):
            found.extend(_actions(symbol, row, after, calendar))
    return tuple(found)


def first_trade(calendar: Calendar, date: int) -> int:
    """Open of the first session on or after `date` (midnight UTC of a day, UTC microseconds): by then it shows.

    Raises:
        BadInput: no session begins within LONGEST_CLOSURE.
    """
    opens, _ = session_spans(calendar, date, date + LONGEST_CLOSURE)
    if not opens.size:
        raise BadInput(f"{calendar.name} has no session in the month after {iso(date)}; correct the date")
    return int(opens[0])


def _actions(symbol: str, row: FactorRow, after: FactorRow, calendar: Calendar) -> list[CorporateAction]:
    factors = row.price_factor, row.split_factor, after.price_factor, after.split_factor
    if not all(0.0 < one < math.inf for one in factors):
        raise BadInput(f"the factors of {symbol} at {iso(row.date)} or after it are not positive; correct the row")
    known_at = first_trade(calendar, row.date + DAY)
    ex_ts = int(session_dates(calendar, known_at, known_at)[0])
    found = []
    if row.split_factor != after.split_factor:
        ratio = _simple(after.split_factor / row.split_factor)
        found.append(CorporateAction(symbol, ActionKind.SPLIT, ex_ts, known_at, ratio=ratio))
    if row.price_factor != after.price_factor:
        cash = row.reference_price * (1.0 - row.price_factor / after.price_factor)
        found.append(CorporateAction(symbol, ActionKind.DIVIDEND, ex_ts, known_at, cash=cash))
    return found


def _simple(ratio: float) -> float:
    near = float(Fraction(ratio).limit_denominator(LARGEST_PART))
    return near if abs(near / ratio - 1.0) < ROUNDING else ratio
