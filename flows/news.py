"""One round of the news: heard, read, kept and weighed."""

from typing import Any

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.news import hear_news


@flow(name="news")
@shielded
async def news() -> dict[str, Any]:
    """Hear every source that is due."""
    return await hear_news()
