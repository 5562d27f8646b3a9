"""A drill of the guardian, and its result in the real journal."""

from collections.abc import Callable

from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import build_desk, build_journal
from tasks.session.drilling import Drill, record, run_drill


def drill_and_record(report: Callable[[str], None]) -> Drill:
    """Drill in homes that are gone afterwards; audit chain and, where a step failed, alerts of this home have it.

    Raises:
        Damaged, Unavailable: the journal cannot be opened or written.
    """
    journal = build_journal(build_desk())
    found = run_drill(SystemClock(), report)
    record(found, journal)
    return found
