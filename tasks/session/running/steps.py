"""What a session says about every bar, for whoever shows it."""

from dataclasses import dataclass

from data.journal import SessionKind
from models.types import iso
from tasks.session.cycle import Cycle


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a bar.

    Attributes:
        at: UTC microseconds.
        bar: open of the bar, None: it is about the session itself.
        seconds: from the bar's close to the end of its cycle, None where nothing was decided.
        cycle: what the cycle did.
        next_close: of the first bar to come, UTC microseconds.
        share: of the campaign's time that has passed, 0..1; None: it has no end.
    """

    at: int
    kind: SessionKind
    reason: str
    bar: int | None = None
    seconds: float | None = None
    cycle: Cycle | None = None
    next_close: int | None = None
    share: float | None = None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        said = {} if self.cycle is None else self.cycle.as_json()
        return {
            "at": iso(self.at),
            "bar": None if self.bar is None else iso(self.bar),
            "kind": self.kind.value,
            "reason": self.reason,
            "seconds": self.seconds,
            "decision": said.get("decision"),
            "equity": said.get("equity"),
            "next_close": None if self.next_close is None else iso(self.next_close),
        }

    def __str__(self) -> str:
        """A line for people."""
        which = "session" if self.bar is None else f"bar {iso(self.bar)}"
        cycle = self.cycle
        decided = "" if cycle is None or cycle.decision is None else f", {len(cycle.decision.intents)} orders"
        equity = "" if cycle is None else cycle.as_json()["equity"]
        worth = f", equity {equity:,.2f}" if isinstance(equity, float) else ""
        coming = "" if self.next_close is None else f"; next close {iso(self.next_close)}"
        return f"{which} {self.kind.value}: {self.reason}{decided}{worth}{coming}"
