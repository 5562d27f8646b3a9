"""Prefect tasks that hear and read the news."""

from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import acreate_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_journal, no_checkpoint
from tasks.bootstrap.news import build_endpoint, build_make_reader, build_news_sources
from tasks.session.news.round import hear_round
from tasks.session.news.showing import escaped, opportunity_rows, readable, safe_rows, source_rows

Row = dict[str, Any]


@task(name="hear news")
@shielded
async def hear_news() -> dict[str, Any]:
    """One round of all sources that are due; tables of opportunities and of the sources become artifacts.

    Titles are written by strangers: every cell is escaped.
    """
    desk, log = build_desk(), get_run_logger()
    found = await hear_round(
        desk,
        build_journal(desk),
        build_news_sources(desk),
        build_make_reader(desk),
        build_endpoint(desk),
        no_checkpoint,
    )
    for name, why in found.troubles.items():
        log.warning(f"{name}: {readable(why)}")
    await _table("news-opportunities", "What the news makes one expect", opportunity_rows(found.opportunities))
    await _table("news-sources", "Who was heard, and what each word counts", source_rows(found.health))
    return found.as_json()


async def _table(key: str, title: str, rows: list[Row]) -> None:
    await acreate_table_artifact(safe_rows(rows, escaped), key=key, description=title)
