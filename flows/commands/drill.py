"""Drilling the guardian."""

import typer

from flows.commands.output import AsJson, out, say, show_json, show_rows
from tasks.drill_report import drill_and_record

FAILED = 1


def drill(as_json: AsJson = False) -> None:
    """Drill the guardian on paper with real processes, in a home of its own; the result goes into the journal.

    About a minute. Exit code 1: a step failed.
    """
    found = drill_and_record(say)
    if as_json:
        show_json(found.as_json())
    else:
        rows = [
            [one.name, f"{one.seconds:.1f}", f"{one.limit:g}", "yes" if one.passed else "NO", one.why]
            for one in found.steps
        ]
        show_rows("drill of the guardian", ["step", "seconds", "at most", "passed", "found"], rows)
        out.print(found.sentence, highlight=False)
    if not found.passed:
        raise typer.Exit(FAILED)
