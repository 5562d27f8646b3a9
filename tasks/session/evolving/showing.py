"""The rows of an evolution, for the shell, for Prefect and for the dossiers; and what has to be said beside them."""

import math
from collections.abc import Mapping
from typing import Any

from conf.genomes import default_genome
from models.evidence import Gate
from models.specialists.genes import GENES
from models.types import iso
from tasks.session.evolving.report import Brief, Candidate, EvolutionReport
from tasks.session.tearsheet.tables import NOTHING, shown

# How each gate is held against its threshold.
SIDES = {
    "data_quality": "<=",
    "prefix_invariance": "<=",
    "placebo": "<=",
    "walk_forward": ">=",
    "dsr": ">=",
    "pbo": "<=",
    "spa": "<=",
    "plateau": ">=",
    "double_costs": ">",
    "stress": "<=",
}
FAILED = "FAILED"


def gate_rows(candidate: Candidate) -> list[dict[str, Any]]:
    """The gates in their order, with what was found."""
    return [
        {
            "gate": one.name,
            "value": figure_text(one.value),
            "threshold": threshold_text(one),
            "passed": "yes" if one.passed else "NO",
            "found": one.sentence,
        }
        for one in candidate.gates
    ]


def all_gate_rows(report: EvolutionReport) -> list[dict[str, Any]]:
    """Those of every candidate under each other."""
    return [{"specialist": one.name} | row for one in report.candidates for row in gate_rows(one)]


def gate_matrix(report: EvolutionReport) -> list[dict[str, Any]]:
    """A row for each gate, a column for each specialist: the value, and whether it is not good enough."""
    names = dict.fromkeys(gate.name for one in report.candidates for gate in one.gates)
    return [_of_gate(name, report) for name in names]


def _of_gate(name: str, report: EvolutionReport) -> dict[str, Any]:
    found = {one.name: gate for one in report.candidates for gate in one.gates if gate.name == name}
    row = {"gate": name, "threshold": threshold_text(next(iter(found.values())))}
    for one in report.candidates:
        gate = found.get(one.name)
        row[one.name] = NOTHING if gate is None else figure_text(gate.value) + ("" if gate.passed else f" {FAILED}")
    return row


def failed_sentences(report: EvolutionReport) -> list[str]:
    """What was found by each gate that was not passed."""
    return [
        f"{one.name}, {gate.name}: {gate.sentence}"
        for one in report.candidates
        for gate in one.gates
        if not gate.passed
    ]


def sides_of(report: EvolutionReport) -> dict[str, dict[str, Brief]]:
    """Figures of each specialist, never in-sample without out-of-sample."""
    return {one.name: {"out of sample": one.out_of_sample, "in sample": one.in_sample} for one in report.candidates}


def figure_rows(sides: Mapping[str, Mapping[str, Brief | None]]) -> list[dict[str, Any]]:
    """A row for each figure, a column for each side of each specialist; None: nobody knows it any more."""
    rows = []
    for name in Brief.__slots__:
        row = {"figure": name.replace("_", " ")}
        for specialist, briefs in sides.items():
            row |= {f"{specialist}, {side}": shown(name, getattr(brief, name, None)) for side, brief in briefs.items()}
        rows.append(row)
    return rows


def search_rows(report: EvolutionReport) -> list[dict[str, Any]]:
    """How each specialist was searched for."""
    return [
        {
            "specialist": one.name,
            "passed": "yes" if one.passed else "NO",
            "bars of its regime": f"{one.bars:,}",
            "weight of all regimes": f"{one.pooled:.0%}",
            "trials": f"{one.trials:,}",
            "effective trials": figure_text(one.effective),
            "matches the backtest": "yes" if one.matched else "NO",
            "genome": one.genome.sha256[:12],
        }
        for one in report.candidates
    ]


def fold_rows(candidate: Candidate) -> list[dict[str, Any]]:
    """The winner of each fold on the bars that it had not seen, and on those that it had."""
    return [
        {
            "fold": str(one.number),
            "trained on": span_text(one.train),
            "tested on": span_text(one.test),
            "return, out of sample": shown("total_return", one.out_of_sample.total_return),
            "return, in sample": shown("total_return", one.in_sample.total_return),
            "sharpe, out of sample": shown("sharpe", one.out_of_sample.sharpe),
            "sharpe, in sample": shown("sharpe", one.in_sample.sharpe),
            "trades, out of sample": shown("trades", one.out_of_sample.trades),
            "trades, in sample": shown("trades", one.in_sample.trades),
        }
        for one in candidate.folds
    ]


def gene_rows(candidate: Candidate) -> list[dict[str, Any]]:
    """The winner's genes beside those that come with Keel, and what a search may make of them."""
    default, table = default_genome(candidate.specialist), GENES[candidate.specialist]
    return [
        {
            "gene": gene.name,
            "value": _gene_text(gene.written(candidate.genome[gene.name])),
            "default": _gene_text(gene.written(default[gene.name])),
            "allowed": gene.allowed,
            "meaning": gene.meaning,
        }
        for gene in table
    ]


def trials_sentence(report: EvolutionReport) -> str:
    """How often luck had a chance."""
    return (
        f"{report.trials:,} trials in this run, worth {figure_text(report.effective)} independent ones; "
        f"{report.ledger_trials:,} on this data so far, worth {figure_text(report.ledger_effective)}"
    )


def promoting_sentence(report: EvolutionReport) -> str:
    """Which command promotes what passed; nothing where nothing did."""
    commands = [command_that_promotes(one.name, report.run) for one in report.candidates if one.passed]
    return f"nothing was promoted; to promote: {'; '.join(commands)}" if commands else ""


def command_that_promotes(specialist: str, run: str) -> str:
    """For a person to run."""
    return f"keel promote {specialist} --run {run}"


def span_text(span: tuple[int, int]) -> str:
    """From the day of the first to the day of the last bar, both UTC microseconds."""
    return " to ".join(iso(one)[:10] for one in span)


def threshold_text(gate: Gate) -> str:
    """What its value has to be."""
    return f"{SIDES[gate.name]} {gate.threshold:g}"


def figure_text(figure: float | None) -> str:
    """Four digits of it; a dash where it could not be measured."""
    return NOTHING if figure is None or not math.isfinite(figure) else f"{figure:,.4g}"


def _gene_text(value: float | int | bool) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value).lower()
