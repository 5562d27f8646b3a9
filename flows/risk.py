"""The stops on a timer: mark the configured book at the newest prices, journal what that trips."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.risk import check_risk


@flow(name="risk")
@shielded
async def risk() -> dict[str, Any]:
    """The risk report of this moment; the next decision acts on what tripped."""
    return check_risk({})
