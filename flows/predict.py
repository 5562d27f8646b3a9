"""The long-lived flow of the predictor: what heavy models say about the configured book's bars, ahead of the cycle."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.predicting import predict_bars


@flow(name="predict")
@shielded
async def predict(minutes: float | None = None) -> dict[str, Any]:
    """Speak for so many minutes, or until the run is cancelled."""
    return await predict_bars(minutes)
