"""`keel models`: who speaks about each series, how good they were, and why somebody is silent."""

from typing import Annotated, Any

import typer

from flows.commands.lake import Symbol, Timeframe, Venue
from flows.commands.output import AsJson, out, show_json, show_rows, warn, working
from tasks.bootstrap import build_standing_desk, build_tracker
from tasks.session.learning.comparing import other_than_registered
from tasks.session.learning.listing import listed_models, registered_series


def models(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    registry: Annotated[
        bool, typer.Option("--registry", help="Hold the files that speak against those that MLflow pinned.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every model: the version that speaks, its walk-forward, its challenger, and what it has said so far.

    With --registry the exit code is 1 where a file that speaks is not the one that was registered.
    """
    desk = build_standing_desk(warn)
    with working():
        listed = listed_models(desk, registered_series(desk, venue, symbol, timeframe))
        found = [one.as_json() for one in listed]
        others = other_than_registered(desk, build_tracker(desk), listed) if registry else []
    if as_json:
        show_json({"models": found} | ({"other_than_registered": others} if registry else {}))
    else:
        _show(found, others)
    if others:
        raise typer.Exit(1)


def _show(found: list[dict[str, Any]], others: list[str]) -> None:
    rows = [_row(one) for one in found]
    show_rows("models, correlations of edge and outcome", list(rows[0]), [list(row.values()) for row in rows])
    for one in found:
        if not one["usable"]:
            out.print(f"{one['series']} {one['model']}: {one['why']}")
    for text in others:
        warn(text)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    """Cells by column."""
    return {
        "series": one["series"],
        "model": one["model"],
        "version": one["version"],
        "trained until": one["trained_until"],
        "days old": None if one["age_days"] is None else round(one["age_days"], 1),
        "bars ahead": one["horizon"],
        "in sample": one["in_sample"]["correlation"],
        "out of sample": one["out_of_sample"]["correlation"],
        "challenger": None if one["challenger"] is None else one["challenger"]["version"],
        "speaks": "yes" if one["usable"] else "no",
        "rows": one["rows"],
        "last bar": one["last"],
        "late": one["late_share"],
    }
