"""Grafana over HTTP: folder, data source and dashboards by their uid, written only where they differ."""

from tasks.adapters.dashboards.grafana import LEAST_VERSION, Grafana, grafana_at
from tasks.adapters.dashboards.importing import FOLDER_UID, import_dashboards
from tasks.adapters.dashboards.outcome import Done, Outcome

__all__ = ["FOLDER_UID", "LEAST_VERSION", "Done", "Grafana", "Outcome", "grafana_at", "import_dashboards"]
