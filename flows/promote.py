"""Make a challenger that has passed every gate the champion of its regime."""

from typing import Any

from prefect import flow

from tasks.evolution import promote_challenger


@flow(name="promote")
def promote(specialist: str, run: str | None = None) -> dict[str, Any]:
    """Promote the challenger of a specialist, which has to be of the evolution `run` where one is given. One that has
    not passed is refused with its reasons, and the run fails.
    """
    return promote_challenger(specialist, run)
