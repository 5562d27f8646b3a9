"""What a file of scenarios says, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Known:
    """Names that a scenario may use."""

    symbols: frozenset[str]
    classes: frozenset[str]
    venues: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proxy:
    """A market that stands in for an asset without history: the asset moves `beta` times as much, in logs."""

    venue: str
    symbol: str
    beta: float


@dataclass(frozen=True, slots=True)
class WrongScenario:
    """An entry that cannot be used; the others can.

    Attributes:
        name: of the scenario, or `betas.<asset>`, `reverse`, or the unknown key.
        why: file and line, what was found, what is allowed.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """Everything in the file that can be used, and what cannot.

    Attributes:
        scenarios: in the order of the file.
        wrong: in the order of the file.
        betas: what stands in for a symbol or an asset class, in order of preference.
        reverse: names of scenarios whose moves are scaled until a limit breaks.
        sha256: of the file's bytes.
    """

    scenarios: tuple[Scenario, ...]
    wrong: tuple[WrongScenario, ...]
    betas: Mapping[str, tuple[Proxy, ...]]
    reverse: tuple[str, ...]
    sha256: str
