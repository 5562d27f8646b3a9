"""Rows of the journal as values."""

from dataclasses import dataclass

from models.types import Fill, Intent, Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of one book for one bar.

    Attributes:
        id: deterministic, from book and bar.
        book: account that decides; its decisions form a chain of states.
        bar: open of the newest bar it saw, UTC microseconds.
        decided_at: UTC microseconds by the clock of the cycle.
        config_version: of the configuration in force.
        models: model version by symbol, empty where there was none.
        regimes: regime name by symbol.
        inputs: figures that the step read, by symbol.
        intents: orders it wants, in the order of the book's symbols.
        refused: what it did not do, with reasons.
        held: reason by symbol where nothing was wanted.
        state_before, state_after: arrays of the state as nested lists, account first, then book.
    """

    id: str
    book: str
    bar: int
    decided_at: int
    config_version: str
    models: dict[str, str]
    regimes: dict[str, str]
    inputs: dict[str, dict[str, float | None]]
    intents: tuple[Intent, ...]
    refused: tuple[Refusal, ...]
    held: dict[str, str]
    state_before: tuple[list[float], list[list[float]]]
    state_after: tuple[list[float], list[list[float]]]

    def cid(self, intent: Intent) -> str:
        """Client order id of one of its intents: the same whenever the same decision is made again."""
        return f"{self.id}-{[one.symbol for one in self.intents].index(intent.symbol)}"


@dataclass(frozen=True, slots=True)
class Order:
    """An intent that a broker was given; `status` is open, filled or expired, `fill` is None unless it is filled."""

    cid: str
    broker: str
    status: str
    intent: Intent
    fill: Fill | None
