"""Prefect tasks that look at the stage of the book, and promote it."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.adapters.clocks import SystemClock
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.staging import promote
from tasks.session.staging.nightly import look_nightly
from tasks.session.staging.showing import verdict_rows

NO_STEP = [{"criterion": "there is no step up"}]


@task(name="look at the stage")
@shielded
def look_at_stage() -> dict[str, Any]:
    """Evidence, verdicts and what they cost become artifacts; a demotion is done."""
    logger, desk = get_run_logger(), build_desk()
    found = look_nightly(desk, build_journal(desk), build_tracker(desk), logger.warning)
    create_table_artifact(verdict_rows(found.seen) or NO_STEP, key="stage-verdicts", description=found.verdict)
    create_markdown_artifact(found.dossier.markdown(), key="stage-dossier", description=found.verdict)
    logger.log(30 if found.demoted is not None else 20, f"result: {found.verdict}")
    return found.as_json()


@task(name="promote stage")
@shielded
def promote_stage(stage: str, who: str, why: str, phrase: str) -> dict[str, Any]:
    """Promote the configured book by one step, as `keel stage promote` does.

    Raises:
        Refused: a criterion is not met; names each.
    """
    desk = build_desk()
    changed = promote(build_journal(desk), desk.loaded.settings, who, why, phrase, SystemClock().now(), stage)
    page = None if changed.dossier is None else changed.dossier.with_suffix(".md")
    text = changed.sentence if page is None else page.read_text()
    create_markdown_artifact(text, key="stage-promotion", description=changed.sentence)
    get_run_logger().info(f"result: {changed.sentence}")
    return changed.as_json()
