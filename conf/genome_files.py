"""The files of the genomes that the configuration names, as text: their hash is wanted where no model is."""

import hashlib
from pathlib import Path

from conf.home import PROJECT
from conf.schema.specialists import SpecialistsConfig
from models.types.errors import BadInput

DEFAULT = "default"
FOLDER = PROJECT / "conf" / "genomes"
MAX_BYTES = 100_000


def named_file(specialists: SpecialistsConfig, name: str) -> tuple[Path, str]:
    """Where the genome of a specialist's lower-case name is, and what errors call that place."""
    written: str = getattr(specialists, name)
    return shipped_file(name) if written == DEFAULT else (Path(written), f"specialists.{name}: {written}")


def shipped_file(name: str) -> tuple[Path, str]:
    """The same of the genome that comes with Keel."""
    return FOLDER / f"{name}.json", f"conf/genomes/{name}.json"


def genome_text(path: Path, shown: str) -> str:
    """What the file says.

    Raises:
        BadInput: it is not there, cannot be read or is too large to be a genome.
    """
    try:
        if not path.is_file():
            raise BadInput(f"{shown}: there is no such file; correct the path, or use {DEFAULT}")
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{shown}: larger than {MAX_BYTES} bytes; that is no genome")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{shown}: cannot be read ({error}); correct the path, or use {DEFAULT}") from error


def genome_hashes(specialists: SpecialistsConfig) -> dict[str, str]:
    """SHA-256 of each genome's file, by the specialist's name.

    Raises:
        BadInput: see `genome_text`.
    """
    texts = {name: genome_text(*named_file(specialists, name)) for name in SpecialistsConfig.model_fields}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
