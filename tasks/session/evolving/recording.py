"""What the tracker keeps of an evolution: a run of its own, and one for each specialist and fold below it."""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from models.evolution.state import CURVE
from models.specialists.genomes import Genome
from models.types import FloatArray
from tasks.ports import EvolutionChild, EvolutionRecord
from tasks.session.evolving.report import Brief, Candidate, EvolutionReport, FoldFound
from tasks.session.evolving.showing import span_text

NO_ONE = "none"


@dataclass(frozen=True, slots=True)
class Written:
    """Files of an evolution, by specialist where there is one for each.

    Attributes:
        pages: of the evolution as a whole.
        beside: of each candidate: what is kept beside its run, the dossier first.
    """

    pages: tuple[Path, ...]
    genomes: Mapping[str, Path]
    beside: Mapping[str, tuple[Path, ...]]


def record_of(report: EvolutionReport, written: Written) -> EvolutionRecord:
    """Everything of it; what was measured in sample has names of its own, and never comes alone."""
    passed = [one.name for one in report.candidates if one.passed]
    return EvolutionRecord(
        name=f"{', '.join(report.series)} {span_text(report.window)}",
        settings={"series": ",".join(report.series), "window": span_text(report.window), **report.settings},
        tags=_tags(report) | {"keel.command": report.command, "keel.passed": ",".join(passed) or NO_ONE},
        metrics={
            "trials": float(report.trials),
            "effective_trials": report.effective,
            "ledger_trials": float(report.ledger_trials),
            "ledger_effective_trials": report.ledger_effective,
            "candidates": float(len(report.candidates)),
            "passed": float(len(passed)),
            "seconds": report.seconds,
        },
        pages=written.pages,
        children=tuple(child for one in report.candidates for child in _children(report, one, written)),
    )


def _children(report: EvolutionReport, one: Candidate, written: Written) -> Iterator[EvolutionChild]:
    found = {"trials": float(one.trials), "effective_trials": one.effective, "bars": float(one.bars)}
    gates = {f"gate.{gate.name}": gate.value for gate in one.gates if gate.value is not None}
    yield EvolutionChild(
        name=one.name,
        settings=_settings(report, one, 0, one.genome),
        tags=_child_tags(report, one, 0, one.genome) | {"keel.passed": str(one.passed).lower()},
        metrics=_finite(found | {"passed": float(one.passed), "pooled": one.pooled} | gates | _samples(one)),
        curves=_curves(one.curve),
        pages=written.beside[one.name],
        genome=written.genomes[one.name],
        model=model_name(report, one.name) if one.matched else None,
    )
    for fold in one.folds:
        yield EvolutionChild(
            name=f"{one.name} fold {fold.number}",
            settings=_settings(report, one, fold.number, fold.genome),
            tags=_child_tags(report, one, fold.number, fold.genome),
            metrics=_finite(_samples(fold)),
            curves=_curves(fold.curve),
            pages=(),
            genome=None,
            model=None,
        )


def model_name(report: EvolutionReport, specialist: str) -> str:
    """Name in the registry: `specialist-volatile-binance-BTC-USDT-ETH-USDT-1h`."""
    series = [one.split() for one in report.series]
    words = (specialist, series[0][0], *(symbol for _, symbol, _ in series), series[0][-1])
    return "specialist-" + re.sub(r"[^A-Za-z0-9]+", "-", "-".join(words))


def dataset_sha256(report: EvolutionReport) -> str:
    """Over the manifests of the traded series, as the trial ledger has it."""
    return hashlib.sha256("\n".join(report.data_sha256.values()).encode()).hexdigest()


def _tags(report: EvolutionReport) -> dict[str, str]:
    return {
        "keel.run": report.run,
        "keel.data_sha256": dataset_sha256(report),
        "keel.config_version": report.config_version,
        "keel.git_commit": report.commit,
    }


def _child_tags(report: EvolutionReport, one: Candidate, fold: int, genome: Genome) -> dict[str, str]:
    return _tags(report) | {
        "keel.specialist": one.name,
        "keel.regime": one.specialist.name,
        "keel.fold": str(fold),
        "keel.genome_sha256": genome.sha256,
    }


def _settings(report: EvolutionReport, one: Candidate, fold: int, genome: Genome) -> dict[str, str | int | float]:
    genes = {f"gene.{name}": value for name, value in genome.named.items()}
    return {"specialist": one.name, "fold": fold, **report.settings, **genes}


def _samples(found: Candidate | FoldFound) -> dict[str, float | None]:
    sides: dict[str, Brief] = {"in_sample": found.in_sample, "out_of_sample": found.out_of_sample}
    return {f"{side}.{name}": figure for side, brief in sides.items() for name, figure in asdict(brief).items()}


def _finite(metrics: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float(one) for name, one in metrics.items() if one is not None and math.isfinite(one)}


def _curves(curve: FloatArray) -> dict[str, FloatArray]:
    return {f"search.{name}": curve[:, place] for place, name in enumerate(CURVE)} if curve.size else {}
