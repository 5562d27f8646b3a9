"""Prefect task that runs a backtest and shows it."""

import base64
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from models.types import parse_time
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.pictures import equity_picture
from tasks.session.publishing import publish
from tasks.session.showing import (
    behaviour_rows,
    doubt_rows,
    metric_rows,
    stopping_rows,
    summary,
    switching_rows,
    system_rows,
)


@task(name="backtest book")
@shielded
def backtest_book(flags: dict[str, Any], start: str | None, end: str | None, cost_multiple: float) -> dict[str, Any]:
    """Backtest the configured book with `flags` on top; figures, picture and tear sheet become artifacts of the run."""
    desk, logger = build_desk(flags), get_run_logger()
    tracker = build_tracker(desk)
    first, last = (None if text is None else parse_time(text) for text in (start, end))
    found = backtest(desk, tracker, first, last, logger.info, cost_multiple)
    report = publish(desk, tracker, found, logger.warning)
    _show(report)
    logger.info(f"result: {summary(report)}")
    return report.as_json()


def _show(report: BacktestReport) -> None:
    symbols = ", ".join(report.book.symbols)
    rows = metric_rows(report) if report.plausible else doubt_rows(report)
    title = f"Backtest of {symbols}" if report.plausible else f"Backtest of {symbols}: not plausible, look at these"
    create_table_artifact(rows, key="backtest-metrics", description=title)
    if report.plausible:
        create_table_artifact(system_rows(report), key="backtest-systems", description="Each system on its own capital")
    create_table_artifact(behaviour_rows(report), key="backtest-specialists", description="What each specialist did")
    create_table_artifact(
        switching_rows(report), key="backtest-switches", description="Changes of the specialist in charge"
    )
    create_table_artifact(
        stopping_rows(report), key="backtest-stops", description="Breakers that tripped, and how long the stops held"
    )
    picture = base64.b64encode(equity_picture(report)).decode()
    create_image_artifact(
        f"data:image/png;base64,{picture}", key="backtest-equity", description=f"Equity, drawdown, regimes: {symbols}"
    )
    create_markdown_artifact(_page_note(report), key="backtest-tear-sheet", description=f"Tear sheet of {symbols}")


def _page_note(report: BacktestReport) -> str:
    made = report.provenance
    page = report.tear_sheet
    link = "" if page is None else f"The tear sheet is [{page.name}](<{page.as_uri()}>), the file `{page}`.\n\n"
    return (
        f"{link}It is also an artifact of the newest run in MLflow's experiment `backtests`.\n\n{summary(report)}\n\n"
        f"    {made.command}\n\nConfiguration `{made.config_version}`, intents `{report.intents_sha256}`.\n"
    )
