"""What a candidate has to pass: each gate a figure, a threshold and a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate's verdict.

    Attributes:
        name: as in the design.
        value: the figure, None where it could not be measured: then the gate is not passed.
        threshold: what the figure is held against.
        passed: whether it is good enough.
        sentence: what was found, in plain words.
    """

    name: str
    value: float | None
    threshold: float
    passed: bool
    sentence: str
