"""Every night: a backup, and what grows is kept small."""

from typing import Any

from prefect import flow

from models.types import Unavailable
from tasks.adapters.redaction import shielded
from tasks.housekeeping import (
    keep_backup,
    keep_files,
    keep_runs,
    keep_ticks,
    show_housekeeping,
    tidy_journal,
)

# The backup first: nothing that the others delete is lost before it.
STEPS = (keep_backup, keep_runs, keep_ticks, keep_files, tidy_journal)


@flow(name="housekeeping")
@shielded
async def housekeeping() -> list[dict[str, Any]]:
    """Each step for itself: one that fails is told, and the others are done.

    Raises:
        Unavailable: a step failed; names each.
    """
    rows: list[dict[str, Any]] = []
    failed = []
    for step in STEPS:
        state = step(return_state=True)
        if state.is_completed():
            rows += await state.aresult()
        else:
            failed.append(f"{step.name} ({state.message})")
            rows.append({"step": step.name, "what": "", "gone": 0, "freed": None, "note": "", "trouble": state.message})
    show_housekeeping(rows)
    if failed:
        raise Unavailable(f"the housekeeping could not do all of its steps: {'; '.join(failed)}; see their logs")
    return rows
