"""Training and backtests."""

from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    DryRun,
    Profile,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    readable,
    show_fields,
    show_json,
    show_rows,
    working,
)
from models.types import BadInput, parse_time
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.modelling import train_series

MODELS = ("xgboost",)


def train(
    model: Annotated[str, typer.Option(help="Kind of model: xgboost.")] = "xgboost",
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Train on purged walk-forward splits, log to MLflow, make the models current."""
    if model not in MODELS:
        raise BadInput(f"model {model!r} is not known; it is one of {', '.join(MODELS)}")
    desk = build_desk(book_flags(venue, symbol, timeframe))
    for series in desk.universe():
        desk.lake.require(series)
    if dry_run:
        show_json({"would_train": [str(series) for series in desk.universe()]})
        return
    with working() as report:
        trained = [train_series(desk, series, build_tracker(desk), report).as_json() for series in desk.universe()]
    if as_json:
        show_json(trained[0] if len(trained) == 1 else {"models": trained})
    else:
        for one in trained:
            show_fields("trained", one)


def run_backtest(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    start: Annotated[str | None, typer.Option(help="First bar, such as 2020-01-01 (UTC).")] = None,
    end: Annotated[str | None, typer.Option(help="Last bar, such as 2024-01-01 (UTC).")] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Backtest the book on out-of-sample predictions, with the in-sample figures beside them."""
    desk = build_desk(book_flags(venue, symbol, timeframe, profile))
    window = [None if text is None else parse_time(text) for text in (start, end)]
    with working() as say:
        report = backtest(desk, build_tracker(desk), window[0], window[1], say)
    if as_json:
        show_json(report.as_json())
    else:
        show_report(report)


def show_report(report: BacktestReport) -> None:
    """Metrics as a table, and what has to be said beside them."""
    fields = report.as_json()
    names = type(report.out_of_sample).__slots__
    rows = [[n.replace("_", " "), getattr(report.out_of_sample, n), getattr(report.in_sample, n)] for n in names]
    title = f"{', '.join(report.book.symbols)}, {fields['bars']} bars, {fields['first']} to {fields['last']}"
    show_rows(title, ["", "out of sample", "in sample"], rows)
    out.print(f"holding instead, without costs: {report.hold:+.1%}", highlight=False)
    out.print(f"volatility index: {readable(fields['index_source'])}", highlight=False)
    out.print(f"intents {fields['intents_sha256']}", highlight=False)
    if report.out_of_sample.doubt:
        out.print(f"Not plausible: {report.out_of_sample.doubt}. Look for an error before you believe it.")
