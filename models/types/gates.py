"""What gates found: of a candidate, and of a model that is not trusted with real money before."""

from dataclasses import dataclass

# Of such a model, in the order in which they are asked. Stored: never rename.
PROOF: tuple[str, ...] = ("data_quality", "prefix_invariance", "placebo", "adds", "harms_nothing", "double_costs")


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
