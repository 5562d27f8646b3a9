"""Speed as figures."""

from dataclasses import asdict
from typing import Annotated

import typer

from conf import home
from flows.commands.output import AsJson, show_json, show_rows, working


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="import, journal, step (default: all).")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure; every figure stands beside a reference measured in the same process."""
    # Imported here: pyarrow's and numba's share would slow every other command down.
    from tasks.session.bench import BENCHES, run_benches

    folder = home() / "state"
    folder.mkdir(parents=True, exist_ok=True)
    with working() as report:
        figures = run_benches(BENCHES, names or [], folder, report)
    if as_json:
        show_json([asdict(one) for one in figures])
        return
    rows = [
        [one.name, f"{one.value:,.0f} {one.unit}", one.reference, one.ratio, one.target, one.met] for one in figures
    ]
    show_rows("bench", ["name", "value", "reference", "time / reference", "target", "met"], rows)
