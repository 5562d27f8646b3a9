"""Prefect task that drills the guardian."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact

from models.types import Unavailable
from tasks.adapters.redaction import shielded
from tasks.drill_report import drill_and_record


@task(name="drill the guardian")
@shielded
def drill_guardian() -> dict[str, Any]:
    """The steps become an artifact.

    Raises:
        Unavailable: a step failed; journal and alerts have it already.
    """
    logger = get_run_logger()
    found = drill_and_record(logger.info)
    create_markdown_artifact(found.markdown(), key="guardian-drill", description=found.sentence)
    if not found.passed:
        raise Unavailable(f"the drill of the guardian {found.sentence}")
    return found.as_json()
