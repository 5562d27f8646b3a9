"""How long MLflow takes to keep a whole evolution of the default size, in the embedded database."""

import time
from pathlib import Path

import numpy as np

from conf.genomes import default_genome
from models.evolution.state import CURVE
from models.specialists.genome_text import genome_to_json
from models.types import Regime
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.ports import EvolutionChild, EvolutionRecord
from tasks.session.bench.figure import Figure, Workplace

GENERATIONS, FOLDS = 1_000, 5
TARGET_S = 3.0


def bench_tracking(place: Workplace) -> Figure:
    """Seconds for a parent and its children, one for each specialist and fold, with curves, genomes and versions. The
    database is there already: making it takes MLflow two seconds, once.
    """
    folder = place.folder / "tracking"
    folder.mkdir()
    tracker = MlflowTracker(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts")
    tracker.log_evolution(EvolutionRecord("first", {}, {}, {}, (), ()))
    record = EvolutionRecord("whole", {"generations": GENERATIONS}, {}, {"trials": 1.0}, (), _children(folder))
    began = time.perf_counter()
    tracker.log_evolution(record)
    seconds = time.perf_counter() - began
    said = f"the target of {TARGET_S:g} seconds"
    return Figure(
        "evolution.tracking", seconds, "seconds", said, seconds / TARGET_S, f"< {TARGET_S:g} s", seconds < TARGET_S
    )


def _children(folder: Path) -> tuple[EvolutionChild, ...]:
    generator = np.random.default_rng(1)
    children = []
    for specialist in Regime:
        name = specialist.name.lower()
        genome = folder / f"{name}.json"
        genome.write_text(genome_to_json(default_genome(specialist)))
        for fold in range(FOLDS + 1):
            curves = {f"search.{one}": generator.normal(size=GENERATIONS) for one in CURVE}
            metrics = {f"figure.{number}": float(number) for number in range(25)}
            model = f"specialist-{name}" if fold == 0 else None
            children.append(EvolutionChild(f"{name} {fold}", {"fold": fold}, {}, metrics, curves, (), genome, model))
    return tuple(children)
