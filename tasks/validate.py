"""Prefect task that validates the book and shows what is left of it."""

import base64
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from models.types import parse_time
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_tracker
from tasks.progress import ProgressArtifact
from tasks.session.validating import ValidationReport, validate
from tasks.session.validating.picture import validation_picture
from tasks.session.validating.publishing import publish
from tasks.session.validating.showing import tables_of


@task(name="validate book")
@shielded
def validate_book(
    flags: dict[str, Any], start: str | None, end: str | None, profiles: tuple[str, ...]
) -> dict[str, Any]:
    """Validate the configured book with `flags` on top; tables, verdicts, picture and page become artifacts."""
    desk, logger = build_desk(flags), get_run_logger()
    tracker = build_tracker(desk)
    first, last = (None if text is None else parse_time(text) for text in (start, end))
    found = validate(desk, tracker, first, last, ProgressArtifact("validation"), profiles)
    report = publish(desk, tracker, found, logger.warning)
    _show(report)
    for one in report.profiles.values():
        logger.info(f"result: {one.verdict.text}")
    return report.as_json()


def _show(report: ValidationReport) -> None:
    for one in tables_of(report):
        create_table_artifact(one.rows, key=f"validation-{one.key}", description=f"{one.title}. {one.note}")
    picture = base64.b64encode(validation_picture(report)).decode()
    description = f"Growth, regimes, costs and drawdowns: {', '.join(report.symbols)}"
    create_image_artifact(f"data:image/png;base64,{picture}", key="validation-picture", description=description)
    create_markdown_artifact(_note(report), key="validation-verdict", description="What may be said of each profile")


def _note(report: ValidationReport) -> str:
    page = report.page
    link = "" if page is None else f"The report is [{page.name}](<{page.as_uri()}>), the file `{page}`.\n\n"
    verdicts = "\n\n".join(f"**{name}** {one.verdict.text}" for name, one in report.profiles.items())
    return (
        f"{verdicts}\n\n{link}It is also an artifact of the newest run in MLflow's experiment `validation`.\n\n"
        f"    {report.command}\n\nConfiguration `{report.config_version}`.\n"
    )
