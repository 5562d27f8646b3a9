"""Decisions and fills for the tests of the journal, with figures that a careless store would change."""

from data.journal import BookedFill, Carried, Decision, Journal, Settled
from models.types import (
    Bound,
    Breaker,
    Cause,
    Fill,
    Intent,
    LadderEvent,
    Leg,
    Level,
    Reason,
    Refusal,
    Regime,
    Switch,
)

HOUR = 3_600_000_000
SYSTEM = "swing"
LADDER = {"equity": 0.1 + 0.2, "level": -0.0}


def made_decision(
    bar: int = 0, symbols: tuple[str, ...] = ("A", "B"), book: str = "book", systems: tuple[str, ...] = (SYSTEM,)
) -> Decision:
    """An order of every system for every symbol, a switch for each order, and stops of the bar and the one before."""
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
            system=system,
            specialist="crisis",
            caps=(("KELLY", 0.1 * 3), ("CAPITAL", 1e300), ("CASH", -0.0)),
        )
        for system in systems
        for symbol in symbols
    )
    causes = [(None, Regime.CRISIS, Cause.REGIME), (Regime.RANGING, None, Cause.UNDERPERFORMED)]
    return Decision(
        id=f"{book}-{bar}",
        book=book,
        bar=bar * HOUR,
        decided_at=bar * HOUR + 5,
        config_version="v1",
        models={"A": "abc"},
        regimes={"A": "ranging"},
        inputs={"A": {"close": 1.1, "edge": None}},
        switches=tuple(Switch(bar * HOUR, one.system, one.symbol, *causes[k % 2]) for k, one in enumerate(made)),
        intents=made,
        refused=(Refusal("C", Reason.REFUSED_STALE, SYSTEM), Refusal("C", Reason.REFUSED_NOBODY, "long")),
        held={SYSTEM: {"D": "hold_flat"}, "long": {"D": "hold_weight"}},
        state_before=carried(0.1 + 0.2, 0.0),
        state_after=carried(0.3, 1e300),
        events=(
            LadderEvent((bar - 1) * HOUR, "", True, Level.REDUCE, Breaker.VAR, 0.1 * 3, 0.025),
            LadderEvent(bar * HOUR, SYSTEM, False, Level.PAUSE, Breaker.STRATEGY, -0.0),
        ),
        bound_by={f"{book}-{bar}-0": "risk.kelly_fraction conf/risk_params.yml:7"},
    )


def carried(cash: float, quantity: float) -> Carried:
    """A state of one system with one position and one record."""
    return Carried({SYSTEM: [1.0, cash]}, {SYSTEM: {"A": [quantity]}}, {SYSTEM: {"crisis": [-0.0, 1e-17]}}, LADDER)


NOTHING = Settled("paper")


def record(journal: Journal, decision: Decision, settled: Settled = NOTHING) -> bool:
    """After the book's newest decision before it."""
    before = journal.last_decision(decision.book, decision.bar - 1)
    return journal.record_decision(decision, None if before is None else before.bar, settled, "{}")


def booked_fill(cid: str, symbol: str = "A", bar: int = 1, leg: Leg = Leg.ENTRY) -> BookedFill:
    fill = Fill(symbol, bar * HOUR, 0.1 + 0.2, 7.7, 0.01, leg, Regime.CRISIS, -0.0, 1e-17, SYSTEM, "trending")
    return BookedFill(cid, "abc", fill)


def counts(journal: Journal) -> dict[str, int]:
    return {name: len(rows) for name, rows in journal.tables().items() if rows}
