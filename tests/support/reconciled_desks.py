"""An account that is reconciled, and decisions that book what has left it."""

from decimal import Decimal
from typing import Any

from protected_desks import BOOK, SYMBOL, SYSTEM, Account, plain

from data.journal import BookedFill, Decision, HoldingLog, Journal, RiskKind, RiskLog, Settled
from models.types import Fill, Leg, Regime
from tasks.session.ordering.accounting import Gone
from tasks.session.ordering.departing import pending_gone
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.reconciling import Reconciliation, reconcile

LOTS = {SYMBOL: Decimal("0.001")}


def reconciled(on: Account, desk: OrderDesk | None = None) -> Reconciliation:
    holdings = HoldingLog(on.journal.engine, on.log.fence)
    return reconcile(desk or on.desk, on.journal, holdings, BOOK, LOTS, on.decision)


def pending(on: Account) -> tuple[Gone, ...]:
    return pending_gone(on.journal, on.log, ("fake",), BOOK, LOTS, on.decision)


def noted(on: Account) -> list[tuple[str, str, str]]:
    """Asset, kind and units of every note that counts, but empty ones."""
    notes = HoldingLog(on.journal.engine).open_of("fake")
    return [(one.asset, one.kind.value, plain(one.quantity)) for one in notes if one.quantity]


def flows(on: Account) -> list[float]:
    """Amounts that wait for the next decision."""
    return [one.amount for one in RiskLog(on.journal.engine).waiting_events(BOOK) if one.kind is RiskKind.FLOW]


def decide_and_book(on: Account) -> None:
    """The next decision books every fill, and what has left the account."""
    gone = pending(on)
    journal = on.journal
    on.booked -= sum((one.units for one in gone), Decimal(0))
    on.journal = _Booking(journal, [_fill(on, one) for one in gone], on.entry)  # type: ignore[assignment]
    on.decide()
    on.journal = journal


def _fill(on: Account, gone: Gone) -> Fill:
    assert on.decision is not None
    ts, units, price = on.decision.bar + 1, -float(gone.units), float(gone.price)
    return Fill(SYMBOL, ts, units, price, 0.0, Leg.EXTERNAL, Regime.TRENDING, 0.0, 0.0, SYSTEM, "")


class _Booking:
    """A journal whose next decision books these fills as well."""

    def __init__(self, journal: Journal, fills: list[Fill], entry: str) -> None:
        self.journal, self.fills, self.entry = journal, fills, entry

    def __getattr__(self, name: str) -> Any:
        return getattr(self.journal, name)

    def record_decision(self, decision: Decision, follows: int | None, settled: Settled, tree: str) -> bool:
        booked = tuple(BookedFill(self.entry, "", one) for one in self.fills)
        return self.journal.record_decision(decision, follows, Settled("live", booked, {}, settled.trades), tree)
