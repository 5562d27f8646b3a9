"""Feel the pulse of the configured book's feeds; when none has answered for minutes, trading is stopped."""

from prefect import flow

from tasks.adapters.redaction import shielded
from tasks.ingest import watch_book_feeds


@flow(name="watch")
@shielded
async def watch() -> str | None:
    """The reason of the feed-down stop, None while some feed answers."""
    return watch_book_feeds()
