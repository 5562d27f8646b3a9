"""The dossier of a candidate for people: one HTML text with everything in it."""

from collections.abc import Mapping, Sequence
from html import escape

from models.types import iso
from tasks.session.evolving.charts import equity_chart, fitness_chart, front_chart, has_front
from tasks.session.evolving.report import Candidate, EvolutionReport
from tasks.session.evolving.showing import (
    figure_rows,
    fold_rows,
    gate_rows,
    gene_rows,
    search_rows,
    sides_of,
    span_text,
    trials_sentence,
)
from tasks.session.tearsheet.document import beside, chart, document, section, text
from tasks.session.tearsheet.tables import table

CURVES = (
    "Out of sample: the folds' winners on test bars that they had not seen, one after the other. In sample (dotted): "
    "the winner on the whole window, which is what it was chosen by. The one is evidence, the other is not."
)
FRONT = "Genomes that no other one beats in every objective, on the training bars: none of them was tested on others."


def page_of(report: EvolutionReport, candidate: Candidate) -> str:
    """The page."""
    sections = [
        _verdict(report, candidate),
        section("Gates", text(_rows(gate_rows(candidate)))),
        section("Out of sample and in sample", _figures(report, candidate)),
        section("Folds", _rows(fold_rows(candidate))),
        section("Genes", text(_rows(gene_rows(candidate)))),
        section("The search", beside(trials_sentence(report)) + chart(fitness_chart(candidate), "fitness")),
        *([_front(candidate)] if has_front(candidate) else []),
        section("Where it comes from", text(_provenance(report, candidate))),
    ]
    return document(
        f"Dossier of the {candidate.name} specialist",
        f"{', '.join(report.series)}, {span_text(report.window)}, all figures after costs; bars from "
        f"{iso(report.held_from)[:10]} on are held back: no search reads them",
        sections,
    )


def _verdict(report: EvolutionReport, candidate: Candidate) -> str:
    said = f"<p><strong>{escape(candidate.verdict)}</strong></p>{beside(report.verdict)}"
    return section("Verdict", said if candidate.passed else f'<div class="doubted">{said}</div>')


def _figures(report: EvolutionReport, candidate: Candidate) -> str:
    own = {name: sides for name, sides in sides_of(report).items() if name == candidate.name}
    return chart(equity_chart(candidate), "equity") + beside(CURVES) + _rows(figure_rows(own))


def _front(candidate: Candidate) -> str:
    return section("Pareto front", beside(FRONT) + chart(front_chart(candidate), "front"))


def _rows(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return beside("none")
    return table(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])


def _provenance(report: EvolutionReport, candidate: Candidate) -> str:
    (searched,) = (row for row in search_rows(report) if row["specialist"] == candidate.name)
    lines = {
        "command": report.command,
        "run": report.run,
        "genome": candidate.genome.sha256,
        **{name: str(one) for name, one in searched.items() if name not in ("specialist", "passed", "genome")},
        **{name: str(one) for name, one in report.settings.items()},
        "seconds of searching": f"{report.seconds:,.1f}",
        "configuration": report.config_version,
        "commit": report.commit,
        **{f"data of {symbol}": sha for symbol, sha in report.data_sha256.items()},
    }
    return table(["", ""], lines.items())
