"""The four market regimes, as integers for compiled code and names for people."""

from enum import IntEnum


class Cause(IntEnum):
    """Why another specialist is in charge. Stored in the journal: append, never renumber."""

    REGIME = 1
    UNDERPERFORMED = 2
    RECOVERED = 3


class Regime(IntEnum):
    """Order of the codes is stored in the lake and in parameters: append, never renumber."""

    VOLATILE = 0
    TRENDING = 1
    RANGING = 2
    CRISIS = 3
