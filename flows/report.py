"""What a day, a week or a month brought, written down and told."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.reporting import report_period


@flow(name="report")
@shielded
async def report(period: str = "daily", of: str | None = None) -> dict[str, Any]:
    """Performance, specialists, risk, gap and costs of the configured book in the newest daily, weekly or monthly
    period that is over, or in that of the date `of`.
    """
    return report_period(period, of)
