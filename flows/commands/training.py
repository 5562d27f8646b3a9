"""Training of models."""

from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    DryRun,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    show_fields,
    show_json,
    working,
)
from models.types.speakers import MODELS
from tasks.bootstrap import build_desk
from tasks.session.learning.child import train_in_child
from tasks.session.learning.wanted import wanted_models

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help=f"{', '.join(MODELS)} or all; repeatable (default: those that the router listens to).",
    ),
]


def train(
    model: Models = None,
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Train on purged walk-forward splits, log to MLflow, and let what is better than before speak.

    It is done in a process of its own, which may take model.memory_mb of memory.
    """
    desk = build_desk(book_flags(venue, symbol, timeframe))
    wanted = [(series, wanted_models(desk, series, model or ())) for series in desk.universe()]
    for series, _ in wanted:
        desk.lake.require(series)
    if dry_run:
        show_json({"would_train": {str(series): names for series, names in wanted}})
        return
    with working() as report:
        trained = train_in_child(desk, wanted, report)
    if as_json:
        show_json(trained[0] if len(trained) == 1 else {"models": trained})
    else:
        for one in trained:
            show_fields("trained", {name: value for name, value in one.items() if name != "pages"})
