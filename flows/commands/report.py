"""keel report."""

from typing import Annotated

import typer

from flows.commands.output import AsJson, out, progress, show_json, show_rows, working
from tasks.bootstrap import build_desk, build_journal, build_tracker


def report(
    period: Annotated[str, typer.Option(help="daily, weekly or monthly.")] = "daily",
    of: Annotated[
        str | None, typer.Option(help="A date in it, such as 2024-01-31 (default: the newest that is over).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a day, week (from Monday) or month in UTC brought: performance, specialists, risk, gap, costs, troubles.

    Only looks, and keeps the page; the flows report/daily, report/weekly and report/monthly also tell people.
    """
    from tasks.session.reporting import make_report
    from tasks.session.reporting.asking import span_asked
    from tasks.session.reporting.publishing import publish
    from tasks.session.reporting.tables import tables_of

    desk = build_desk()
    span = span_asked(period, of, desk.clock.now())
    with working() as say:
        found = make_report(desk, build_journal(desk), span)
        pages = publish(desk, build_tracker(desk), found, say)
    if as_json:
        show_json(found.as_json() | {"page": str(pages.page)})
        return
    for title, rows in tables_of(found).items():
        if rows:
            show_rows(title.lower(), list(rows[0]), [list(row.values()) for row in rows])
    out.print(found.summary, highlight=False)
    progress.print(f"page: {pages.page}", style="dim", highlight=False)
