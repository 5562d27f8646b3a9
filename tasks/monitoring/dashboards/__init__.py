"""Grafana's dashboards as code: Edge Risk, Model Router, Execution, Data."""

from tasks.monitoring.dashboards.boards import boards, dashboards_json
from tasks.monitoring.dashboards.files import FOLDER, text_of, write_dashboards
from tasks.monitoring.dashboards.levels import Levels, levels_of
from tasks.monitoring.dashboards.source import DATA_SOURCE_UID, data_source_json

__all__ = [
    "DATA_SOURCE_UID",
    "FOLDER",
    "Levels",
    "boards",
    "dashboards_json",
    "data_source_json",
    "levels_of",
    "text_of",
    "write_dashboards",
]
