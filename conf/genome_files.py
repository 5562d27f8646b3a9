"""The files of the genomes that the configuration names, as text: their hash is wanted where no model is."""

import hashlib
from pathlib import Path

from conf.home import PROJECT, home
from conf.schema.specialists import SpecialistsConfig
from models.types.errors import BadInput

DEFAULT = "default"
CHAMPION = "champion"
FOLDER = PROJECT / "conf" / "genomes"
MAX_BYTES = 100_000


def named_file(specialists: SpecialistsConfig, name: str) -> tuple[Path, str]:
    """Where the genome of a specialist's lower-case name is, and what errors call that place.

    Where no champion was promoted it is the genome that comes with Keel, for what it says of the market; see `is_idle`.
    """
    written: str = getattr(specialists, name)
    path = champion_file(name) if written == CHAMPION else Path(written)
    if written == DEFAULT or (written == CHAMPION and _is_absent(path)):
        return shipped_file(name)
    return path, f"specialists.{name}: {written}"


def shipped_file(name: str) -> tuple[Path, str]:
    """The same of the genome that comes with Keel."""
    return FOLDER / f"{name}.json", f"conf/genomes/{name}.json"


def champion_file(name: str) -> Path:
    """Where a specialist's genome is once it was promoted."""
    return home() / "state" / "genomes" / f"{name}.json"


def is_idle(specialists: SpecialistsConfig, name: str, path: Path) -> bool:
    """Whether a specialist holds cash: its champion is asked for, and what `named_file` found is none."""
    return getattr(specialists, name) == CHAMPION and path != champion_file(name)


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
    """SHA-256 of each genome's file, by the specialist's name; that of an idle one is marked, because the same genome
    trades once it is promoted.

    Raises:
        BadInput: see `genome_text`.
    """
    return {name: _hash(specialists, name) for name in SpecialistsConfig.model_fields}


def _hash(specialists: SpecialistsConfig, name: str) -> str:
    path, shown = named_file(specialists, name)
    found = hashlib.sha256(genome_text(path, shown).encode()).hexdigest()
    return f"{found} idle" if is_idle(specialists, name, path) else found


def _is_absent(path: Path) -> bool:
    """Whether nothing is there for certain: what cannot be read is an error, and no reason to hold cash in silence."""
    try:
        path.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False
