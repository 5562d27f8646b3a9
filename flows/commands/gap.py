"""keel gap."""

from typing import Annotated

import typer

from flows.commands.output import AsJson, out, progress, show_json, show_rows, working
from tasks.bootstrap import build_desk, build_journal, build_tracker
from tasks.session.gapping import gap_report
from tasks.session.gapping.publishing import publish
from tasks.session.gapping.showing import finding_rows, notes, part_rows, summary


def gap(
    days: Annotated[
        float | None, typer.Option(help="Days up to the newest decision (default: gap.window_days).")
    ] = None,
    stage: Annotated[
        str | None, typer.Option(help="Stage whose book is looked at, such as paper or live (default: stage).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What the book made beside its backtest over the same bars, split into data, signal, timing, fill and fee.

    Only looks, and keeps the page: what costs a stage is what the flow gap/nightly writes into the audit chain.
    """
    desk = build_desk()
    with working() as say:
        report = gap_report(desk, build_journal(desk), days, stage)
        page = publish(desk, build_tracker(desk), report, say)
    if as_json:
        show_json(report.as_json() | {"page": str(page)})
        return
    rows, found = part_rows(report), finding_rows(report)
    show_rows("made more than the backtest", list(rows[0]), [list(one.values()) for one in rows])
    if found:
        show_rows("findings, the newest first", list(found[0]), [list(one.values()) for one in found])
    for line in (*notes(report), summary(report)):
        out.print(line, highlight=False)
    progress.print(f"page: {page}", style="dim", highlight=False)
