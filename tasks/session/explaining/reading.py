"""A decision of the journal as a value, out of rows that may have been changed by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from data.journal import BookedFill, Decision
from data.journal.risk_log import ladder_event_of
from data.journal.risk_records import LADDER
from data.journal.rows import booked_fill_of, decision_of, switch_of
from data.journal.seal_check import Sealed

# What rows say that nobody here writes.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Read:
    """A decision that can be read, with the fills that it settled."""

    sealed: Sealed
    decision: Decision
    fills: tuple[BookedFill, ...]


def read(sealed: Sealed) -> Read | str:
    """The decision; why it cannot be read where its rows say what no decision says."""
    rows: dict[str, list[Any]] = {
        table: [SimpleNamespace(**row) for row in some] for table, some in sealed.rows.items()
    }
    try:
        events = [one for one in rows["risk_events"] if one.kind in LADDER]
        decision = decision_of(
            rows["decisions"][0],
            tuple(switch_of(one) for one in rows["switches"]),
            rows["intents"],
            tuple(ladder_event_of(one) for one in events),
        )
        fills = tuple(booked_fill_of(one) for one in rows["fills"])
        _require_shape(decision)
    except UNREADABLE as error:
        return f"its rows cannot be read ({type(error).__name__}: {str(error)[:200]})"
    return Read(sealed, decision, fills)


def _require_shape(decision: Decision) -> None:
    """What is read of it without a further look.

    Raises:
        TypeError, KeyError: it is not there, or of another type.
    """
    for figures in decision.inputs.values():
        if not isinstance(figures["gate"], int | float):
            raise TypeError("a gate is no number")
    if not isinstance(decision.bar, int) or not isinstance(decision.decided_at, int):
        raise TypeError("a moment is no whole number")
    if not all(isinstance(text, str) for text in decision.models.values()):
        raise TypeError("the version of a model is no text")


def made_from_of(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any] | None:
    """Of the rows of a whole decision; None where it has no record of it, or one of another shape than ours."""
    found = [one["made_from"] for one in rows.get("decision_seals", [])]
    return found[0] if found and found[0] and _is_ours(found[0]) else None


def _is_ours(made: Any) -> bool:
    """Whether all that people are told of it is there."""
    try:
        texts = [made["keel"], made["regimes"], *made["actions"].values(), *made["features"].values()]
        texts += [one["version"] for some in made["models"].values() for one in some.values()]
        texts += [one["manifest"] for one in made["bars"].values()]
        counts = [one["rows"] for one in made["bars"].values()]
    except UNREADABLE:
        return False
    return all(isinstance(one, str) for one in texts) and all(isinstance(one, int) for one in counts)
