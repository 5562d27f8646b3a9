"""One exposition of a journal with 100,000 decisions, against a plain read of its newest one."""

import tempfile
from pathlib import Path

from sqlalchemy import text

from data.journal.present import present
from data.journal.reading import reads
from tasks.monitoring.bench.journals import add_decision, filled_journal
from tasks.monitoring.counted import Counts, bounds_of
from tasks.monitoring.samples import text_of
from tasks.monitoring.standing import standing
from tasks.session.bench.figure import Figure, Workplace, paired_seconds

BOOK, DECISIONS, ROUNDS = "bench", 100_000, 20
TARGET_MS = 100.0
COUNT = text("SELECT count(*) FROM decisions")


def bench_scrape(place: Workplace) -> Figure:
    """What a scrape reads of the journal and writes as text, after each new decision; the first one reads it all."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        journal = filled_journal(Path(name) / "journal.sqlite", BOOK, DECISIONS)
        counts, numbers = Counts(bounds_of(1.0, 0.5)), iter(range(DECISIONS, 2 * DECISIONS))

        def scrape() -> bytes:
            add = [*standing(present(journal.engine, 0), [BOOK], 0)]
            counts.catch_up(journal)
            return text_of([*add, *counts.samples([BOOK], [])], counts.bounds)

        def plainly() -> object:
            add_decision(journal, BOOK, next(numbers))  # the next scrape has something to count
            with reads(journal.engine) as connection:
                return connection.execute(COUNT).scalar_one()

        scrape()
        seconds, _, ratio = paired_seconds(scrape, plainly, ROUNDS)
        journal.engine.dispose()
    reference = "writing a decision and counting them by SQL"
    return Figure("scrape", 1e3 * seconds, "ms", reference, ratio, f"<= {TARGET_MS:g} ms", 1e3 * seconds <= TARGET_MS)
