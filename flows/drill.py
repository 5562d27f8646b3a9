"""Every day: the guardian is drilled on paper, in a home of its own."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.drill import drill_guardian


@flow(name="drill")
@shielded
async def drill() -> dict[str, Any]:
    """Freeze and kill a trader, kill the guardian, and see that nothing is opened; the result is in the journal.

    Raises:
        Unavailable: a step failed.
    """
    return drill_guardian()
