"""The genomes that the configuration names: files, or the ones that come with Keel."""

from dataclasses import dataclass
from pathlib import Path

from conf.genome_files import genome_text, is_idle, named_file, shipped_file
from conf.schema.specialists import SpecialistsConfig
from models.specialists.genome_text import genome_from_json
from models.specialists.genomes import Genome
from models.types.errors import BadInput, KeelError
from models.types.regimes import Regime


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a specialist trades by.

    Attributes:
        idle: it enters nothing, because its champion was asked for and none was promoted; the genome is then the one
            that comes with Keel, and only says how the market is looked at.
    """

    genome: Genome
    idle: bool


def default_genome(specialist: Regime) -> Genome:
    """The one that comes with Keel."""
    return read_genome(*shipped_file(specialist.name.lower()))


def choose_genomes(specialists: SpecialistsConfig) -> tuple[Chosen, Chosen, Chosen, Chosen]:
    """One for each regime, in the order of its codes.

    Raises:
        BadInput: a file cannot be read, is no genome or is one of another specialist; says which.
        Damaged: a file was changed after it was sealed.
    """
    volatile, trending, ranging, crisis = (_of(specialist, specialists) for specialist in Regime)
    return volatile, trending, ranging, crisis


def load_genomes(specialists: SpecialistsConfig) -> tuple[Genome, Genome, Genome, Genome]:
    """Their genomes alone, those of idle specialists too.

    Raises:
        BadInput, Damaged: see `choose_genomes`.
    """
    volatile, trending, ranging, crisis = (one.genome for one in choose_genomes(specialists))
    return volatile, trending, ranging, crisis


def read_genome(path: Path, shown: str) -> Genome:
    """The genome of a file, which errors call `shown`.

    Raises:
        BadInput: it cannot be read or is no genome.
        Damaged: it was changed after it was sealed.
    """
    text = genome_text(path, shown)
    try:
        return genome_from_json(text)
    except KeelError as error:
        raise type(error)(f"{shown}: {error}") from error


def _of(specialist: Regime, specialists: SpecialistsConfig) -> Chosen:
    name = specialist.name.lower()
    path, shown = named_file(specialists, name)
    genome = read_genome(path, shown)
    if genome.specialist != specialist:
        raise BadInput(f"{shown}: a genome of {genome.specialist.name.lower()}, allowed is one of {name}")
    return Chosen(genome, is_idle(specialists, name, path))
