"""keel news: one round, an archive, the sources, and what the news makes one expect."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands import news_training
from flows.commands.output import AsJson, out, show_fields, show_json, show_rows, warn, working
from tasks.bootstrap import build_desk, build_journal, no_checkpoint
from tasks.bootstrap.news import build_endpoint, build_make_reader, build_news_sources
from tasks.session.news.importing import import_headlines
from tasks.session.news.round import Round, hear_round, sources_now, standing
from tasks.session.news.showing import opportunity_json, opportunity_rows, readable, safe_rows, source_rows

COUNTED = ("headlines", "added", "duplicates", "linked", "scored", "opportunities")

news = typer.Typer(help="Headlines: heard, read, weighed; without a command what they make one expect now.")
news.command("train")(news_training.train)
news.command("compare")(news_training.compare)


@news.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One round of all sources that are due.")] = False,
    as_json: AsJson = False,
) -> None:
    """The newest opportunities, and which sources are heard; with --once after a round."""
    if context.invoked_subcommand is not None:
        return
    if once:
        _once(as_json)
        return
    desk = build_desk()
    with working():
        found = standing(desk)
        health = sources_now(desk, build_journal(desk), build_news_sources(desk))
    if as_json:
        listed = [opportunity_json(one) for one in found]
        sources = [one.as_json() for one in health]
        show_json({"opportunities": len(found), "opportunity_list": listed, "sources": sources})
        return
    _show("opportunities", opportunity_rows(found))
    _show("sources", source_rows(health))


@news.command("sources")
def show_sources(as_json: AsJson = False) -> None:
    """Every source: whether it is heard, why not, what its word counts and why."""
    desk = build_desk()
    with working():
        health = sources_now(desk, build_journal(desk), build_news_sources(desk))
    if as_json:
        show_json({"sources": [one.as_json() for one in health]})
    else:
        _show("sources", source_rows(health))


@news.command("import")
def import_archive(
    path: Annotated[Path, typer.Argument(help="A .parquet, .csv or .feather file: ts (or arrived), title, source.")],
    as_json: AsJson = False,
) -> None:
    """Replay an archive of headlines as of their arrival. The same file twice changes nothing."""
    from tasks.adapters.archives import read_headline_archive

    desk = build_desk()
    with working() as say:
        found = import_headlines(desk, read_headline_archive(path), build_make_reader(desk), say)
    if as_json:
        show_json(found.as_json())
        return
    fields = found.as_json()
    show_fields("read", {name: fields[name] for name in (*COUNTED, "refused", "first", "last")})
    _show(f"opportunities at {fields['last']}", opportunity_rows(found.opportunities))


def _once(as_json: bool) -> None:
    desk = build_desk()
    with working():
        found: Round = asyncio.run(
            hear_round(
                desk,
                build_journal(desk),
                build_news_sources(desk),
                build_make_reader(desk),
                build_endpoint(desk),
                no_checkpoint,
            )
        )
    if as_json:
        show_json(found.as_json())
    else:
        fields = found.as_json()
        asked = ", ".join(found.asked) or "nobody was due"
        show_fields("heard", {"asked": asked} | {name: fields[name] for name in COUNTED})
        _show("opportunities", opportunity_rows(found.opportunities))
        _show("sources", source_rows(found.health))
    for name, why in found.troubles.items():
        warn(readable(f"{name}: {why}"))


def _show(title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        out.print(f"no {title}", highlight=False)
        return
    show_rows(title, list(rows[0]), [list(row.values()) for row in safe_rows(rows, readable)])
