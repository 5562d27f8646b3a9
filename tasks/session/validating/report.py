"""What a validation found, as a value and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.bootstrap import TradesMonteCarlo
from models.portfolio import Intervals, Metrics
from models.types import FloatArray, IntArray, iso
from tasks.session.validating.bootstrapping import CandlesMonteCarlo, Redrawn, TooFew
from tasks.session.validating.figures import Beside, Cases, OfSystem, Part, Traded, Year
from tasks.session.validating.verdict import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class ProfileFound:
    """What one risk profile made of the window.

    Attributes:
        limit: its largest drawdown, fraction.
        whole: over the window; `intervals` of the out-of-sample run, None where there are too few days.
        doubts: why the out-of-sample result should not be believed.
        years, regimes: by name. systems: by name. specialists: by `system specialist`, then by regime of the entry.
        ts: opens of the window's bars, UTC microseconds, shape (n_times,); equity: of both runs, of that shape.
    """

    name: str
    limit: float
    whole: Beside[Metrics]
    intervals: Intervals | None
    doubts: tuple[str, ...]
    years: Mapping[str, Beside[Year]]
    regimes: Mapping[str, Beside[Part]]
    systems: Mapping[str, OfSystem]
    specialists: Mapping[str, Mapping[str, Beside[Traded]]]
    cases: Cases
    redrawn: Redrawn
    verdict: Verdict
    ts: IntArray
    equity: Beside[FloatArray]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "limit": self.limit,
            "out_of_sample": asdict(self.whole.out_of_sample),
            "in_sample": asdict(self.whole.in_sample),
            "intervals": None if self.intervals is None else asdict(self.intervals),
            "doubts": list(self.doubts),
            "years": _json(self.years),
            "regimes": _json(self.regimes),
            "systems": {
                name: asdict(one.whole) | {"regimes": _json(one.regimes)} for name, one in self.systems.items()
            },
            "specialists": {name: _json(rows) for name, rows in self.specialists.items()},
            "costs": _json(self.cases.costs),
            "delays": _json(self.cases.delays),
            "missing": _json(self.cases.missing),
            "monte_carlo": {"trades": _drawn(self.redrawn.trades), "candles": _drawn(self.redrawn.candles)},
            "verdict": asdict(self.verdict),
        }


@dataclass(frozen=True, slots=True, eq=False)
class ValidationReport:
    """The profiles over the same bars, models and predictions.

    Attributes:
        hold: of holding the symbols in equal parts over the same bars.
        data_sha256: of each symbol's manifest of bars; models: version of each symbol's model.
        seeds: of everything that is drawn.
        page: the report for people, once it was written.
    """

    command: str
    series: tuple[str, ...]
    symbols: tuple[str, ...]
    profiles: Mapping[str, ProfileFound]
    hold: Metrics
    config_version: str
    data_sha256: dict[str, str]
    models: dict[str, str]
    seeds: dict[str, int]
    page: Path | None = None

    @property
    def ts(self) -> IntArray:
        """Opens of the window's bars, UTC microseconds, shape (n_times,)."""
        return next(iter(self.profiles.values())).ts

    @property
    def window(self) -> tuple[str, str]:
        """Opens of the first and the last bar."""
        return iso(int(self.ts[0])), iso(int(self.ts[-1]))

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "command": self.command,
            "symbols": list(self.symbols),
            "window": list(self.window),
            "bars": self.ts.size,
            "profiles": {name: one.as_json() for name, one in self.profiles.items()},
            "hold": asdict(self.hold),
            "config_version": self.config_version,
            "data_sha256": self.data_sha256,
            "models": self.models,
            "seeds": self.seeds,
            "page": None if self.page is None else str(self.page),
        }


def _json(rows: Mapping[Any, Any]) -> dict[str, Any]:
    return {key if isinstance(key, str) else f"{key:g}": asdict(one) for key, one in rows.items()}


def _drawn(found: TradesMonteCarlo | CandlesMonteCarlo | TooFew) -> dict[str, Any]:
    return asdict(found) | ({"too_few": found.text} if isinstance(found, TooFew) else {})
