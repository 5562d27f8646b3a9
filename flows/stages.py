"""Look at the stage of the configured book, and take what its evidence costs it."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.staging import look_at_stage


@flow(name="stages")
@shielded
async def stages() -> dict[str, Any]:
    """Evidence and criteria of the book's stage; a demotion is done at once, a promotion is a person's."""
    return look_at_stage()
