"""What is found about a decision, as a value and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """Where something is not what it was."""

    JOURNAL = "journal"
    ORDER = "order"
    BARS = "bars"
    WORDS = "words"
    FEATURES = "features"
    MODEL = "model"
    HISTORY = "history"
    RECOMPUTED = "recomputed"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not what was written, or not what comes out when the decision is made again.

    Attributes:
        where: the table and the row's key, or the file.
        column: of the row, and behind a point the place in its JSON; empty where the whole is meant.
        found: what stands there now; `recomputed`: what comes out, None where nothing does.
    """

    what: What
    where: str
    column: str
    found: str | None
    recomputed: str | None
    why: str

    def __str__(self) -> str:
        place = f"{self.where} {self.column}".rstrip()
        sides = "" if self.found is None else f", found {self.found}"
        sides += "" if self.recomputed is None else f", recomputed {self.recomputed}"
        return f"{self.what.value} {place}: {self.why}{sides}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "what": self.what.value,
            "where": self.where,
            "column": self.column,
            "found": self.found,
            "recomputed": self.recomputed,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one decision.

    Attributes:
        differences: nothing where everything is what it was and comes out again, to the bit.
        notes: what is no difference and limits what can be said.
        orders: how many of its orders were held against it, at the venue too.
        is_sealed: whether the journal has what it was made from.
    """

    decision: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    orders: int
    is_sealed: bool

    @property
    def equal(self) -> bool:
        """Whether it was made again to the bit, of what was written."""
        return not self.differences

    @property
    def text(self) -> str:
        """One sentence for a person."""
        if self.equal:
            return "made again just now, it is equal to the bit"
        count = len(self.differences)
        return f"{count} thing{'' if count == 1 else 's'} not as recorded; first: {self.differences[0]}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "decision": self.decision,
            "equal": self.equal,
            "text": self.text,
            "differences": [one.as_json() for one in self.differences],
            "notes": list(self.notes),
            "orders": self.orders,
            "sealed": self.is_sealed,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one decision or order.

    Attributes:
        asked: the id that was asked for, and `kind` what it names.
        decision: its row, and `rows` what belongs to it by table, moments as ISO texts.
        made_from: see tasks.session.made_from; None where the decision is older than seals, or its seal says nothing
            of that that can be read.
    """

    asked: str
    kind: str
    decision: Mapping[str, Any]
    rows: Mapping[str, list[dict[str, Any]]]
    made_from: Mapping[str, Any] | None
    verdict: Verdict

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "asked": self.asked,
            "kind": self.kind,
            "decision": dict(self.decision),
            "rows": dict(self.rows),
            "made_from": self.made_from,
            "recomputed": self.verdict.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """Of many decisions of one book, in the order of their bars."""

    book: str
    verdicts: tuple[Verdict, ...]
    differences: tuple[Difference, ...]

    @property
    def unequal(self) -> tuple[Verdict, ...]:
        """Those with differences."""
        return tuple(one for one in self.verdicts if not one.equal)

    @property
    def equal(self) -> bool:
        """Whether each was made again to the bit, and nothing else is amiss."""
        return not self.unequal and not self.differences

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; differences of the whole book, then those of decisions."""
        return {
            "book": self.book,
            "decisions": len(self.verdicts),
            "orders": sum(one.orders for one in self.verdicts),
            "sealed": sum(one.is_sealed for one in self.verdicts),
            "equal": self.equal,
            "differences": [one.as_json() for one in self.differences],
            "unequal": [one.as_json() for one in self.unequal],
            "notes": sorted({note for one in self.verdicts for note in one.notes}),
        }
