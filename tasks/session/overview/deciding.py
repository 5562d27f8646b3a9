"""What was decided, why and why not; which regime holds, and who is in charge."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from data.journal import Decision, Glance, Journal
from models.portfolio import Position
from models.types import Bound, Reason, iso
from tasks.session.overview.money import specialist_of
from tasks.session.overview.views import Decided, InCharge, NotDone, RegimeNow, Stretch, Wanted

# Decisions that the regime's band goes back, and those that are listed.
BAND, LISTED = 500, 20
NOT_GIVEN = "not given to a broker"


def recent(journal: Journal, book: str, count: int) -> list[Decision]:
    """The newest decisions of the book, the oldest of them first."""
    behind = Glance(journal.engine).bar_behind(book, count)
    return journal.decisions_of(book) if behind is None else journal.decisions_of(book, behind)


def decided(journal: Journal, decisions: Sequence[Decision]) -> tuple[Decided, ...]:
    """As people see them, the newest first."""
    cids = [one.cid(intent) for one in decisions for intent in one.intents]
    statuses = Glance(journal.engine).statuses(cids)
    return tuple(decided_of(one, statuses) for one in reversed(decisions))


def decided_of(one: Decision, statuses: Mapping[str, str]) -> Decided:
    """One decision, with the statuses of its orders by client order id."""
    return Decided(
        id=one.id,
        book=one.book,
        bar=iso(one.bar),
        at=iso(one.decided_at),
        regimes=dict(one.regimes),
        intents=tuple(
            Wanted(
                cid=one.cid(intent),
                system=intent.system,
                specialist=intent.specialist,
                symbol=intent.symbol,
                side=intent.side,
                quantity=abs(intent.quantity),
                price=intent.price,
                edge_bps=intent.edge_bps,
                reason=intent.reason.name.lower(),
                text=intent.reason.text,
                bound="" if intent.bound is Bound.NONE else intent.bound.name.lower(),
                bound_by=one.bound_by.get(one.cid(intent)),
                status=statuses.get(one.cid(intent), NOT_GIVEN),
            )
            for intent in one.intents
        ),
        refused=tuple(
            NotDone(refusal.system, refusal.symbol, refusal.reason.name.lower(), refusal.reason.text)
            for refusal in one.refused
        ),
        held=tuple(
            NotDone(system, symbol, name.lower(), _text(name))
            for system, reasons in one.held.items()
            for symbol, name in reasons.items()
        ),
        edges_bps={symbol: figures.get("edge") for symbol, figures in one.inputs.items()},
    )


def regimes_of(decisions: Sequence[Decision], confidences: Mapping[str, float | None]) -> tuple[RegimeNow, ...]:
    """By the newest of the decisions, with the band of all of them; `confidences` by symbol as of its bar."""
    if not decisions:
        return ()
    found = []
    for symbol, regime in decisions[-1].regimes.items():
        band = _band([(one.bar, one.regimes[symbol]) for one in decisions if symbol in one.regimes])
        found.append(RegimeNow(symbol, regime, confidences.get(symbol), band[-1].since, band))
    return tuple(found)


def in_charge_of(newest: Decision) -> tuple[InCharge, ...]:
    """By the decision's own state, in the order of the book's rows."""
    return tuple(
        InCharge(system, symbol, specialist_of(Position(*row).charge), newest.inputs.get(symbol, {}).get("edge"))
        for system, rows in newest.state_after.positions.items()
        for symbol, row in rows.items()
    )


def _band(labels: Sequence[tuple[int, str]]) -> tuple[Stretch, ...]:
    (first, regime), *_ = labels
    changes = [(bar, now) for (_, before), (bar, now) in pairwise(labels) if now != before]
    return tuple(Stretch(iso(bar), name) for bar, name in [(first, regime), *changes])


def _text(name: str) -> str:
    return Reason[name.upper()].text if name.upper() in Reason.__members__ else name
