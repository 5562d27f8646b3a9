"""Search for genomes of the specialists, judge what was found, and keep it with a dossier of each."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.evolution import evolve_specialists


@flow(name="evolve")
@shielded
def evolve(
    venue: str | None = None,
    symbol: str | list[str] | None = None,
    timeframe: str | None = None,
    specialist: str | list[str] = "all",
    generations: int | None = None,
    resume: bool = True,
    runner: str = "threads",
    fitness: str | None = None,
    pareto: bool | None = None,
) -> dict[str, Any]:
    """Evolve the specialists on the configured book, or on what the parameters say instead. With `resume` a search that
    was interrupted goes on from its last checkpoint; `runner` is threads or dask. That nothing passes is a result too.
    """
    symbols = [symbol] if isinstance(symbol, str) else symbol
    specialists = [specialist] if isinstance(specialist, str) else specialist
    flags = {
        "trading.venue": venue,
        "trading.symbols": symbols,
        "trading.timeframe": timeframe,
        "evolution.fitness": fitness,
        "evolution.pareto": pareto,
    }
    return evolve_specialists(flags, specialists, generations, resume, runner)
