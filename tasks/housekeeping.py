"""Prefect tasks of the housekeeping, one a step, and what the Prefect server itself has to let go."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import TERMINAL_STATES

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, build_writing, journal_place
from tasks.session.keeping import (
    Tidied,
    keep_features,
    keep_house,
    keep_journal,
    keep_logs,
    keep_reports,
    nightly_backup,
)

Rows = list[dict[str, Any]]
# The most that the server deletes at once, and the rest that it gets between two batches.
BATCH = 50
PAUSE_SECONDS = 0.2
MICROS = 1_000_000
MEGABYTE = 1_000_000
# The server's, though the client's list of paths lacks it.
BULK_DELETE = "/flow_runs/bulk_delete"


@task(name="keep backup")
@shielded
def keep_backup() -> Rows:
    """A verified backup of tonight; older ones go."""
    desk = build_desk()
    keep = desk.loaded.settings.housekeeping.backups_keep
    return _told(nightly_backup(desk.home, keep, desk.clock.now(), journal_place(desk.home)))


@task(name="keep runs")
@shielded
def keep_runs() -> Rows:
    """Delete the finished runs that are older than `housekeeping.runs_days` from the Prefect server."""
    days = build_desk().loaded.settings.housekeeping.runs_days
    with get_client(sync_client=True) as client:
        gone = drop_runs(client, datetime.now(UTC) - timedelta(days=days))
    return _told([Tidied("runs", f"older than {days:g} days", gone)])


@task(name="keep ticks")
@shielded
def keep_ticks() -> Rows:
    """Compact and expire the ticks of every market."""
    desk = build_desk()
    settings = desk.loaded.settings
    keep = settings.streaming.keep_days.model_dump() | dict.fromkeys(("news", "opportunities"), settings.news.keep_days)
    return _told(keep_house(desk.lake, keep, desk.clock.now()))


@task(name="keep files")
@shielded
def keep_files() -> Rows:
    """Old versions of features, old report pages, long logs."""
    desk = build_desk()
    kept, now = desk.loaded.settings.housekeeping, desk.clock.now()
    most = round(desk.loaded.settings.logs.megabytes * MEGABYTE)
    reports = keep_reports(desk.home, kept.reports_days, now)
    return _told([*keep_features(desk.lake, kept.features_keep), *reports, *keep_logs(desk.home, most, most)])


@task(name="keep journal")
@shielded
def tidy_journal() -> Rows:
    """The journal's file, while nobody orders."""
    desk = build_desk()
    journal, settings = build_journal(desk), desk.loaded.settings
    writing = build_writing(settings.execution, journal)
    return _told(keep_journal(journal, writing, settings.housekeeping.free_share, desk.clock.now()))


@task(name="show housekeeping")
@shielded
def show_housekeeping(rows: Rows) -> None:
    """A table of it all, and an alert for what was left as it is."""
    create_table_artifact(rows, key="housekeeping", description="What the housekeeping did, and what it left")
    troubled = [row for row in rows if row["trouble"]]
    if troubled:
        desk = build_desk()
        now = desk.clock.now()
        said = "; ".join(f"{row['step']} {row['what']}: {row['trouble']}" for row in troubled)
        day = datetime.fromtimestamp(now / MICROS, UTC).date()
        build_journal(desk).raise_alert(f"housekeeping-{day}", "warning", f"housekeeping left something: {said}", now)


def drop_runs(client: SyncPrefectClient, before: datetime) -> int:
    """Delete the flow runs that ended before then, a batch after the other with a rest between; how many went.

    A run that was cancelled before it began has no end: the time at which it was expected counts. Runs that are
    scheduled, pending, paused or running stay, whatever their age.
    """
    ended = {"end_time": {"before_": before.isoformat()}}
    never_begun = {"end_time": {"is_null_": True}, "expected_start_time": {"before_": before.isoformat()}}
    return sum(_drop(client, one) for one in (ended, never_begun))


def _drop(client: SyncPrefectClient, wanted: dict[str, Any]) -> int:
    finished = {"state": {"type": {"any_": sorted(one.value for one in TERMINAL_STATES)}}}
    gone = 0
    while True:
        asked = {"flow_runs": finished | wanted, "limit": BATCH}
        answer = client.request("POST", BULK_DELETE, json=asked)  # type: ignore[arg-type]
        answer.raise_for_status()
        deleted = len(answer.json()["deleted"])
        gone += deleted
        if deleted < BATCH:
            return gone
        time.sleep(PAUSE_SECONDS)


def _told(found: Sequence[Tidied]) -> Rows:
    rows = [one.as_row() for one in found]
    for row in rows:
        get_run_logger().log(30 if row["trouble"] else 20, str(row))
    return rows
