"""Evolutions as a tracker gets them."""

from pathlib import Path

import numpy as np

from conf.home import PROJECT
from models.specialists.genes import GENES
from models.specialists.genome_text import genome_from_json, genome_to_json
from models.specialists.genomes import Genome, Lineage
from tasks.ports import EvolutionChild, EvolutionRecord

SPECIALISTS = ("volatile", "trending", "ranging", "crisis")
CURVES = ("search.best", "search.median", "search.worst", "search.spread", "search.feasible")
MODEL = "specialist-{}-binance-BTC-USDT-1h"


def bred_genome(specialist: str, seed: int) -> Genome:
    """That specialist as a search leaves it: a gene whose every bit counts, and a lineage."""
    plain = genome_from_json((PROJECT / "conf" / "genomes" / f"{specialist}.json").read_text())
    size = GENES[plain.specialist][1]
    drawn = float(np.random.default_rng(seed).uniform(size.low, size.high))
    return Genome(
        plain.specialist, (plain.genes[0], drawn, *plain.genes[2:]), Lineage((plain.sha256,), 999, "evolve", seed)
    )


def child_record(folder: Path, specialist: str, fold: int, generations: int) -> EvolutionChild:
    """One search; that of the whole window, fold 0, has a dossier and a name in the registry."""
    name = specialist if fold == 0 else f"{specialist} fold {fold}"
    rng = np.random.default_rng([SPECIALISTS.index(specialist), fold])
    genome, dossier = folder / f"{name}.json", folder / f"{name}.html"
    genome.write_text(genome_to_json(bred_genome(specialist, fold)))
    dossier.write_text(f"<p>{name}</p>")
    curves = {curve: np.sort(rng.normal(size=generations)) for curve in CURVES}
    return EvolutionChild(
        name=name,
        settings={"fold": fold, "population": 100, "seed": 1, "fitness": "robust", "pareto": False},
        tags={"keel.specialist": specialist, "keel.data_sha256": "d" * 64, "mlflow.note.content": f"Search of {name}."},
        metrics={"in_sample.sharpe": 2.0 + fold, "out_of_sample.sharpe": 0.5 - fold},
        curves=curves,
        pages=(dossier,) if fold == 0 else (),
        genome=genome,
        model=MODEL.format(specialist) if fold == 0 else None,
    )


def evolution_record(
    folder: Path, specialists: tuple[str, ...] = SPECIALISTS, folds: int = 5, generations: int = 1000
) -> EvolutionRecord:
    """An evolution, of the default size unless told, with its files in the folder."""
    page = folder / "evolution.html"
    page.write_text("<p>an evolution</p>")
    return EvolutionRecord(
        name="binance BTC/USDT 1h 2017 to 2023",
        settings={"generations": generations, "population": 100, "folds": folds, "train_from": "2015-01-01"},
        tags={"keel.run": "a" * 12, "keel.config_version": "c" * 64, "mlflow.note.content": "No specialist passed."},
        metrics={"trials": 2.4e6, "effective_trials": 812.5},
        pages=(page,),
        children=tuple(
            child_record(folder, specialist, fold, generations)
            for specialist in specialists
            for fold in range(folds + 1)
        ),
    )
