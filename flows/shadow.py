"""Lead the challengers beside the champion on paper, without orders, and compare them."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.shadow import shadow_challengers


@flow(name="shadow")
@shielded
async def shadow() -> dict[str, Any]:
    """What each challenger would have done since it was found, and what the configured book did on the same bars."""
    return shadow_challengers()
