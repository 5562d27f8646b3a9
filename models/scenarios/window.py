"""A stretch of the past."""

from dataclasses import dataclass

from models.types import BadInput, iso


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` until before `end`, UTC microseconds: the bars that opened within it are lived through again.

    Raises:
        BadInput: it ends where it begins, or before.
    """

    begin: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.begin:
            raise BadInput(
                f"the window from {iso(self.begin)} to {iso(self.end)} has no length; "
                "its end has to lie after its begin: correct one of the two"
            )
