"""A shelf of genomes in a home, and genomes to put there."""

from pathlib import Path

from changed_genomes import changed

from data.genome_shelf import GenomeShelf, Shelved
from models.specialists.genome_text import genome_to_json
from models.types import Regime


def shelf_in(home: Path) -> GenomeShelf:
    """As Keel has it."""
    return GenomeShelf(home / "state" / "genomes")


def shelved(specialist: Regime, passed: bool = True, run: str = "0123456789ab", **genes: float) -> Shelved:
    """The default genome with these genes, found by a run."""
    text = genome_to_json(changed(specialist, **genes))
    return Shelved(text, run, 1_700_000_000_000_000, f"keel-{specialist.name.lower()}", "3", passed)


def promoted(home: Path, specialist: Regime, **genes: float) -> Shelved:
    """Champion from now on."""
    shelf = shelf_in(home)
    shelf.keep_challenger(specialist.name.lower(), shelved(specialist, **genes))
    return shelf.promote(specialist.name.lower())
