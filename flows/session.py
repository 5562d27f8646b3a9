"""The long-lived flow of trading: one run is one session, from its first bar to its last."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.running import run_session


@flow(name="session")
@shielded
async def session(capital: float | None = None, duration: str | None = None, live: bool = False) -> dict[str, Any]:
    """Trade the configured book at the close of every bar, for `duration` (30d, 12h, 90m) or until the run is
    cancelled; a campaign that was interrupted goes on where it stopped. Returns its report.

    `live` sends real orders, where stage, keys and a person's confirmation allow it too (`keel live status`).
    """
    return await run_session(capital, duration, live)
