"""Prefect tasks that bring bars in."""

from typing import Any

from prefect import State, Task, get_run_logger, task
from prefect.client.schemas import TaskRun

from models.types import Series, Unavailable, parse_time
from tasks.bootstrap import build_desk, build_feed
from tasks.session.intake import ingest


def _outside_failed(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), Unavailable)


@task(name="ingest series", retries=3, retry_delay_seconds=[2, 10, 30], retry_condition_fn=_outside_failed)
def ingest_series(venue: str, symbol: str, timeframe: str, since: str | None) -> dict[str, Any]:
    """Fetch what the lake lacks of one series; tried again only when the venue did not answer."""
    series = Series(venue, symbol, timeframe)
    desk = build_desk()
    begin = None if since is None else parse_time(since)
    result = ingest(desk, series, build_feed(desk, series), begin, store=True, report=get_run_logger().info).as_json()
    result.pop("gap_list")
    get_run_logger().info(str(result))
    return result
