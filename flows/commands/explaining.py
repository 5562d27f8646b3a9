"""keel explain."""

from typing import Annotated, Any

import typer
from rich.progress import Progress

from flows.commands.output import AsJson, out, progress, show_fields, show_json, show_rows, working
from tasks.bootstrap import build_journal, build_standing_desk
from tasks.session.book import configured_book
from tasks.session.explaining import Audit, Difference, Explanation, audit
from tasks.session.explaining import explain as explained
from tasks.session.explaining.showing import facts, made_from_rows, order_rows, outcome_rows

DIFFERENT = 1
# Differences that a person is shown; --json has all of them.
SHOWN = 20


def explain(
    name: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Of a decision, an order, a fill, or what a venue calls one of them."),
    ] = None,
    last: Annotated[
        int | None, typer.Option("--last", help="Instead of an ID: the book's so many last decisions.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Instead of an ID: every decision of the book.")] = False,
    as_json: AsJson = False,
) -> None:
    """Why this decision or order: what it was made from, what was wanted and what set its size, and whether it is equal
    to the bit when it is made again now. Nothing is ordered or written.

    Exit code 1 when something differs.
    """
    if sum((name is not None, last is not None, every)) != 1:
        raise typer.BadParameter("give an ID, or --last N, or --all, and one of them only")
    found = _explained(name) if name is not None else _audited(last)
    if as_json:
        show_json(found.as_json())
    elif isinstance(found, Audit):
        _show_audit(found)
    else:
        _show(found)
    equal = found.equal if isinstance(found, Audit) else found.verdict.equal
    if not equal:
        raise typer.Exit(DIFFERENT)


def _explained(name: str) -> Explanation:
    with working() as say:
        desk = build_standing_desk(say)
        return explained(desk, build_journal(desk), name)


def _audited(last: int | None) -> Audit:
    with working() as say, Progress(console=progress, transient=True) as shown:
        desk = build_standing_desk(say)
        task = shown.add_task("making decisions again", total=None)
        return audit(
            desk,
            build_journal(desk),
            configured_book(desk).name,
            last,
            lambda done, total: shown.update(task, completed=done, total=total),
        )


def _show(found: Explanation) -> None:
    show_fields(f"{found.kind} {found.asked}", facts(found))
    for title, rows in (
        ("what came of it", outcome_rows(found)),
        ("its orders and fills", order_rows(found)),
        ("what it was made from", made_from_rows(found)),
    ):
        _table(title, rows)
    _show_differences([*found.verdict.differences])
    for note in found.verdict.notes:
        out.print(note, highlight=False)
    out.print(found.verdict.text, highlight=False)


def _show_audit(found: Audit) -> None:
    said = found.as_json()
    show_fields(f"book {found.book}", {name: said[name] for name in ("decisions", "orders", "sealed", "equal")})
    every = [*found.differences, *(each for one in found.unequal for each in one.differences)]
    _show_differences(every)
    for note in sorted({note for one in found.verdicts for note in one.notes}):
        out.print(note, highlight=False)
    if found.equal:
        out.print("each was made again and is equal to the bit", highlight=False)
    else:
        out.print(f"{len(found.unequal)} of {len(found.verdicts)} decisions are not as recorded", highlight=False)


def _show_differences(differences: list[Difference]) -> None:
    _table("what differs", [_sides(one) for one in differences[:SHOWN]])
    if len(differences) > SHOWN:
        out.print(f"and {len(differences) - SHOWN} more; --json has them all", highlight=False)


def _sides(one: Difference) -> dict[str, Any]:
    return {name: value or "" for name, value in one.as_json().items()}


def _table(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
