"""Prefect tasks of the streams."""

import asyncio
import logging
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import acreate_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_streams
from tasks.session.streaming import StreamEvent, Tally, What, run_streams

# Turns for the worse.
WARNINGS = frozenset({What.STALE, What.DROPPED, What.OUT_OF_STEP, What.FALLBACK_FAILED, What.NOT_FETCHED})


@task(name="stream markets")
@shielded
async def stream_markets(minutes: float | None) -> list[dict[str, Any]]:
    """Stream the configured book's markets into the lake, one log line for every turn a stream takes."""
    desk, log, tally = build_desk(), get_run_logger(), Tally()

    def report(event: StreamEvent) -> None:
        log.log(logging.WARNING if event.what in WARNINGS else logging.INFO, str(event))

    plan, sources, target, rng = build_streams(desk)
    seconds = None if minutes is None else 60.0 * minutes
    try:
        await run_streams(plan, sources, target, desk.clock, rng, report, tally, seconds)
    except asyncio.CancelledError:
        log.info(f"cancelled; what came in is in the lake: {tally.rows()}")
        raise
    return tally.rows()


@task(name="show streams")
@shielded
async def show_streams(rows: list[dict[str, Any]]) -> None:
    """What came in, as a table artifact of the run."""
    await acreate_table_artifact(rows, key="streams", description="Values stored and turns taken")
