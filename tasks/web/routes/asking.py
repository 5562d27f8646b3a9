"""What one look at the running system shows, part by part."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from data.journal.whole_decision import WholeDecisions
from models.types import BadInput
from models.types.wire import OrderState
from tasks.session.explaining import explain, made_from_of
from tasks.session.json_values import finite
from tasks.session.overview import Overview
from tasks.web.access import Watching, caller_of
from tasks.web.answers import (
    Alerts,
    Alive,
    Decisions,
    Health,
    Orders,
    Positions,
    Recomputed,
    Regimes,
    Unlike,
    WholeDecision,
)
from tasks.web.audit import Audit
from tasks.web.parts import Parts
from tasks.web.reads import Reads
from tasks.web.refusing import Denied
from tasks.web.routes.errors import may_fail, may_fail_in_json
from tasks.web.scopes import Scope

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
Limit = Annotated[int, Query(ge=1, le=1000, description="So many of the newest.")]
Id = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:|/+-]+$")]


def asking(parts: Parts, reads: Reads, audit: Audit) -> APIRouter:
    """The addresses that show what is now."""
    routes = APIRouter()

    @routes.get("/health", responses={**may_fail(), 200: {"model": Alive | Health}, 503: {"model": Health}})
    async def health(request: Request, response: Response) -> Alive | Health:
        """Each part with its reason; 503 where a required one is not well. Without a token: that somebody answers."""
        caller = caller_of(request)
        if caller is None or not caller.may(Scope.WATCH):
            return Alive()
        seen = await reads.look()
        found = _health(seen, audit.trouble)
        response.status_code = 200 if found.well else 503
        return found

    @routes.get("/metrics", responses=may_fail_in_json(), response_class=PlainTextResponse)
    async def metrics(_caller: Watching) -> Response:
        """Every figure as Prometheus reads it."""
        return Response(await reads.raw(parts.metrics), media_type=PROMETHEUS)

    @routes.get("/positions", responses=may_fail())
    async def positions(_caller: Watching) -> Positions:
        """What each system holds, at the newest known prices."""
        seen = await reads.look()
        return Positions(seen.at, seen.revision, seen.book, seen.equity, seen.holdings, seen.missing)

    @routes.get("/orders", responses=may_fail())
    async def orders(_caller: Watching, state: OrderState | None = None, limit: Limit = 100) -> Orders:
        """Orders as venues know them, the newest first."""
        seen = await reads.look()
        found = [one for one in seen.orders if state is None or one.state == state.value]
        return Orders(seen.at, seen.revision, seen.order_states, tuple(found[:limit]), seen.missing)

    @routes.get("/decisions", responses=may_fail())
    async def decisions(_caller: Watching, limit: Limit = 50) -> Decisions:
        """The newest decisions with what was wanted, what was refused and what was not even wanted."""
        seen = await reads.look()
        return Decisions(seen.at, seen.revision, seen.decisions[:limit], seen.missing)

    @routes.get("/decisions/{decision}", responses=may_fail(404))
    async def decision(_caller: Watching, decision: Id) -> WholeDecision:
        """Everything that the journal has of one decision."""
        try:
            row, rows = await reads.raw(lambda: WholeDecisions(parts.journal().engine).find(decision))
        except BadInput as error:
            raise Denied(404, str(error), "no such decision") from error
        said = finite({"row": row, "rows": rows})
        assert isinstance(said, dict)  # noqa: S101 - what `finite` makes of one
        return WholeDecision(decision, said["row"], said["rows"], made_from_of(said["rows"]))

    @routes.get("/decisions/{decision}/recomputed", responses=may_fail(404))
    async def recomputed(_caller: Watching, decision: Id) -> Recomputed:
        """The decision, or that of the order or fill with this id, made again from what is there now: one at a time."""
        try:
            # Never kept: what somebody alters by hand moves no revision.
            found = await reads.report(
                f"explain {decision}", lambda: explain(parts.desk(), parts.journal(), decision), keep=False
            )
        except BadInput as error:
            raise Denied(404, str(error), "no such decision") from error
        said = found.verdict
        unlike = tuple(
            Unlike(one.what.value, one.where, one.column, one.found, one.recomputed, one.why)
            for one in said.differences
        )
        figures = said.notes, said.orders, said.is_sealed
        return Recomputed(found.asked, found.kind, said.decision, said.equal, said.text, unlike, *figures)

    @routes.get("/regime", responses=may_fail())
    async def regime(_caller: Watching) -> Regimes:
        """The regime of each symbol with its confidence and its history."""
        seen = await reads.look()
        return Regimes(seen.at, seen.revision, seen.regimes, seen.missing)

    @routes.get("/alerts", responses=may_fail())
    async def alerts(_caller: Watching) -> Alerts:
        """Alerts, the newest first, with the section of the runbook for each."""
        seen = await reads.look()
        return Alerts(seen.at, seen.revision, seen.alerts, seen.missing)

    return routes


def _health(seen: Overview, audit: str) -> Health:
    return Health(
        alive=True,
        well=all(one.ok for one in seen.parts if one.required) and not seen.missing,
        at=seen.at,
        revision=seen.revision,
        book=seen.book,
        stage=seen.stage,
        stopped=seen.stopped,
        reason=seen.reason,
        parts=seen.parts,
        feeds=seen.feeds,
        bars=seen.bars,
        missing=seen.missing,
        audit=audit,
    )
