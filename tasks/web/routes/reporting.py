"""Reports: what the commands say with --json, made once for each revision of the journal, writing nothing."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from data.journal import Glance, Journal
from models.types import Refused
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.news.round import sources_now, standing
from tasks.session.news.showing import opportunity_json
from tasks.session.review import look_back
from tasks.session.riskdesk import mark_book, review_json, risk_report
from tasks.session.router_report import router_report
from tasks.session.running.report import report_of
from tasks.session.staging.looking import look as look_at_stages
from tasks.session.staging.showing import look_json
from tasks.web.access import Watching
from tasks.web.answers import Facts, News, Performance, Risk, Specialists, Stages
from tasks.web.parts import Parts
from tasks.web.reads import Reads
from tasks.web.routes.errors import may_fail

# Decisions that a report may read whole: as many take more than a gigabyte, and this process has the stop button.
MOST = 20_000
NOT_ASKED = "ask for it by ?campaign=true: it is held against a backtest, which takes its time"


def reporting(parts: Parts, reads: Reads) -> APIRouter:
    """The addresses with a report."""
    routes = APIRouter()

    @routes.get("/risk", responses=may_fail())
    async def risk(_caller: Watching) -> Risk:
        """Stops, limits and what could be lost in a day."""
        seen = await reads.look()
        report, why = await reads.told("risk", _said(lambda: _risk(parts)))
        figures = seen.stopped, seen.reason, seen.equity, seen.drawdown, seen.var
        return Risk(seen.at, seen.revision, *figures, seen.stops, seen.limits, report, why, seen.missing)

    @routes.get("/specialists", responses=may_fail())
    async def specialists(_caller: Watching) -> Specialists:
        """Who trades what, what each earned, and who speaks."""
        seen = await reads.look()
        report, why = await reads.told("router", _said(lambda: router_report(parts.desk(), parts.journal()).as_json()))
        earned = tuple(one for one in seen.earned if one.of == "specialist")
        return Specialists(seen.at, seen.revision, seen.in_charge, earned, seen.models, report, why, seen.missing)

    @routes.get("/performance", responses=may_fail())
    async def performance(_caller: Watching, campaign: Annotated[bool, Query()] = False) -> Performance:
        """What came of it: by system, specialist, regime and symbol, after costs."""
        seen = await reads.look()
        review, why = await reads.told("review", _said(lambda: _review(parts)))
        run, why_not = None, str(NOT_ASKED)
        if campaign:
            run, told = await reads.told("campaign", _said(lambda: _campaign(parts)))
            why_not = told or ""
        return Performance(
            seen.at,
            seen.revision,
            seen.equity,
            seen.drawdown,
            seen.profit,
            seen.earned,
            seen.curve,
            review,
            why,
            run,
            why_not or None,
            seen.missing,
        )

    @routes.get("/news", responses=may_fail())
    async def news(_caller: Watching) -> News:
        """What the news makes one expect now, and which sources are heard."""
        return await reads.report("news", lambda: _news(parts))

    @routes.get("/stages", responses=may_fail())
    async def stages(_caller: Watching) -> Stages:
        """Where the book stands, and what the next stage asks for."""
        seen = await reads.look()
        report, why = await reads.told("stages", _said(lambda: _stages(parts)))
        return Stages(seen.at, seen.revision, seen.standing, report, why, seen.missing)

    return routes


def _said(make: Callable[[], dict[str, Any]]) -> Callable[[], Facts]:
    """The same with what JSON cannot say as None."""

    def made() -> Facts:
        found = finite(make())
        assert isinstance(found, dict)  # noqa: S101 - what `finite` makes of one
        return found

    return made


def _risk(parts: Parts) -> dict[str, Any]:
    desk, journal = parts.desk(), parts.journal()
    return risk_report(desk, journal, mark_book(desk, journal)).as_json()


def _news(parts: Parts) -> News:
    desk = parts.desk()
    sources = sources_now(desk, parts.journal(), parts.news_sources(desk))
    found = _said(
        lambda: {
            "opportunities": [opportunity_json(one) for one in standing(desk)],
            "sources": [one.as_json() for one in sources],
        }
    )()
    return News(found["opportunities"], found["sources"])


def _stages(parts: Parts) -> dict[str, Any]:
    desk = parts.desk()
    settings = desk.loaded.settings
    return look_json(look_at_stages(parts.journal(), settings, desk.clock.now()), settings.stage)


def _review(parts: Parts) -> Facts:
    desk, journal = parts.desk(), parts.journal()
    _require_small(desk, journal, "the commands of keel risk")
    return review_json(look_back(desk, journal))


def _campaign(parts: Parts) -> Facts:
    desk, journal = parts.desk(), parts.journal()
    _require_small(desk, journal, "keel session")
    return report_of(desk, journal).as_json()


def _require_small(desk: Desk, journal: Journal, command: str) -> None:
    book = configured_book(desk).name
    if Glance(journal.engine).bar_behind(book, MOST) is not None:
        raise Refused(f"the book {book} has more than {MOST:,} decisions, which is read by {command} and not here")
