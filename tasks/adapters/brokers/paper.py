"""The paper broker: takes every order, and the next bar's open fills it by the simulator that the backtest uses."""

from dataclasses import dataclass

from data.journal import Journal
from models.types import Intent
from tasks.ports import Clock


@dataclass(frozen=True, slots=True)
class PaperBroker:
    """Its order book is the journal's orders table."""

    journal: Journal
    clock: Clock
    name: str = "paper"

    def place(self, cid: str, intent: Intent) -> None:  # noqa: ARG002 - the journal has the intent already
        """Accept the order; the same id twice is one order."""
        self.journal.record_order(cid, self.name, self.clock.now())
