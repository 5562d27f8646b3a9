"""Speed as figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from conf import home
from flows.commands.output import AsJson, show_json, show_rows, working
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="import, journal, step (default: all).")] = None,
    archive: Annotated[
        Path | None, typer.Option(help="A Parquet file of minute bars for the import; made bars when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure; every figure stands beside a reference measured in the same process."""
    # Imported here: pyarrow's and numba's share would slow every other command down.
    from tasks.monitoring.bench import MONITORING_BENCHES
    from tasks.session.bench import BENCHES, Workplace, run_benches

    folder = home() / "state"
    folder.mkdir(parents=True, exist_ok=True)
    with working() as report:
        figures = run_benches(BENCHES | MONITORING_BENCHES, names or [], Workplace(folder, archive, _desk_in), report)
    if as_json:
        show_json([asdict(one) for one in figures])
        return
    rows = [
        [one.name, f"{one.value:,.4g} {one.unit}", one.reference, one.ratio, one.target, one.met] for one in figures
    ]
    show_rows("bench", ["name", "value", "reference", "time / reference", "target", "met"], rows)


def _desk_in(folder: Path) -> Desk:
    return build_desk(folder=folder)
