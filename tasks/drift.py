"""Prefect tasks that look at models after their training, and train again those that have drifted."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from models.types import Damaged, Series
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.drifting import DriftReport, SeriesWatch
from tasks.session.drifting.publishing import publish, raise_alerts
from tasks.session.drifting.retraining import retrain
from tasks.session.drifting.showing import (
    difference_lines,
    input_rows,
    model_rows,
    page_of,
    repeat_rows,
    summary,
    verdict_lines,
)
from tasks.session.drifting.watching import watch

NONE = [{"found": "nothing"}]


@task(name="series of the book")
@shielded
def series_of_book(flags: dict[str, Any]) -> list[Series]:
    """Those of the configured book with `flags` on top."""
    return list(build_desk(flags).universe())


@task(name="watch models")
@shielded
def watch_models(flags: dict[str, Any], series: Series) -> SeriesWatch:
    """Drift of every trained model of a series, and whether research repeats what they said live."""
    found = watch(build_desk(flags), series)
    for line in verdict_lines([found]):
        get_run_logger().info(line)
    return found


@task(name="train drifted models")
@shielded
def train_drifted(flags: dict[str, Any], watched: list[SeriesWatch]) -> tuple[dict[str, Any], ...]:
    """Train, in a process of its own, whatever has drifted or fallen silent."""
    return retrain(build_desk(flags), watched, get_run_logger().info)


@task(name="show drift")
@shielded
def show_drift(
    flags: dict[str, Any], watched: list[SeriesWatch], trained: tuple[dict[str, Any], ...]
) -> dict[str, Any]:
    """Tables and page become artifacts of the run, and a run of MLflow.

    Raises:
        Damaged: research does not repeat the live words; the journal has the alert.
    """
    desk, logger = build_desk(flags), get_run_logger()
    report = DriftReport(desk.loaded.version, tuple(watched), trained)
    publish(desk, build_tracker(desk), report, logger.warning)
    for name, rows in (
        ("models", model_rows(watched)),
        ("inputs", input_rows(watched)),
        ("repeats", repeat_rows(watched)),
    ):
        create_table_artifact(rows or NONE, key=f"drift-{name}", description=summary(report))
    create_markdown_artifact(page_of(report), key="drift", description=summary(report))
    logger.info(f"result: {summary(report)}")
    if not report.equal:
        raise_alerts(build_journal(desk), report, desk.clock.now())
        raise Damaged(f"research does not repeat what was said live: {'; '.join(difference_lines(watched)[:5])}")
    return report.as_json()
