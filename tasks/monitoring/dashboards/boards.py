"""All dashboards, in the order in which a person reads them."""

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tasks.monitoring.dashboards.data import data
from tasks.monitoring.dashboards.edge_risk import edge_risk
from tasks.monitoring.dashboards.execution import execution
from tasks.monitoring.dashboards.levels import Levels
from tasks.monitoring.dashboards.model_router import model_router
from tasks.monitoring.dashboards.placing import Board, built


def boards(levels: Levels) -> tuple[Board, ...]:
    """Edge Risk, Model Router, Execution, Data."""
    return (edge_risk(levels), model_router(levels), execution(levels), data(levels))


def dashboards_json(levels: Levels) -> tuple[dict[str, Any], ...]:
    """The same as Grafana's JSON model. `id` is null: whose number it is, is each Grafana's own affair."""
    made = (JSONEncoder().encode(built(board, levels).build()) for board in boards(levels))
    return tuple({"id": None, **json.loads(one)} for one in made)
