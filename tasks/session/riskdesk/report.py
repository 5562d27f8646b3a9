"""The risk report of a book: stops, limits with their room, what could be lost in a day, and how positions stand."""

from dataclasses import dataclass

import numpy as np

from data.journal import Journal
from models.types import iso
from tasks.session.desk import Desk
from tasks.session.review import Review
from tasks.session.riskdesk.gauges import Gauge, at_stops, gauges
from tasks.session.riskdesk.marking import Marked
from tasks.session.stops import A_PERSON, Stopped, stopped_by
from tasks.session.tails import RiskReport, risk_now, tail_plan


@dataclass(frozen=True, slots=True, eq=False)
class DeskReport:
    """What `keel risk` shows.

    Attributes:
        tails: what could be lost in a day; None where too few days are known, and `why_not` says so.
    """

    marked: Marked
    stage: str
    stopped: Stopped
    gauges: tuple[Gauge, ...]
    tails: RiskReport | None
    why_not: str

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; money in quote currency."""
        marked, book = self.marked, self.marked.held.book
        return {
            "book": book.name,
            "at": iso(marked.at),
            "stage": self.stage,
            "stopped": self.stopped.entries,
            "reason": self.stopped.reason,
            "released_by": A_PERSON if self.stopped.entries else None,
            "breakers": [one.as_json() for one in self.stopped.stops],
            "waiting": self.stopped.forced.name.lower(),
            "equity": marked.equity,
            "equities": dict(zip([one.name for one in book.parameters.systems], marked.equities.tolist(), strict=True)),
            "scale": marked.after.scale,
            "value_at_risk": marked.var,
            "limits": [one.as_json() for one in self.gauges],
            "prices": [_price(marked, i) for i in range(len(book.series))],
            "tails": None if self.tails is None else self.tails.as_json(),
            "tails_missing": self.why_not or None,
            "links": _links(marked),
        }


def risk_report(desk: Desk, journal: Journal, marked: Marked) -> DeskReport:
    """The report of a mark.

    Raises:
        BadInput: the account has no equity left.
    """
    held = marked.held
    values = dict(zip(held.book.symbols, marked.values.tolist(), strict=True))
    tails = None
    if held.prepared is not None:
        tails = risk_now(held.prepared, values, marked.equity, tail_plan(desk.loaded).confidence, at_stops(marked))
    return DeskReport(
        marked=marked,
        stage=desk.loaded.settings.stage,
        stopped=stopped_by(held.book, journal),
        gauges=gauges(marked),
        tails=tails,
        why_not=held.why_not,
    )


def review_json(found: Review) -> dict[str, object]:
    """Of the review of the book's trading what belongs beside its risk: what fills cost, where the
    profit came from, losses, and what a person must see.
    """
    whole = found.as_json()
    names = ("target_bps", "slippage", "realised", "attribution", "large_losses", "manual_review")
    return {"trades": len(found.trades), **{name: whole[name] for name in names}}


def _price(marked: Marked, i: int) -> dict[str, object]:
    prices, known_at = marked.prices, int(marked.prices.known_at[i])
    known = bool(np.isfinite(prices.close[i]))
    return {
        "symbol": marked.held.book.symbols[i],
        "price": float(prices.close[i]) if known else None,
        "value": float(marked.values[i]),
        "known_at": iso(known_at) if known else None,
        "age_seconds": (marked.at - known_at) / 1e6 if known else None,
    }


def _links(marked: Marked) -> list[list[float]]:
    """Correlations of daily returns, by the book's symbols."""
    links: list[list[float]] = marked.held.links.tolist()
    return links
