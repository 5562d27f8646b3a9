"""The import: folder, data source, dashboards. A second run finds everything as it is, and writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tasks.adapters.dashboards.boards import put_dashboard
from tasks.adapters.dashboards.grafana import Grafana
from tasks.adapters.dashboards.outcome import Done
from tasks.adapters.dashboards.places import put_folder, put_source

FOLDER_UID, FOLDER_TITLE = "keel", "Keel"


def import_dashboards(
    grafana: Grafana,
    source: Mapping[str, Any],
    dashboards: Sequence[Mapping[str, Any]],
    force: bool = False,
    dry: bool = False,
) -> Iterator[Done]:
    """What becomes of each, one after the other; where one fails, those before it are there.

    Args:
        source: the data source as the API takes it.
        force: dashboards that a person has changed are overwritten as well.
        dry: only say what would be done.

    Raises:
        Refused, BadInput, Unavailable: see Grafana.ask.
    """
    grafana.require_version()
    yield put_folder(grafana, FOLDER_UID, FOLDER_TITLE, dry)
    yield put_source(grafana, source, dry)
    for dashboard in dashboards:
        yield put_dashboard(grafana, FOLDER_UID, dashboard, force, dry)
