"""What a feature is declared by: values that can be compared, hashed and stored."""

import hashlib
import json
from dataclasses import asdict, dataclass

from models.types import BadInput

# Timeframe and symbol of the series itself.
OWN_BARS = (None, None)


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One column.

    Attributes:
        name: unique in its declaration.
        kind: one of KINDS: the function that computes it.
        inputs: columns that the kind reads, in its order: of the bars (open, high, low, close, volume), `known_index`,
            or features declared before. Those of another timeframe or symbol are joined as of the time they were known.
        window: bars that the kind looks back on; 1 where it has no window.
        timeframe: of the bars it is computed on, a coarser one than the series'; None: the series' own.
        symbol: whose bars, the leader's; None: the series' own.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    window: int = 1
    timeframe: str | None = None
    symbol: str | None = None

    @property
    def source(self) -> tuple[str | None, str | None]:
        """The bars that it is computed on: timeframe and symbol."""
        return self.timeframe, self.symbol


@dataclass(frozen=True, slots=True)
class Declaration:
    """`specs` in an order in which they can be computed, and the names of those that the predictors see, in theirs.

    Raises:
        BadInput: a name is declared twice, a predictor's is not declared, or one asks for a leader's coarser bars.
    """

    specs: tuple[FeatureSpec, ...]
    predictors: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [spec.name for spec in self.specs]
        twice = sorted({name for name in names if names.count(name) > 1})
        unknown = sorted(set(self.predictors) - set(names))
        if twice or unknown:
            raise BadInput(f"features are declared once each: twice {twice}, not at all {unknown}")
        both = [spec.name for spec in self.specs if None not in spec.source]
        if both:
            raise BadInput(f"features are of coarser bars or of another symbol, not of both: {both}")

    def crosses(self, spec: FeatureSpec) -> bool:
        """Whether a feature of other bars is wanted on the series' own."""
        return spec.name in self.predictors or any(
            spec.name in other.inputs and other.source != spec.source for other in self.specs
        )

    def last_reads(self, kept: tuple[str, ...]) -> list[tuple[str, ...]]:
        """For each of `specs` the features of the series' own bars that are read there for the last time, beside the
        predictors' and those `kept`.
        """
        last: dict[str, int] = {}
        for number, spec in enumerate(self.specs):
            if spec.source == OWN_BARS:
                last |= dict.fromkeys(spec.inputs, number)
        names = {spec.name for spec in self.specs} - {*self.predictors, *kept}
        return [tuple(sorted(n for n in names if last.get(n) == number)) for number in range(len(self.specs))]

    def canonical(self) -> str:
        """JSON with sorted keys: equal exactly when the declarations are."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def feature_version(declaration: Declaration, revision: str, inputs: tuple[str, ...]) -> str:
    """SHA-256 over what is computed, by which revision of the code, from which inputs (SHA-256 of their manifests)."""
    parts = [declaration.canonical(), revision, *inputs]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
