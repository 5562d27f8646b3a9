"""Prefect tasks that keep the regime history of the book's series, and show what it is like."""

import base64
import re
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk
from tasks.session.detection import regime_settings
from tasks.session.regimes import (
    Kept,
    RegimeReport,
    keep_history,
    regime_report,
    report_tables,
)
from tasks.session.regimes.picture import regime_picture


@task(name="keep regimes")
@shielded
def keep_regimes(flags: dict[str, Any]) -> list[Kept]:
    """Detect the regimes of the configured book's series with `flags` on top, and store what is new of them."""
    desk = build_desk(flags)
    kept = [keep_history(desk, series, regime_settings(desk)) for series in desk.universe()]
    for one in kept:
        get_run_logger().info(one.note)
    return kept


@task(name="show regimes")
@shielded
def show_regimes(flags: dict[str, Any], kept: list[Kept]) -> list[dict[str, Any]]:
    """Figures of the stored histories; tables and picture become artifacts of the run."""
    desk = build_desk(flags)
    reports = [regime_report(desk, one) for one in kept]
    for report in reports:
        _show(report)
    return [report.as_json() for report in reports]


def _show(report: RegimeReport) -> None:
    key = f"regimes-{re.sub('[^a-z0-9]+', '-', str(report.series).lower()).strip('-')}"
    for table in report_tables(report):
        create_table_artifact(table.rows, key=f"{key}-{table.key}", description=table.title)
    picture = base64.b64encode(regime_picture(report)).decode()
    description = f"Price and regimes of {report.series}, durations, transitions"
    create_image_artifact(f"data:image/png;base64,{picture}", key=key, description=description)
