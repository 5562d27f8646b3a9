"""Somebody who takes a book's orders and does nothing with them: what the bars make of them is tested elsewhere."""

from dataclasses import dataclass

from data.journal import Decision
from models.types import Intent


@dataclass(frozen=True, slots=True)
class Taker:
    name: str = "paper"

    def place(self, cid: str, intent: Intent, decision: Decision) -> None:
        """The journal has it."""
