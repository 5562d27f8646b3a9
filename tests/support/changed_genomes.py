"""The default genomes with some genes at other values, as values and as files."""

from pathlib import Path

from conf.genomes import default_genome
from models.specialists.genes import GENES
from models.specialists.genome_text import genome_to_json
from models.specialists.genomes import Genome, Lineage
from models.types import Regime

ORIGIN = Lineage((), 0, "changed by a test", None)


def changed(specialist: Regime, **genes: float) -> Genome:
    named = default_genome(specialist).named | genes
    return Genome(specialist, tuple(float(named[gene.name]) for gene in GENES[specialist]), ORIGIN)


def written(folder: Path, genome: Genome) -> Path:
    """Its file, as `specialists.<name>` takes it."""
    path = folder / f"{genome.specialist.name.lower()}.json"
    path.write_text(genome_to_json(genome))
    return path
