"""keel shadow."""

from flows.commands.output import AsJson, out, show_json, show_rows, working
from tasks.bootstrap import build_desk
from tasks.session.shadowing.running import shadow as lead_challengers
from tasks.session.shadowing.showing import challenger_text, duel_rows, side_rows, stop_lines


def shadow(as_json: AsJson = False) -> None:
    """Lead every challenger beside the champion on the bars since it was found, and compare them. Nothing is ordered,
    and no journal is written.
    """
    desk = build_desk()
    with working() as say:
        report = lead_challengers(desk, say)
    if as_json:
        show_json(report.as_json())
        return
    for one in report.shadows:
        out.print(challenger_text(one), highlight=False)
    for title, rows in (("both accounts", side_rows(report)), ("beside each other", duel_rows(report))):
        if rows:
            show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
    for one in report.shadows:
        if one.duel is not None and one.duel.parting is not None:
            out.print(f"{one.name} parted: {one.duel.parting}", highlight=False)
    for line in stop_lines(report):
        out.print(line, highlight=False)
    out.print(report.verdict, highlight=False)
