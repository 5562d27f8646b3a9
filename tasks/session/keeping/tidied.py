"""What one step of the housekeeping did."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was done to one thing.

    Attributes:
        step: of the housekeeping.
        what: what it was done to.
        gone: how many went: rows, parts, runs, files.
        freed: bytes that it gave back, None where nobody knows.
        note: figures for people.
        trouble: why something was left as it is; empty when all was done.
    """

    step: str
    what: str
    gone: int = 0
    freed: int | None = None
    note: str = ""
    trouble: str = ""

    def as_row(self) -> dict[str, str | int | None]:
        """One row of a table."""
        return asdict(self)
