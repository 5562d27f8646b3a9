"""Prefect task of the risk desk: the stops on a timer, whether or not a bar has closed."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact

from tasks.bootstrap import build_desk, build_journal
from tasks.session.riskdesk import check_breakers, mark_book, risk_report

COLUMNS = ("name", "system", "found", "limit", "room", "source")


@task(name="check risk")
def check_risk(flags: dict[str, Any]) -> dict[str, Any]:
    """Mark the book at the newest prices, journal what that trips, and report."""
    desk = build_desk(flags)
    journal = build_journal(desk)
    marked = mark_book(desk, journal)
    event = check_breakers(journal, marked)
    if event is not None:
        get_run_logger().error(f"{event.breaker.text}: {event.level.text}")
    report = risk_report(desk, journal, mark_book(desk, journal)).as_json()
    table = [{name: row[name] for name in COLUMNS} for row in report["limits"]]
    create_table_artifact(table, key="risk-limits", description=f"Limits of {report['book']} and their room")
    return report
