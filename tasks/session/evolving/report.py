"""What an evolution found, as a value and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from models.evidence import Gate
from models.specialists.genomes import Genome
from models.types import FloatArray, IntArray, Regime, iso


@dataclass(frozen=True, slots=True)
class Brief:
    """Figures of one stretch, the mean account of the symbols; as in Metrics."""

    total_return: float
    sharpe: float | None
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    costs: float
    trades: int


@dataclass(frozen=True, slots=True, eq=False)
class FoldFound:
    """The winner of one fold's training bars, on these and on the test bars that it had not seen.

    Attributes:
        number: from 1.
        train, test: opens of the first and the last bar, UTC microseconds.
        curve: shape (n_generations, 5), columns CURVE.
    """

    number: int
    train: tuple[int, int]
    test: tuple[int, int]
    genome: Genome
    in_sample: Brief
    out_of_sample: Brief
    curve: FloatArray

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; the curve is in MLflow."""
        return {
            "number": self.number,
            "train": [iso(one) for one in self.train],
            "test": [iso(one) for one in self.test],
            "genome": self.genome.content,
            "in_sample": asdict(self.in_sample),
            "out_of_sample": asdict(self.out_of_sample),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Equity by UTC day: `days` are midnights, UTC microseconds, shape (n,); `equity` begins near 1.0, shape (n,)."""

    days: IntArray
    equity: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What the search offers for one regime.

    Attributes:
        genome: the winner on the whole training window.
        in_sample: on that window; out_of_sample: the folds' winners on their test bars, one after the other.
        gates: in the order of the design.
        bars: training bars of the regime, all symbols; pooled: weight of the general population in its fitness, 0..1.
        trials: evaluations made for it, all folds and placebos; effective: independent ones among them.
        front, front_figures, front_names: genomes (f, 8) and objectives (f, k) of the Pareto front.
        inside, outside: the two equity curves.
        matched: whether the ordinary backtest gave the search's figures to the bit.
    """

    specialist: Regime
    genome: Genome
    in_sample: Brief
    out_of_sample: Brief
    gates: tuple[Gate, ...]
    folds: tuple[FoldFound, ...]
    curve: FloatArray
    bars: int
    pooled: float
    trials: int
    effective: float
    front: FloatArray
    front_figures: FloatArray
    front_names: tuple[str, ...]
    inside: Curve
    outside: Curve
    matched: bool

    @property
    def name(self) -> str:
        """The specialist's, in small letters."""
        return self.specialist.name.lower()

    @property
    def passed(self) -> bool:
        """Whether every gate is passed."""
        return self.matched and all(one.passed for one in self.gates)

    @property
    def verdict(self) -> str:
        """One sentence for a person."""
        if self.passed:
            return f"{self.name}: passed all {len(self.gates)} gates; it may be promoted."
        failed = [one.name for one in self.gates if not one.passed]
        why = f"failed {', '.join(failed)}" if failed else "the ordinary backtest did not match the search"
        return f"{self.name}: {why}; hold cash in this regime."

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "specialist": self.name,
            "passed": self.passed,
            "verdict": self.verdict,
            "genome": self.genome.content,
            "genome_sha256": self.genome.sha256,
            "gates": {
                one.name: {key: value for key, value in asdict(one).items() if key != "name"} for one in self.gates
            },
            "in_sample": asdict(self.in_sample),
            "out_of_sample": asdict(self.out_of_sample),
            "folds": [one.as_json() for one in self.folds],
            "bars": self.bars,
            "pooled": self.pooled,
            "trials": self.trials,
            "effective_trials": self.effective,
            "front": {name: self.front_figures[:, k].tolist() for k, name in enumerate(self.front_names)},
            "matched": self.matched,
        }


@dataclass(frozen=True, slots=True, eq=False)
class EvolutionReport:
    """One evolution.

    Attributes:
        run: its id: 12 hex digits of what it was asked and of the data; equal for equal evolutions.
        command: the one that makes it again.
        window: opens of the first and last training bar, UTC microseconds; held_from: what lies behind it is the vault.
        settings: of the search, flat.
        trials: evaluations of this run; effective: independent ones; ledger_trials, ledger_effective: of every run on
            this data, this one included.
        seconds: that all of it took.
        pages: dossiers by specialist, once they are written.
    """

    run: str
    command: str
    series: tuple[str, ...]
    window: tuple[int, int]
    held_from: int
    settings: Mapping[str, str | int | float | bool]
    trials: int
    effective: float
    ledger_trials: int
    ledger_effective: float
    candidates: tuple[Candidate, ...]
    data_sha256: Mapping[str, str]
    config_version: str
    commit: str
    seconds: float
    pages: Mapping[str, Path]

    @property
    def verdict(self) -> str:
        """One sentence for a person."""
        passed = [one.name for one in self.candidates if one.passed]
        if not passed:
            return "No specialist passed: hold cash."
        rest = [one.name for one in self.candidates if not one.passed]
        return f"Passed: {', '.join(passed)}." + (f" Hold cash in: {', '.join(rest)}." if rest else "")

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "run": self.run,
            "command": self.command,
            "verdict": self.verdict,
            "series": list(self.series),
            "window": [iso(one) for one in self.window],
            "held_from": iso(self.held_from),
            "settings": dict(self.settings),
            "trials": self.trials,
            "effective_trials": self.effective,
            "ledger": {"trials": self.ledger_trials, "effective_trials": self.ledger_effective},
            "candidates": [one.as_json() for one in self.candidates],
            "data_sha256": dict(self.data_sha256),
            "config_version": self.config_version,
            "commit": self.commit,
            "seconds": self.seconds,
            "pages": {name: str(path) for name, path in self.pages.items()},
        }
