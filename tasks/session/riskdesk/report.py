"""The risk report of a book: stops, limits with their room, what could be lost in a day, and how positions stand."""

from dataclasses import dataclass

import numpy as np

from data.journal import Journal, forced_level
from models.types import Level, iso
from tasks.session.desk import Desk
from tasks.session.review import Review
from tasks.session.riskdesk.gauges import Gauge, at_stops, gauges
from tasks.session.riskdesk.marking import Marked
from tasks.session.stops import A_PERSON, ACCOUNT, Stop, standing
from tasks.session.tails import RiskReport, risk_now, tail_plan


@dataclass(frozen=True, slots=True, eq=False)
class DeskReport:
    """What `keel risk` shows.

    Attributes:
        flag: reason of the journal's stop flag, None while it is not set.
        stops: in force by the newest decision.
        forced: what waits for the next decision to act on it.
        tails: what could be lost in a day; None where too few days are known, and `why_not` says so.
    """

    marked: Marked
    stage: str
    flag: str | None
    stops: tuple[Stop, ...]
    forced: Level
    gauges: tuple[Gauge, ...]
    tails: RiskReport | None
    why_not: str

    @property
    def stopped(self) -> bool:
        """Whether entries are stopped, or will be with the next decision."""
        return (
            self.flag is not None or self.forced is not Level.NONE or any(one.system == ACCOUNT for one in self.stops)
        )

    @property
    def reason(self) -> str | None:
        """Of what stops entries."""
        if self.flag is not None:
            return self.flag
        mine = [one.breaker.text for one in self.stops if one.system == ACCOUNT]
        waits = [] if self.forced is Level.NONE else [f"waits for the next decision: {self.forced.text}"]
        return "; ".join([*mine, *waits]) or None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; money in quote currency."""
        marked, book = self.marked, self.marked.held.book
        return {
            "book": book.name,
            "at": iso(marked.at),
            "stage": self.stage,
            "stopped": self.stopped,
            "reason": self.reason,
            "released_by": A_PERSON if self.stopped else None,
            "breakers": [one.as_json() for one in self.stops],
            "waiting": self.forced.name.lower(),
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
        flag=journal.stop_reason(),
        stops=standing(held.book, journal),
        forced=forced_level(held.waiting),
        gauges=gauges(marked),
        tails=tails,
        why_not=held.why_not,
    )


def review_json(found: Review) -> dict[str, object]:
    """Of the review of the book's trading what belongs beside its risk: slippage, losses, what a person must see."""
    whole = found.as_json()
    names = ("target_bps", "slippage", "realised", "large_losses", "manual_review")
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
