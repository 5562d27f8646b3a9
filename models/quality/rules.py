"""The rules of market data by name, and what each of them does with what it finds."""

from dataclasses import dataclass
from enum import StrEnum

from models.types import iso


class Grade(StrEnum):
    """What follows from a finding."""

    NOTE = "note"  # it is told
    QUARANTINE = "quarantine"  # the row is kept apart and never becomes a bar
    BLOCK = "block"  # the symbol is not traded


class Rule(StrEnum):
    """What was found."""

    NO_TIME = "no_time"
    NOT_FINITE = "not_finite"
    NOT_POSITIVE = "not_positive"
    NEGATIVE_VOLUME = "negative_volume"
    HIGH_BELOW_LOW = "high_below_low"
    OUTSIDE_RANGE = "outside_range"
    OFF_GRID = "off_grid"
    UNFINISHED = "unfinished"
    UNSORTED = "unsorted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    CONFLICT_STORED = "conflict_stored"
    SPIKE = "spike"
    SPIKE_SECOND_FEED = "spike_second_feed"
    SPLIT_JUMP = "split_jump"
    SPIKE_UNCONFIRMED = "spike_unconfirmed"
    ZERO_VOLUME_RUN = "zero_volume_run"
    MISSING = "missing"
    CLOCK_SKEW = "clock_skew"
    QUIET = "quiet"
    OUTAGE = "outage"
    LONG_WICK = "long_wick"

    @property
    def grade(self) -> Grade:
        """What follows from it."""
        if self in _BLOCKING:
            return Grade.BLOCK
        return Grade.NOTE if self in _NOTED else Grade.QUARANTINE


_BLOCKING = {Rule.SPLIT_JUMP, Rule.SPIKE_UNCONFIRMED, Rule.ZERO_VOLUME_RUN, Rule.MISSING, Rule.CLOCK_SKEW}
_NOTED = {Rule.QUIET, Rule.OUTAGE, Rule.LONG_WICK}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one series.

    Attributes:
        count: bars or rows; what the sentence counts.
        first, last: opens of the first and the last of them, UTC microseconds; None where no bar is concerned.
        sentence: for a person.
    """

    rule: Rule
    count: int
    first: int | None
    last: int | None
    sentence: str

    @property
    def grade(self) -> Grade:
        """What follows from it."""
        return self.rule.grade

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "rule": self.rule.value,
            "grade": self.grade.value,
            "count": self.count,
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            "sentence": self.sentence,
        }
