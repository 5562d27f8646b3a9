"""Prefect tasks that bring bars in, put right what is missing, and show what there is."""

import base64
from functools import partial
from typing import Any

from prefect import State, Task, get_run_logger, task
from prefect.artifacts import create_image_artifact, create_table_artifact
from prefect.client.schemas import TaskRun

from models.types import Series, Unavailable, parse_time
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_action_feed, build_desk, build_feed, build_journal
from tasks.progress import ProgressArtifact
from tasks.session.actions import ingest_actions
from tasks.session.coverage import coverage_of
from tasks.session.feeds import feel_pulse, watch_feeds
from tasks.session.intake import ingest
from tasks.session.repairing import repair

COLUMNS = ("series", "first", "last", "expected", "present", "missing", "outage", "quiet", "quarantined")


def _outside_failed(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), Unavailable)


@task(name="ingest series", retries=3, retry_delay_seconds=[2, 10, 30], retry_condition_fn=_outside_failed)
@shielded
def ingest_series(venue: str, symbol: str, timeframe: str, since: str | None) -> dict[str, Any]:
    """Fetch what the lake lacks of one series; tried again only when the venue did not answer."""
    series = Series(venue, symbol, timeframe)
    desk = build_desk()
    journal = build_journal(desk)
    begin = None if since is None else parse_time(since)
    progress = ProgressArtifact(f"ingest of {series}")
    try:
        result = ingest(desk, series, build_feed(desk, series, journal), begin, store=True, report=progress).as_json()
        ingest_actions(desk, series, build_action_feed(desk, series))
    finally:
        watch_feeds(desk, journal)
    result.pop("gap_list")
    get_run_logger().info(str(result))
    return result


@task(name="repair series")
@shielded
def repair_series(venue: str, symbol: str, timeframe: str) -> dict[str, Any]:
    """Set damaged files aside and fetch again what the series lacks."""
    desk = build_desk()
    series = Series(venue, symbol, timeframe)
    journal = build_journal(desk)
    open_feed = partial(build_feed, journal=journal)
    result = repair(desk, [series], open_feed, store=True, report=get_run_logger().info).as_json()
    get_run_logger().info(str(result))
    return result


@task(name="watch feeds")
@shielded
def watch_book_feeds() -> str | None:
    """Ask the feeds of the configured book for a sign of life; the reason when none has given one for too long."""
    desk = build_desk()
    journal = build_journal(desk)
    series = desk.universe()[0]
    stopped = feel_pulse(desk, journal, series, build_feed(desk, series, journal))
    if stopped is not None:
        get_run_logger().error(stopped)
    return stopped


@task(name="show coverage")
@shielded
def show_coverage(wanted: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """A table of what each series has and lacks, and a picture of the gaps, as artifacts of the run."""
    from tasks.session.gap_picture import gap_picture  # matplotlib takes a second, and a trading cycle draws nothing

    desk = build_desk()
    have = set(desk.lake.series())
    found, damaged = coverage_of(desk, [series for series in (Series(*one) for one in wanted) if series in have])
    for series, reason in damaged.items():
        get_run_logger().error(f"{series}: {reason}")
    if not found:
        return []
    rows = [one.as_json() for one in found]
    table = [{name: row[name] for name in COLUMNS} for row in rows]
    create_table_artifact(table, key="coverage", description="Bars present, missing and quiet")
    picture = base64.b64encode(gap_picture(found)).decode()
    create_image_artifact(f"data:image/png;base64,{picture}", key="coverage-gaps", description="Gaps by kind")
    return table
