"""Prefect task of the daily, weekly and monthly reports."""

import base64
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.news.showing import escaped, safe_rows
from tasks.session.reporting import make_report
from tasks.session.reporting.asking import span_asked
from tasks.session.reporting.page import markdown_of
from tasks.session.reporting.publishing import publish, tell
from tasks.session.reporting.tables import performance_rows


@task(name="make report")
@shielded
def report_period(period: str, of: str | None = None) -> dict[str, Any]:
    """The newest period that is over, or that of the date `of`: its pages among the reports, artifacts of the run, a
    run of MLflow, and word of it by the alert channels that take information.
    """
    desk, logger = build_desk(), get_run_logger()
    journal, now = build_journal(desk), desk.clock.now()
    report = make_report(desk, journal, span_asked(period, of, now))
    pages = publish(desk, build_tracker(desk), report, logger.warning)
    tell(desk, journal, report, pages.page, now)
    said, key = escaped(report.summary), f"report-{period}"
    create_table_artifact(safe_rows(performance_rows(report), escaped), key=f"{key}-figures", description=said)
    create_markdown_artifact(markdown_of(report), key=key, description=said)
    picture = base64.b64encode(pages.picture).decode()
    create_image_artifact(f"data:image/png;base64,{picture}", key=f"{key}-equity", description=said)
    logger.info(f"result: {report.summary}")
    return report.as_json()
