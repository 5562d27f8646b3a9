"""Prefect task that leads challengers beside the champion and shows what came of both."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk
from tasks.session.shadowing.running import shadow
from tasks.session.shadowing.showing import duel_rows, note, side_rows

NO_ROWS = [{"challenger": "none has been led yet"}]


@task(name="shadow challengers")
@shielded
def shadow_challengers() -> dict[str, Any]:
    """Hold every challenger against the champion on the bars since it was shelved; nothing is ordered. Figures and
    sentences become artifacts of the run.
    """
    logger = get_run_logger()
    report = shadow(build_desk(), logger.warning)
    create_table_artifact(side_rows(report) or NO_ROWS, key="shadow-figures", description=report.verdict)
    create_table_artifact(duel_rows(report) or NO_ROWS, key="shadow-differences", description=report.verdict)
    create_markdown_artifact(note(report), key="shadow-verdict", description=report.verdict)
    logger.info(f"result: {report.verdict}")
    return report.as_json()
