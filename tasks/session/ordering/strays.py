"""Open orders at a venue that the journal does not know: another's, or ours from before the journal was lost."""

import re

from data.journal import Holding, HoldingKind
from models.types.wire import Report
from tasks.session.ordering.accounting import NOTHING
from tasks.session.ordering.desk import KEEL
from tasks.session.ordering.looking import Look
from tasks.session.ordering.rows import base_of

OURS = re.compile(
    # What decisions name their orders, and what that becomes where a venue takes nothing but a UUID.
    r"[0-9a-f]{6}-\d{8}T\d{4}-\d+(-.+)?|[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def is_named_like_ours(report: Report) -> bool:
    """Whether its client order id is one that Keel gives."""
    return report.cid is not None and OURS.fullmatch(report.cid) is not None


def new_strays(look: Look) -> tuple[Report, ...]:
    """Those that were never noted."""
    return tuple(one for one in look.strays if not any(why.startswith(_named(one)) for why in look.whys))


def unanswered(look: Look) -> tuple[Report, ...]:
    """Those named like ours that no person has cleared."""
    held = [one.why for one in look.noted if one.kind is HoldingKind.EXTERNAL]
    ours = [one for one in look.strays if is_named_like_ours(one)]
    new = set(new_strays(look))
    return tuple(one for one in ours if one in new or any(why.startswith(_named(one)) for why in held))


def note_of(report: Report, kind: HoldingKind, at: int) -> Holding:
    """The note of a stray: no units, but its symbol is only reduced until a person has looked (an EXTERNAL one)."""
    return Holding(report.venue, base_of(report.symbol), kind, NOTHING, None, at, stray_text(report), KEEL)


def stray_text(report: Report) -> str:
    """For people."""
    side = "buy" if report.is_buy else "sell"
    whose = "named like Keel's, and not in its journal" if is_named_like_ours(report) else "which is none of Keel's"
    return f"{_named(report)}({report.cid or 'no id'}): {side} {report.quantity}, {whose}"


def _named(report: Report) -> str:
    return f"open order {report.symbol} {report.exchange_id} "
