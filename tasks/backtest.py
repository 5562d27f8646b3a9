"""Prefect task that runs a backtest and shows it."""

import base64
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_table_artifact

from models.types import parse_time
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.pictures import equity_picture


@task(name="backtest book")
def backtest_book(flags: dict[str, Any], start: str | None, end: str | None) -> dict[str, Any]:
    """Backtest the configured book with `flags` on top; metrics and picture become artifacts of the run."""
    desk = build_desk(flags)
    logger = get_run_logger()
    window = [None if text is None else parse_time(text) for text in (start, end)]
    report = backtest(desk, build_tracker(desk), window[0], window[1], logger.info)
    result = report.as_json()
    _show(report)
    figures = report.out_of_sample
    logger.info(
        f"result: {result['bars']} bars, {figures.trades} trades, costs {figures.costs:.2f}, out-of-sample return "
        f"{figures.total_return:+.4f}, in-sample return {report.in_sample.total_return:+.4f}, "
        f"intents {result['intents_sha256']}"
    )
    return result


def metric_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row per metric, out-of-sample beside in-sample."""
    names = type(report.out_of_sample).__slots__
    return [
        {
            "metric": name.replace("_", " "),
            "out of sample": _rounded(getattr(report.out_of_sample, name)),
            "in sample": _rounded(getattr(report.in_sample, name)),
        }
        for name in names
    ]


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


def _show(report: BacktestReport) -> None:
    symbols = ", ".join(report.book.symbols)
    create_table_artifact(metric_rows(report), key="backtest-metrics", description=f"Backtest of {symbols}")
    picture = base64.b64encode(equity_picture(report.run, report.in_sample.total_return)).decode()
    create_image_artifact(
        f"data:image/png;base64,{picture}", key="backtest-equity", description=f"Equity, drawdown, regimes: {symbols}"
    )
