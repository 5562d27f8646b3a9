"""A desk, and its book, on which one specialist trades by another genome."""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from conf.genome_files import genome_hashes
from conf.load import canonical
from data.files import write_atomically
from models.types import Regime
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk


def with_genome(desk: Desk, specialist: Regime, genome: Path) -> Desk:
    """The same desk where `specialist` trades by the genome of that file; everything else is as configured.

    Raises:
        BadInput: a genome's file cannot be read.
    """
    loaded = desk.loaded
    named = loaded.settings.specialists.model_copy(update={specialist.name.lower(): str(genome)})
    settings = loaded.settings.model_copy(update={"specialists": named})
    tree = canonical(settings, genome_hashes(named))
    version = hashlib.sha256(tree.encode()).hexdigest()
    return replace(desk, loaded=replace(loaded, settings=settings, tree=tree, version=version))


def book_with(desk: Desk, specialist: Regime, genome: str) -> Book:
    """The configured book where `specialist` trades by the genome of that text.

    Raises:
        BadInput: it is no genome of this specialist, or the book cannot be made.
        Damaged: it was changed after it was sealed.
    """
    # The configuration names genomes by their files.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{specialist.name.lower()}.json"
        write_atomically(file, genome.encode())
        return configured_book(with_genome(desk, specialist, file))
