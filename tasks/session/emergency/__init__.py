"""The emergency stop at work: entries are taken back, positions are sold, and what was done is told part by part."""

from tasks.session.emergency.books import AtRisk, books_at_risk, money_books, places_held, venue_of
from tasks.session.emergency.covering import Bare, Covered, cover_positions
from tasks.session.emergency.fencing import at_work, fenced
from tasks.session.emergency.flattening import Flattened, Left, flatten_positions
from tasks.session.emergency.telling import Part, cids, told_covered, told_flattened, told_withdrawn
from tasks.session.emergency.withdrawing import Withdrawn, waiting_entries, withdraw_entries

__all__ = [
    "AtRisk",
    "Bare",
    "Covered",
    "Flattened",
    "Left",
    "Part",
    "Withdrawn",
    "at_work",
    "books_at_risk",
    "cids",
    "cover_positions",
    "fenced",
    "flatten_positions",
    "money_books",
    "places_held",
    "told_covered",
    "told_flattened",
    "told_withdrawn",
    "venue_of",
    "waiting_entries",
    "withdraw_entries",
]
