"""The genomes that the configuration names: files, or the ones that come with Keel."""

from pathlib import Path

from conf.home import PROJECT
from conf.schema.specialists import SpecialistsConfig
from models.specialists.genome_text import genome_from_json
from models.specialists.genomes import Genome
from models.types.errors import BadInput, KeelError
from models.types.regimes import Regime

DEFAULT = "default"
FOLDER = PROJECT / "conf" / "genomes"
MAX_BYTES = 100_000


def default_genome(specialist: Regime) -> Genome:
    """The one that comes with Keel."""
    name = f"{specialist.name.lower()}.json"
    return read_genome(FOLDER / name, f"conf/genomes/{name}")


def load_genomes(specialists: SpecialistsConfig) -> tuple[Genome, Genome, Genome, Genome]:
    """One genome for each regime, in the order of its codes.

    Raises:
        BadInput: a file cannot be read, is no genome or is one of another specialist; says which.
        Damaged: a file was changed after it was sealed.
    """
    volatile, trending, ranging, crisis = (_of(specialist, specialists) for specialist in Regime)
    return volatile, trending, ranging, crisis


def read_genome(path: Path, shown: str) -> Genome:
    """The genome of a file, which errors call `shown`.

    Raises:
        BadInput: it cannot be read or is no genome.
        Damaged: it was changed after it was sealed.
    """
    try:
        if not path.is_file():
            raise BadInput(f"{shown}: there is no such file; correct the path, or use {DEFAULT}")
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{shown}: larger than {MAX_BYTES} bytes; that is no genome")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{shown}: cannot be read ({error}); correct the path, or use {DEFAULT}") from error
    try:
        return genome_from_json(text)
    except KeelError as error:
        raise type(error)(f"{shown}: {error}") from error


def _of(specialist: Regime, specialists: SpecialistsConfig) -> Genome:
    name = specialist.name.lower()
    written: str = getattr(specialists, name)
    if written == DEFAULT:
        return default_genome(specialist)
    key = f"specialists.{name}: {written}"
    genome = read_genome(Path(written), key)
    if genome.specialist != specialist:
        raise BadInput(f"{key}: a genome of {genome.specialist.name.lower()}, allowed is one of {name}")
    return genome
