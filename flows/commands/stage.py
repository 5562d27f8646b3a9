"""The stage of the book: what it has earned, what it lacks for the next one, and a person's say about it."""

import sys
from typing import Annotated

import typer

from flows.commands.output import AsJson, Who, Why, name_of, out, progress, show_json, show_rows, working
from flows.commands.walking import walk_stages
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import build_desk, build_journal
from tasks.session.staging import Changed, Look, demote, look, phrase_of, promote
from tasks.session.staging.showing import look_json, standing_text, step_rows, verdict_rows

stage = typer.Typer(help="From exploration to real money: what the book has shown, and the next step.")
stage.command("test")(walk_stages)


@stage.callback(invoke_without_command=True)
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Every criterion of the next step with what was found, and how the book came to where it is."""
    if context.invoked_subcommand is not None:
        return
    desk = build_desk()
    with working():
        seen = look(build_journal(desk), desk.loaded.settings, desk.clock.now())
    if as_json:
        show_json(look_json(seen, desk.loaded.settings.stage))
    else:
        _show(seen, desk.loaded.settings.stage)


@stage.command("promote")
def promote_book(
    why: Why,
    who: Who = None,
    phrase: Annotated[str | None, typer.Option("--phrase", help="What a terminal would ask to be typed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give the book its next stage or rung, on evidence computed now; exit code 3 where a criterion is not met."""
    desk = build_desk()
    journal, settings, clock = build_journal(desk), desk.loaded.settings, SystemClock()
    said = phrase
    if said is None and sys.stdin.isatty():
        seen = look(journal, settings, clock.now())
        if seen.following is not None:
            _show(seen, settings.stage)
            wanted = phrase_of(seen.line, seen.following)
            progress.print(f"type {wanted} and Enter, anything else ends this:", highlight=False)
            said = input().strip()
    _tell(promote(journal, settings, name_of(who), why, said or "", clock.now()), as_json)


@stage.command("demote")
def demote_book(why: Why, who: Who = None, as_json: AsJson = False) -> None:
    """Take the book's stage or rung away; where it trades real money nothing is opened until keel resume."""
    desk = build_desk()
    changed = demote(build_journal(desk), desk.loaded.settings, name_of(who), why, SystemClock().now())
    _tell(changed, as_json)


def _tell(changed: Changed, as_json: bool) -> None:
    if as_json:
        show_json(changed.as_json())
        return
    out.print(changed.sentence, highlight=False)
    if changed.dossier is not None:
        out.print(f"dossier {changed.dossier.with_suffix('.md')}", highlight=False)


def _show(seen: Look, configured: str) -> None:
    out.print(standing_text(seen, configured), highlight=False)
    rows = verdict_rows(seen)
    if rows:
        show_rows(f"what {seen.wanted} wants", list(rows[0]), [list(row.values()) for row in rows])
    history = step_rows(seen)
    if history:
        show_rows("how it came there", list(history[0]), [list(row.values()) for row in history])
    for cause in seen.causes:
        out.print(f"by itself it costs: {cause.value}", highlight=False)
    if seen.following is not None:
        out.print(f"a person may say keel stage promote, to {seen.following}", highlight=False)
