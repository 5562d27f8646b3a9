"""What was found of the models of a book after their training, as values and as JSON."""

from dataclasses import asdict, dataclass

from models.predictors.drift import Drift
from models.types import Series, iso


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that was said live about the bar that opened at `bar` (UTC microseconds), and what research says now."""

    bar: int
    column: str
    live: float
    research: float

    def __str__(self) -> str:
        return f"{iso(self.bar)} {self.column}: live {self.live!r}, research {self.research!r}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {"bar": iso(self.bar)}


@dataclass(frozen=True, slots=True)
class Repeat:
    """The newest day of what one model version said live, computed once more by the research code.

    Attributes:
        compared: bars whose whole row was held against research's, to the bit.
        late: bars at whose decision the model had not been heard; nothing is compared there.
        why_not: why nothing could be computed; None where it could.
        differences: every figure that is not the same, by bar and column.
    """

    model: str
    version: str
    compared: int
    late: int
    why_not: str | None
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {"differences": [one.as_json() for one in self.differences]}


@dataclass(frozen=True, slots=True)
class Watched:
    """One model of a series.

    Attributes:
        version, trained_until, age_days: of the version that speaks; age from its last training bar to the newest bar.
            None where there is none that may.
        silent: why it says nothing about the newest bar; None where it may speak.
        drift: None where no version can be looked at.
    """

    model: str
    version: str | None
    trained_until: int | None
    age_days: float | None
    silent: str | None
    drift: Drift | None

    @property
    def wants_training(self) -> bool:
        """Whether it has drifted or fallen silent."""
        return self.silent is not None or (self.drift is not None and bool(self.drift.reasons))

    @property
    def verdict(self) -> str:
        """One sentence for a person."""
        said = "" if self.drift is None else self.drift.verdict
        return said if self.silent is None else "; ".join(part for part in (f"silent: {self.silent}", said) if part)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {
            "trained_until": None if self.trained_until is None else iso(self.trained_until),
            "drifted": self.drift is not None and bool(self.drift.reasons),
            "wants_training": self.wants_training,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class SeriesWatch:
    """The trained models of a series; `bar` is the open of its newest bar, UTC microseconds."""

    series: Series
    bar: int
    models: tuple[Watched, ...]
    repeats: tuple[Repeat, ...]

    @property
    def to_train(self) -> tuple[str, ...]:
        """Models that have drifted or fallen silent."""
        return tuple(one.model for one in self.models if one.wants_training)

    @property
    def differing(self) -> tuple[Repeat, ...]:
        """What research does not repeat."""
        return tuple(one for one in self.repeats if one.differences)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "series": str(self.series),
            "bar": iso(self.bar),
            "models": [one.as_json() for one in self.models],
            "repeats": [one.as_json() for one in self.repeats],
        }


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All series of a book; `trained` is what a training of what had drifted left behind, as JSON has it."""

    config_version: str
    watched: tuple[SeriesWatch, ...]
    trained: tuple[dict[str, object], ...]

    @property
    def equal(self) -> bool:
        """Whether research repeats to the bit whatever was said live."""
        return not any(one.differing for one in self.watched)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "config_version": self.config_version,
            "equal": self.equal,
            "series": [one.as_json() for one in self.watched],
            "trained": list(self.trained),
        }
