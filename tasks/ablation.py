"""Prefect task that measures what each model is worth, and shows it."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_tracker
from tasks.progress import ProgressArtifact
from tasks.session.ablating import AblationReport, ablate
from tasks.session.ablating.proving import sentence_of
from tasks.session.ablating.publishing import EXPERIMENT, publish
from tasks.session.ablating.showing import costs_sentence, intervals_sentence, tables_of


@task(name="ablate models")
@shielded
def ablate_models(flags: dict[str, Any]) -> dict[str, Any]:
    """Measure the models of the configured symbols with `flags` on top; tables and page become artifacts."""
    desk, logger = build_desk(flags), get_run_logger()
    report = publish(desk, build_tracker(desk), ablate(desk, ProgressArtifact("ablation")), logger.warning)
    for one in tables_of(report):
        create_table_artifact(one.rows, key=f"ablation-{one.key}", description=f"{one.title}. {one.note}")
    create_markdown_artifact(_note(report), key="ablation-verdict", description="Who should speak, by these figures")
    for proof in report.proofs:
        logger.info(f"result: {sentence_of(proof)}")
    for proposal in report.proposals:
        logger.info(f"result: {proposal.sentence}")
    return report.as_json()


def _note(report: AblationReport) -> str:
    page = report.page
    link = "" if page is None else f"The report is [{page.name}](<{page.as_uri()}>), the file `{page}`.\n\n"
    proposals = "\n\n".join(
        one.sentence if one.rule is None else f"{one.sentence}\n\n    {one.rule}" for one in report.proposals
    )
    proofs = "".join(f"{sentence_of(one)}\n\n" for one in report.proofs)
    return (
        f"{proofs}{proposals}\n\n{costs_sentence(report)} {intervals_sentence(report)}\n\n{link}It is also an "
        f"artifact of the newest run in MLflow's experiment `{EXPERIMENT}`.\n\n    {report.command}\n\n"
        f"Configuration `{report.config_version}`.\n"
    )
