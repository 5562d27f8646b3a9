"""Prefect task that holds what a book did against its backtest."""

import base64
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.gapping import gap_report
from tasks.session.gapping.drawing import gap_lines
from tasks.session.gapping.publishing import enter, publish
from tasks.session.gapping.showing import finding_rows, page_of, part_rows, summary

NONE = [{"found": "nothing"}]


@task(name="measure gap")
@shielded
def measure_gap(days: float | None = None, stage: str | None = None) -> dict[str, Any]:
    """The newest days of the configured book, in its stage or the one named. The verdict goes into the audit chain,
    where the stages read it; a gap beyond its limit raises an alert. Table, page and picture become artifacts of the
    run, and a run of MLflow.
    """
    desk, logger = build_desk(), get_run_logger()
    journal = build_journal(desk)
    report = gap_report(desk, journal, days, stage)
    enter(journal, report, desk.clock.now())
    page = publish(desk, build_tracker(desk), report, logger.warning)
    said = summary(report)
    create_table_artifact(part_rows(report), key="gap-parts", description=said)
    create_table_artifact(finding_rows(report) or NONE, key="gap-findings", description=said)
    create_markdown_artifact(page_of(report, page.with_suffix(".png").name), key="gap", description=said)
    picture = base64.b64encode(gap_lines(report)).decode()
    create_image_artifact(f"data:image/png;base64,{picture}", key="gap-picture", description=said)
    logger.info(f"result: {said}")
    return report.as_json()
