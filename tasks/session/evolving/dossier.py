"""The dossier of a candidate for scripts: what the page shows, as JSON."""

from conf.genomes import default_genome
from models.evolution.state import CURVE
from models.specialists.genes import GENES
from models.types import iso
from tasks.session.evolving.report import Candidate, Curve, EvolutionReport
from tasks.session.tearsheet.thinning import drawdown


def dossier_json(report: EvolutionReport, candidate: Candidate) -> dict[str, object]:
    """The evolution without its other candidates; of this one also genes, equity by day and fitness by generation."""
    whole = {name: value for name, value in report.as_json().items() if name not in ("candidates", "pages")}
    default = default_genome(candidate.specialist)
    genes = {
        gene.name: {
            "value": gene.written(candidate.genome[gene.name]),
            "default": gene.written(default[gene.name]),
            "allowed": [gene.written(gene.low), gene.written(gene.high)],
            "unit": gene.unit,
        }
        for gene in GENES[candidate.specialist]
    }
    curves = {"whole": candidate.curve, **{f"fold {one.number}": one.curve for one in candidate.folds}}
    return whole | {
        "candidate": candidate.as_json(),
        "genes": genes,
        "equity": {"out_of_sample": _by_day(candidate.outside), "in_sample": _by_day(candidate.inside)},
        "fitness": {
            name: {column: curve[:, place].tolist() for place, column in enumerate(CURVE)}
            for name, curve in curves.items()
        },
    }


def _by_day(curve: Curve) -> dict[str, object]:
    return {
        "days": [iso(int(day))[:10] for day in curve.days],
        "equity": curve.equity.tolist(),
        "drawdown": drawdown(curve.equity).tolist(),
    }
