"""A genome as MLflow hands it out again. A stored model names this module and holds the genome's JSON, nothing that
runs: neither a pickle nor code.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from models.specialists.genome_text import genome_from_json
from models.specialists.genomes import Genome


@dataclass(frozen=True, slots=True)
class GenomeModel:
    """What mlflow.pyfunc.load_model wraps."""

    genome: Genome

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        """The genes, whatever the input: a row for each of its rows, a column for each gene, shape (n, 8), units as in
        GENES. It is what makes a genome servable; who wants the genome itself asks for the raw model.
        """
        return pd.DataFrame([self.genome.named] * len(model_input), columns=list(self.genome.named))

    def get_raw_model(self) -> Genome:
        """The genome, with its lineage."""
        return self.genome


def _load_pyfunc(path: str) -> GenomeModel:
    """The name by which MLflow looks for it.

    Raises:
        BadInput: the file is no genome.
        Damaged: its content does not match its hash.
    """
    return GenomeModel(genome_from_json(Path(path).read_text(encoding="utf-8")))
