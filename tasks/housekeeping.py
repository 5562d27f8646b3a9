"""Prefect task that tidies the streamed data up."""

from typing import Any

from prefect import get_run_logger, task

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk
from tasks.session.housekeeping import keep_house


@task(name="keep ticks")
@shielded
def keep_ticks() -> list[dict[str, Any]]:
    """Compact and expire the ticks of every market."""
    desk = build_desk()
    keep = desk.loaded.settings.streaming.keep_days
    rows = [one.as_row() for one in keep_house(desk.lake, keep.model_dump(), desk.clock.now())]
    for row in rows:
        get_run_logger().log(30 if row["trouble"] else 20, str(row))
    return rows
