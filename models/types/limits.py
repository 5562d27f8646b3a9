"""A limit as it was configured: how much, which layer says so, and where that is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One candidate for a limit; the tightest of those with one name holds.

    Attributes:
        name: what is limited, such as max_position.
        value: in the unit of its setting (`keel config explain`).
        source: layer of the settings, such as risk.profiles.moderate; with the key where that is not `name`.
        place: file and line, variable or flag that it was written at.
    """

    name: str
    value: float
    source: str
    place: str

    @property
    def text(self) -> str:
        """Figure, layer and place for people."""
        return f"{self.value:g} of {self.source} ({self.place})"
