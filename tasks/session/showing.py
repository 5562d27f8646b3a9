"""A backtest's figures in rows and sentences, for the shell, Prefect's tables and its log."""

from dataclasses import asdict
from typing import Any

from models.portfolio import Interval, Metrics, Trade
from models.types import iso
from tasks.session.backtesting import BacktestReport

DIGITS = 4
TRADE_COLUMNS = ("symbol", "entered", "left", "quantity", "entry price", "exit price", "profit", "by")


def metric_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row for each metric: out-of-sample, where nine in ten of its replicates lie, in-sample, and holding."""
    return [
        {
            "metric": _words(name),
            "out of sample": _rounded(getattr(report.out_of_sample, name)),
            "90 % interval, of days": _between(getattr(report.intervals, name, None)),
            "in sample": _rounded(getattr(report.in_sample, name)),
            "hold": _rounded(getattr(report.hold.metrics, name)),
        }
        for name in Metrics.__slots__
    ]


def system_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row for each metric: each system on its own capital."""
    found = report.systems
    return [
        {"metric": _words(name)} | {system: _rounded(getattr(one, name)) for system, one in found.items()}
        for name in Metrics.__slots__
    ]


def behaviour_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row for each figure, with a column for each specialist that traded, or a row that says that none did."""
    traded = [asdict(one) for one in report.specialists if one.trades]
    if not traded:
        return [{"figure": "none traded"}]
    columns = {f"{one.pop('system')} {one.pop('specialist')}": one for one in traded}
    return [
        {"figure": _words(figure)} | {name: _rounded(one[figure]) for name, one in columns.items()}
        for figure in traded[0]
    ]


def switching_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row for each system."""
    return [
        {
            "system": name,
            "switches": one.count,
            **{f"by {_words(cause)}": count for cause, count in one.by_cause.items()},
            "a year and symbol": _rounded(one.per_year),
            "share taken back at once": _rounded(one.thrash_rate),
        }
        for name, one in report.switches.items()
    ]


def stopping_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row for the account and each system."""
    return [
        {
            "stops of": name,
            "tripped": ", ".join(f"{_words(breaker)} {count}" for breaker, count in one.trips.items()) or "never",
            **{f"days of {level}": _rounded(days) for level, days in one.days.items()},
            "share of the time": _rounded(one.share),
            "at the end": one.in_force,
        }
        for name, one in report.stops.items()
    ]


def doubt_rows(report: BacktestReport) -> list[dict[str, Any]]:
    """One row for each trade behind a doubt; a doubt without trades has a row of its own."""
    rows = []
    for doubt in report.doubts:
        behind = [trade_row(one) for one in doubt.trades] or [dict.fromkeys(TRADE_COLUMNS)]
        rows += [{"doubt": doubt.text} | row for row in behind]
    return rows


def trade_row(trade: Trade) -> dict[str, Any]:
    """One trade under TRADE_COLUMNS."""
    figures = (trade.quantity, trade.entry_price, trade.exit_price, _rounded(trade.profit))
    cells = (trade.symbol, iso(trade.entered), iso(trade.exited), *figures, trade.reason)
    return dict(zip(TRADE_COLUMNS, cells, strict=True))


def trade_line(trade: Trade) -> str:
    """One trade as a line of text."""
    return (
        f"{trade.symbol} {trade.quantity:.8g} at {trade.entry_price:.8g} on {iso(trade.entered)}, left at "
        f"{trade.exit_price:.8g} on {iso(trade.exited)} ({trade.reason}), profit {trade.profit:+.2f}"
    )


def summary(report: BacktestReport) -> str:
    """One sentence; a doubted result's says why it is doubted instead of what it earned."""
    ran = f"{report.run.panel.ts.size} bars, {report.out_of_sample.trades} trades"
    if report.plausible:
        figures = report.out_of_sample
        said = (
            f"costs {figures.costs:.2f}, out-of-sample return {figures.total_return:+.4f}, in-sample return "
            f"{report.in_sample.total_return:+.4f}"
        )
    else:
        said = f"not plausible: {'; '.join(one.text for one in report.doubts)}"
    return f"{ran}, {said}, intents {report.intents_sha256}"


def _between(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.{DIGITS}f} to {interval.high:.{DIGITS}f}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS)
