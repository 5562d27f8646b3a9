"""The stages of a book, from archives to the whole of its money."""

from enum import StrEnum


class Stage(StrEnum):
    """In the order in which they are earned. Stored: never rename."""

    EXPLORATION = "exploration"
    PAPER = "paper"
    MICRO = "micro"
    LIVE = "live"

    @property
    def is_money(self) -> bool:
        """Whether its orders cost real money."""
        return self in (Stage.MICRO, Stage.LIVE)

    @property
    def rank(self) -> int:
        """How far it is from exploration, which is 0."""
        return list(Stage).index(self)
