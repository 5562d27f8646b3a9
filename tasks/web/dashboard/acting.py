"""What a person is asked before trading is stopped or resumed from the page."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Act:
    """An act of the page: `scope`: who may, `means`: what it does, `asks`: for the reason."""

    name: str
    scope: str
    title: str
    means: tuple[str, ...]
    asks: str
    does: str
    leave: str
    look: str


ACTS = MappingProxyType(
    {
        one.name: one
        for one in (
            Act(
                "stop",
                "stop",
                "Stop trading?",
                (
                    "No new position is opened and waiting entries are withdrawn. What is held stays, with its stops.",
                    "Only a person resumes trading afterwards.",
                ),
                "Why (kept in the journal)",
                "Stop trading now",
                "Leave it running",
                "danger",
            ),
            Act(
                "flatten",
                "stop",
                "Sell everything and stop?",
                (
                    "Every position is sold at the market, every order withdrawn, and trading stops.",
                    "The price may be bad, and it cannot be taken back. To keep what is held, stop trading instead.",
                ),
                "Why (kept in the journal)",
                "Sell everything now",
                "Keep the positions",
                "danger",
            ),
            Act(
                "resume",
                "resume",
                "Resume trading?",
                (
                    "Positions, orders and limits are looked at first, and shown; then you release the stops below. "
                    "One that comes in the meantime stays.",
                ),
                "What the cause was, and why it is over (kept in the journal)",
                "Look before resuming",
                "Stay stopped",
                "",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Done:
    """One part of an act, as it came out."""

    ok: bool
    text: str
