"""Limits with the one that binds, stops in force, and the stage with what it lacks."""

from collections.abc import Iterable

from models.types import iso
from tasks.session.overview.views import Criterion, LimitNow, StageNow, StopNow
from tasks.session.riskdesk.gauges import Gauge
from tasks.session.staging import Look
from tasks.session.stops import Stop


def limits_now(gauges: Iterable[Gauge]) -> tuple[LimitNow, ...]:
    """In their order; of the account and of each system that which is used most binds first."""
    every = tuple(gauges)
    most: dict[str, float] = {}
    for one in every:
        most[one.system] = max(most.get(one.system, 0.0), _used(one) or 0.0)
    return tuple(
        LimitNow(
            name=one.name,
            system=one.system,
            found=one.found,
            limit=one.limit,
            used=_used(one),
            binds=0.0 < most[one.system] == _used(one),
            source=one.source,
        )
        for one in every
    )


def stops_now(stops: Iterable[Stop]) -> tuple[StopNow, ...]:
    """As people see them."""
    return tuple(
        StopNow(
            system=one.system,
            level=one.level.name.lower(),
            breaker=one.breaker.name.lower(),
            text=one.breaker.text,
            stops=one.level.text,
            since=None if one.since is None else iso(one.since),
            released_by=one.released_by,
        )
        for one in stops
    )


def stage_now(seen: Look, configured: str) -> StageNow:
    """Where the book's line stands."""
    return StageNow(
        line=seen.line,
        standing=str(seen.standing),
        in_force=str(seen.in_force),
        configured=configured,
        following=None if seen.wanted is None else str(seen.wanted),
        criteria=tuple(Criterion(one.name, one.passed, one.text) for one in seen.verdicts),
    )


def _used(one: Gauge) -> float | None:
    return one.found / one.limit if one.limit > 0.0 else None
