"""The four market regimes and why a specialist is put in charge: integers for compiled code, names for people."""

from enum import IntEnum


class Cause(IntEnum):
    """Why another specialist is in charge. Stored in the journal: append, never renumber."""

    REGIME = 1
    UNDERPERFORMED = 2
    RECOVERED = 3

    @property
    def text(self) -> str:
        """One sentence for people."""
        return _CAUSES[self]


_CAUSES: dict[Cause, str] = {
    Cause.REGIME: "the regime has changed, or is known for the first time",
    Cause.UNDERPERFORMED: "who was in charge is set aside: it lost too much over its last trades",
    Cause.RECOVERED: "one that may trade here is back: it no longer loses too much",
}


class Regime(IntEnum):
    """Order of the codes is stored in the lake and in parameters: append, never renumber."""

    VOLATILE = 0
    TRENDING = 1
    RANGING = 2
    CRISIS = 3
