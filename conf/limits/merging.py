"""The tightest wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.types.limits import Limit

# Limits that get tighter as they grow; all others do as they fall.
RISING = frozenset(
    {"least_size", "var_confidence", "pause_days", "reduce_days", "flatten_days", "entry_cost_multiple", "band"}
)
# Which of several equal ones is named: the first of these.
LAYERS = ("risk.profiles.", "risk.strategies.", "risk.stages.", "risk.limits", "risk.asset_classes.", "risk.symbols.")


@dataclass(frozen=True, slots=True)
class Limits:
    """Every candidate by the name of its limit, the tightest first."""

    candidates: Mapping[str, tuple[Limit, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the limits that there are."""
        return tuple(self.candidates)

    def winner(self, name: str) -> Limit:
        """The one that holds; a KeyError where nothing limits it."""
        return self.candidates[name][0]

    def all(self, name: str) -> tuple[Limit, ...]:
        """The one that holds, then the looser ones; empty where nothing limits it."""
        return self.candidates.get(name, ())


def merged(candidates: Mapping[str, Iterable[Limit]]) -> Limits:
    """Candidates by name, in any order, put in the order of their tightness; names without any are left out."""
    found = {name: tuple(sorted(each, key=lambda one: _rank(name, one))) for name, each in candidates.items()}
    return Limits(MappingProxyType({name: each for name, each in found.items() if each}))


def looser(name: str, value: float, than: float) -> bool:
    """Whether a limit of that name and value allows more than another."""
    return _tightness(name, value) > _tightness(name, than)


def _tightness(name: str, value: float) -> float:
    return -value if name in RISING else value


def _rank(name: str, one: Limit) -> tuple[float, int, str, str]:
    layer = next((k for k, start in enumerate(LAYERS) if one.source.startswith(start)), len(LAYERS))
    return _tightness(name, one.value), layer, one.source, one.place
