"""Prefect tasks that evolve the specialists, promote what passed, and look into the vault."""

import base64
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.context import FlowRunContext

from models.types import Refused
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, build_runner, build_tracker
from tasks.ports import Runner
from tasks.progress import ProgressArtifact
from tasks.session.desk import Desk
from tasks.session.evolving.asking import request_of
from tasks.session.evolving.ledger import LedgerView, ledger_of
from tasks.session.evolving.picture import evolution_picture
from tasks.session.evolving.promoting import Promotion, promote, promote_by_policy
from tasks.session.evolving.publishing import publish
from tasks.session.evolving.report import EvolutionReport
from tasks.session.evolving.running import evolve
from tasks.session.evolving.showing import (
    all_gate_rows,
    failed_sentences,
    figure_rows,
    promoting_sentence,
    search_rows,
    sides_of,
    trials_sentence,
)
from tasks.session.evolving.showing_vault import vault_sentence, vault_sides
from tasks.session.evolving.vault import open_vault

# The ledger only grows: its newest rows are what a run's page shows, all of them keel evolve --ledger.
MOST_ROWS = 50


@task(name="evolve specialists")
@shielded
def evolve_specialists(
    flags: dict[str, Any], specialists: list[str], generations: int | None, resume: bool, runner: str
) -> dict[str, Any]:
    """Evolve on the configured book with `flags` on top; gates, both samples, ledger, picture and verdict become
    artifacts. By policy what passed every gate is promoted; else it is said which command does.
    """
    request, desk, logger = request_of(specialists, generations, resume), build_desk(flags), get_run_logger()
    tracker, journal = build_tracker(desk), build_journal(desk)
    with _runner(desk, runner) as computing:
        found = evolve(desk, journal, tracker, computing, request, ProgressArtifact("evolution"))
    report = publish(desk, tracker, found, logger.warning)
    promotions = promote_by_policy(desk, tracker, report, logger.warning)
    _show(report, promotions, ledger_of(journal))
    logger.info(f"result: {report.verdict}")
    for sentence in _promoted(report, promotions):
        logger.info(sentence)
    return report.as_json() | {"promotions": [one.as_json() for one in promotions]}


def _runner(desk: Desk, kind: str) -> AbstractContextManager[Runner]:
    """Where the chunks are done. A flow that runs under prefect-dask has a cluster already: its own is taken."""
    context = FlowRunContext.get()
    under: Any = None if context is None else context.task_runner
    if kind == "dask" and type(under).__name__ == "DaskTaskRunner":
        from tasks.adapters.runners.dask import DaskRunner

        return nullcontext(DaskRunner(under.client))
    return build_runner(desk, kind)


@task(name="promote challenger")
@shielded
def promote_challenger(specialist: str, run: str | None) -> dict[str, Any]:
    """Make a challenger champion.

    Raises:
        Refused: a gate is not passed; names it.
    """
    desk = build_desk()
    promotion = promote(desk, build_tracker(desk), specialist, run)
    create_markdown_artifact(f"{promotion.sentence}\n", key="promotion", description=f"Promotion of {specialist}")
    if not promotion.done:
        raise Refused(promotion.sentence)
    get_run_logger().info(f"result: {promotion.sentence}")
    return promotion.as_json()


@task(name="look into vault")
@shielded
def look_into_vault(flags: dict[str, Any], why: str) -> dict[str, Any]:
    """Try the newest candidates on the held slice; the figures become artifacts."""
    desk = build_desk(flags)
    found = open_vault(desk, build_journal(desk), build_tracker(desk), why, ProgressArtifact("vault"))
    sentence = vault_sentence(found)
    create_table_artifact(figure_rows(vault_sides(found)), key="vault-figures", description=sentence)
    get_run_logger().info(f"result: {sentence}")
    fields: dict[str, Any] = found.as_json()
    return fields


def _show(report: EvolutionReport, promotions: tuple[Promotion, ...], ledger: LedgerView) -> None:
    tables = {
        "gates": (all_gate_rows(report), report.verdict),
        "figures": (figure_rows(sides_of(report)), "Out of sample and in sample, after costs"),
        "searches": (search_rows(report), "How each specialist was searched for"),
        "ledger": (ledger.table()[:MOST_ROWS], trials_sentence(report)),
    }
    for key, (rows, description) in tables.items():
        create_table_artifact(rows, key=f"evolution-{key}", description=description)
    picture = base64.b64encode(evolution_picture(report)).decode()
    description = f"Equity, fitness and fronts: {', '.join(report.series)}"
    create_image_artifact(f"data:image/png;base64,{picture}", key="evolution-picture", description=description)
    create_markdown_artifact(_note(report, promotions), key="evolution-verdict", description=report.verdict)


def _note(report: EvolutionReport, promotions: tuple[Promotion, ...]) -> str:
    dossiers = [f"- [{name}](<{page.as_uri()}>), the file `{page}`" for name, page in report.pages.items()]
    parts = [
        f"**{report.verdict}**",
        "\n".join(f"- {one.verdict}" for one in report.candidates),
        *(["\n".join(f"- {sentence}" for sentence in failed_sentences(report))] if failed_sentences(report) else []),
        "Dossiers:\n\n" + "\n".join(dossiers),
        *_promoted(report, promotions),
        f"{trials_sentence(report)}. Its searches are compared in MLflow's experiment `evolution`.",
        f"    {report.command}",
        f"Run `{report.run}`, configuration `{report.config_version}`, commit `{report.commit}`.",
    ]
    return "\n\n".join(parts) + "\n"


def _promoted(report: EvolutionReport, promotions: tuple[Promotion, ...]) -> list[str]:
    return [one for one in ([made.sentence for made in promotions] or [promoting_sentence(report)]) if one]
