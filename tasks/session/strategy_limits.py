"""What the strategies limit themselves to: genes of the specialists, weights of the long system."""

import re

from conf import Loaded
from conf.genome_files import genome_text, named_file
from conf.limits.writing import candidate
from models.specialists.genomes import Genome
from models.types import Bound, Regime
from models.types.limits import Limit

Own = dict[tuple[str, str, Bound, str], Limit]
# Genes by the bound that names them: of what a specialist trades, and of the haven that the crisis one holds.
GENES = {
    Bound.SPECIALIST_SIZE: "position_size_pct",
    Bound.SPECIALIST_EXPOSURE: "max_exposure",
    Bound.SPECIALIST_CASH: "cash_preservation",
}
HAVEN_GENES = {Bound.SPECIALIST_SIZE: "safe_haven_allocation", Bound.SPECIALIST_CASH: "cash_preservation"}


def genome_limits(loaded: Loaded, system: str, symbol: str, haven: bool, genomes: tuple[Genome, ...]) -> Own:
    """Of the short-term system in a symbol."""
    chosen, genes = (genomes[Regime.CRISIS :][:1], HAVEN_GENES) if haven else (genomes, GENES)
    return {
        (system, symbol, bound, genome.specialist.name.lower()): _gene(loaded, genome, gene)
        for genome in chosen
        for bound, gene in genes.items()
        if gene in genome.named
    }


def weight_limits(loaded: Loaded, system: str, symbol: str, haven: bool, weights: list[float]) -> Own:
    """Of the long system in a symbol; `weights` are what it holds by the regime's code, fractions of its equity."""
    long = ("systems", "long")
    found = {}
    for regime in Regime:
        name = regime.name.lower()
        key = (*long, "haven_share") if haven else (*long, "weights", name)
        own = loaded.settings.risk.symbols.get(symbol)
        if not haven and own is not None and own.weight is not None:
            key = ("risk", "symbols", symbol, "weight")
        found[system, symbol, Bound.SPECIALIST_SIZE, name] = candidate(loaded, "weight", key, weights[regime])
    return found


def _gene(loaded: Loaded, genome: Genome, gene: str) -> Limit:
    specialist = genome.specialist.name.lower()
    path, shown = named_file(loaded.settings.specialists, specialist)
    lines = genome_text(path, shown).splitlines()
    line = next((number for number, text in enumerate(lines, 1) if re.search(rf'"{gene}"\s*:\s*[-\d]', text)), 1)
    place = f"{path if shown.startswith('specialists.') else shown}:{line}"
    return Limit(gene, genome[gene], f"specialists.{specialist}", place)
