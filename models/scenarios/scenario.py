"""A named course of the market: a stretch of the past, a shock, or both."""

from dataclasses import dataclass, field

from models.scenarios.shock import LONGEST_DAYS, Shock, changed_by
from models.scenarios.window import Window
from models.types import BadInput

# What a shock does to prices; a stretch of the past has its own.
MOVING = ("moves", "volatility", "correlation")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`text` says in a sentence what happens; `parts` are the names of the scenarios it was combined of.

    With a window its bars are lived through again, and the shock may make trading dearer, thinner, halted or financed
    otherwise, but may not move prices a second time. `calm_days` (0 to LONGEST_DAYS) are watched after an invented
    stretch, moving as before.

    Raises:
        BadInput: no name, nothing happens, `calm_days` out of bounds, or a window with a shock that moves prices.
    """

    name: str
    text: str
    window: Window | None = None
    shock: Shock = field(default_factory=Shock)
    parts: tuple[str, ...] = ()
    calm_days: float = 5.0

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput("a scenario has no name; give it one")
        if not 0.0 <= self.calm_days <= LONGEST_DAYS:
            raise BadInput(
                f"calm_days of {self.name!r} is {self.calm_days!r}; allowed is 0 to {LONGEST_DAYS:g}: correct it"
            )
        changed = changed_by(self.shock)
        if self.window is None and not changed:
            raise BadInput(f"nothing happens in {self.name!r}: give a window, or something that the shock changes")
        moving = [one for one in changed if one in MOVING]
        if self.window is not None and moving:
            raise BadInput(
                f"{self.name!r} has a window and {moving[0]}: the past has moves of its own; keep one of the two"
            )
