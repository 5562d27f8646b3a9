"""`keel journal`: where the journal is and of which revision, and from one revision to another."""

from dataclasses import asdict
from typing import Annotated

import typer

from conf import home
from flows.commands.output import AsJson, out, show_fields, show_json
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import journal_place
from tasks.session.keeping import journal_status, migrate_journal

journal = typer.Typer(help="Where the journal is, of which revision, and from one to another.", no_args_is_help=True)


@journal.command("status")
def status(as_json: AsJson = False) -> None:
    """Where the journal is, its revision and this Keel's, and who works with it. Nothing is migrated by asking."""
    said = asdict(journal_status(home(), journal_place(home()), SystemClock().now()))
    show_json(said) if as_json else show_fields("journal", said | {"working": "; ".join(said["working"]) or "nobody"})


@journal.command("migrate")
def migrate_to(
    to: Annotated[str, typer.Option("--to", help="Revision, such as 0012.")],
    lose: Annotated[bool, typer.Option("--lose", help="Go down although rows are lost that it cannot hold.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the journal to a revision, all of it or nothing: down for an older Keel, which has to be installed before
    anybody opens the journal, as this one brings it up again.
    """
    place = journal_place(home())
    done = migrate_journal(home(), place, to, lose, SystemClock().now())
    said = {"place": str(place), "before": done.before, "after": done.after, "lost": done.lost}
    if as_json:
        show_json(said)
        return
    show_fields("journal", said | {"lost": ", ".join(f"{name}: {rows} rows" for name, rows in done.lost.items())})
    if done.after < done.before:
        out.print("install the Keel of that revision now: this one brings the journal up again", highlight=False)
