"""Decisions and fills for the tests of the journal, with figures that a careless store would change."""

from data.journal import BookedFill, Decision, Journal, Settled
from models.types import Bound, Fill, Intent, Leg, Reason, Refusal, Regime

HOUR = 3_600_000_000


def made_decision(bar: int = 0, symbols: tuple[str, ...] = ("A", "B"), book: str = "book") -> Decision:
    made = tuple(
        Intent(
            bar * HOUR,
            symbol,
            0.1 + 0.2,
            1e-17,
            Reason.ENTER_EDGE,
            Bound.KELLY,
            -0.0,
            Regime.VOLATILE,
            stop=0.1 * 3,
            target=1e300,
            part=-0.0,
        )
        for symbol in symbols
    )
    return Decision(
        id=f"{book}-{bar}",
        book=book,
        bar=bar * HOUR,
        decided_at=bar * HOUR + 5,
        config_version="v1",
        models={"A": "abc"},
        regimes={"A": "ranging"},
        inputs={"A": {"close": 1.1, "edge": None}},
        intents=made,
        refused=(Refusal("C", Reason.REFUSED_STALE),),
        held={"D": "hold_flat"},
        state_before=([1.0, 0.1 + 0.2], [[0.0]]),
        state_after=([2.0, 0.3], [[1e300]]),
    )


NOTHING = Settled("paper")


def record(journal: Journal, decision: Decision, settled: Settled = NOTHING) -> bool:
    """After the book's newest decision before it."""
    before = journal.last_decision(decision.book, decision.bar - 1)
    return journal.record_decision(decision, None if before is None else before.bar, settled, "{}")


def booked_fill(cid: str, symbol: str = "A", bar: int = 1, leg: Leg = Leg.ENTRY) -> BookedFill:
    fill = Fill(symbol, bar * HOUR, 0.1 + 0.2, 7.7, 0.01, leg, Regime.CRISIS, -0.0, 1e-17)
    return BookedFill(cid, "swing", "crisis", "abc", fill)


def counts(journal: Journal) -> dict[str, int]:
    return {name: len(rows) for name, rows in journal.tables().items() if rows}
