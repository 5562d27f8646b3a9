"""Prefect task that trains a series' model."""

from typing import Any

from prefect import get_run_logger, task

from models.types import Series
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.modelling import train_series


@task(name="train model")
def train_model(venue: str, symbol: str, timeframe: str) -> dict[str, Any]:
    """Train on purged walk-forward splits, log to MLflow, make the model current."""
    desk = build_desk()
    logger = get_run_logger()
    result = train_series(desk, Series(venue, symbol, timeframe), build_tracker(desk), logger.info).as_json()
    logger.info(str(result))
    return result
