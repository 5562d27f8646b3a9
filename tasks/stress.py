"""Prefect task that stresses the book and shows what it would lose."""

import base64
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_tracker, stress_desk
from tasks.progress import ProgressArtifact
from tasks.session.stressing.acting import command_that_acts
from tasks.session.stressing.picture import loss_picture
from tasks.session.stressing.running import Request
from tasks.session.stressing.session import StressRun, run_stress_test
from tasks.session.stressing.showing import (
    all_rows,
    contribution_rows,
    cut_rows,
    held_sentence,
    proposal_sentence,
    summary,
    unplayed_sentence,
    wrong_rows,
)

NO_ROWS = [{"scenario": "none ran"}]


@task(name="stress book")
@shielded
def stress_book(
    flags: dict[str, Any], scenarios: list[str], together: bool, file: str | None, act: bool
) -> dict[str, Any]:
    """Stress the configured book with `flags` on top; with `act` a breach is acted on by setting. Figures, picture and
    proposal become artifacts of the run.
    """
    logger = get_run_logger()
    desk, journal = stress_desk(flags, act, logger.warning)
    moving = ProgressArtifact("stress test")

    def advance(done: int, of: int, following: str) -> None:
        moving(following, done / of if of else 1.0)

    request = Request(tuple(scenarios), together, None if file is None else Path(file))
    tested = run_stress_test(desk, journal, build_tracker(desk), request, act, advance, logger.warning)
    for one in tested.report.wrong:
        logger.error(f"{one.name}: {one.why}")
    _show(tested)
    logger.info(f"result: {summary(tested.report)}")
    return tested.as_json()


def _show(tested: StressRun) -> None:
    report, page = tested.report, tested.files.page
    create_table_artifact(all_rows(report) or NO_ROWS, key="stress-losses", description=summary(report))
    create_markdown_artifact(_proposal_note(tested), key="stress-proposal", description=proposal_sentence(report))
    picture = base64.b64encode(loss_picture(report)).decode()
    create_image_artifact(
        f"data:image/png;base64,{picture}", key="stress-map", description="Loss by scenario, and how much of the limit"
    )
    create_link_artifact(page.as_uri(), link_text=page.name, key="stress-page", description=f"The page, {page}")


def _proposal_note(tested: StressRun) -> str:
    report, worst = tested.report, tested.report.worst
    parts = [held_sentence(report), proposal_sentence(report)]
    if report.proposal is not None:
        parts += [_markdown(cut_rows(report.proposal)), f"To act on it:\n\n    {command_that_acts(report)}"]
    if tested.response is not None:
        parts.append(f"Done: {tested.response.deed.value}. {tested.response.why}")
    if worst is not None:
        parts += [f"### {worst.scenario}, the worst: {worst.book} {worst.profile}", _markdown(contribution_rows(worst))]
    if report.unplayed or report.untouched:
        parts.append(unplayed_sentence(report))
    if report.wrong:
        parts += ["### Scenarios that could not be used", _markdown(wrong_rows(report))]
    return "\n\n".join([*parts, f"    {report.command}"]) + "\n"


def _markdown(rows: list[dict[str, Any]]) -> str:
    """Rows with the same columns; nothing without rows."""
    if not rows:
        return "nothing"
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([_cell(row[name]) for name in heads] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
