"""Prefect task of the session."""

import asyncio
import base64
from contextlib import suppress
from typing import Any
from uuid import UUID

import httpx
from prefect import get_run_logger, task
from prefect.artifacts import (
    acreate_image_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
)
from prefect.exceptions import PrefectException

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_tracker, build_trading_desk
from tasks.bootstrap.sessions import opened_session
from tasks.session.running.asking import flags_of, micros_of
from tasks.session.running.publishing import publish
from tasks.session.running.report import report_of
from tasks.session.running.steps import Step

# What a server that is down answers with. Showing is never worth a session.
SERVER_TROUBLES = (httpx.HTTPError, PrefectException, OSError)


@task(name="run session")
@shielded
async def run_session(capital: float | None, duration: str | None, live: bool) -> dict[str, Any]:
    """Decide at the close of every bar of the configured book until its time is over or the run is cancelled; the
    report of the campaign so far.
    """
    logger, flags, shown = get_run_logger(), flags_of(capital), _Shown()
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    def report(step: Step) -> None:
        logger.info(str(step))
        if step.share is not None:
            told = loop.create_task(shown.progress(100.0 * step.share))
            tasks.add(told)
            told.add_done_callback(tasks.discard)

    desk, journal = build_trading_desk(flags, logger.warning)
    with opened_session(desk, journal, flags, report, micros_of(duration), live) as (session, campaign):
        logger.info(f"campaign {campaign.name} with the release {campaign.release}")
        why = await session.run(asyncio.Event())
    logger.info(f"ended: {why}")
    found = await asyncio.to_thread(report_of, desk, journal)
    pages = await asyncio.to_thread(publish, desk, build_tracker(desk), found, logger.warning)
    with suppress(*SERVER_TROUBLES):
        await acreate_markdown_artifact(pages.text, key="session", description=found.summary)
        picture = base64.b64encode(pages.picture).decode()
        await acreate_image_artifact(f"data:image/png;base64,{picture}", key="session-equity", description="Equity")
    return found.as_json()


class _Shown:
    """The campaign's progress artifact, moved by whole percents."""

    def __init__(self) -> None:
        self._artifact: UUID | None = None
        self._percent = -1

    async def progress(self, percent: float) -> None:
        """Move it; a server that does not answer misses a move."""
        if int(percent) <= self._percent:
            return
        self._percent = int(percent)
        with suppress(*SERVER_TROUBLES):
            if self._artifact is None:
                self._artifact = await acreate_progress_artifact(percent, description="campaign")
            else:
                await aupdate_progress_artifact(self._artifact, percent)
