"""Prefect task of the risk desk: the stops on a timer, whether or not a bar has closed."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_trading_desk
from tasks.session.review import review
from tasks.session.riskdesk import check_breakers, mark_book, review_json, risk_report

COLUMNS = ("name", "system", "found", "limit", "room", "source")


@task(name="check risk")
@shielded
def check_risk(flags: dict[str, Any]) -> dict[str, Any]:
    """Mark the book at the newest prices, journal what that trips, and report."""
    desk, journal = build_trading_desk(flags, get_run_logger().warning)
    event = check_breakers(journal, mark_book(desk, journal))
    if event is not None:
        get_run_logger().error(f"{event.breaker.text}: {event.level.text}")
    report = risk_report(desk, journal, mark_book(desk, journal))
    rows = [one.as_json() for one in report.gauges]
    table = [{name: row[name] for name in COLUMNS} for row in rows]
    create_table_artifact(
        table, key="risk-limits", description=f"Limits and their room, equity {report.marked.equity:.2f}"
    )
    return report.as_json() | {"review": review_json(review(desk, journal))}
