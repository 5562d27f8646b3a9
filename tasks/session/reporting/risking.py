"""Limits in a span: how much of them was used at most, what tripped, and how they stand now."""

import math
from collections.abc import Iterator

from data.journal import Decision
from models.portfolio import Position
from models.risk import House, fallen
from models.types import LadderEvent, iso
from tasks.session.reporting.report import Event, Used
from tasks.session.riskdesk import Marked
from tasks.session.riskdesk.gauges import gauges


def limits_used(decisions: tuple[Decision, ...], house: House) -> tuple[Used, ...]:
    """Of the account's limits that decisions have the figures for, by `house`, what was used at most and when; value at
    risk and capital are not among them, which the journal has no figures of.
    """
    most: dict[str, Used] = {}
    for decision in decisions:
        for name, found, limit in _found(decision, house):
            used = Used(name, found, limit, found / limit, iso(decision.decided_at))
            if name not in most or used.used > most[name].used:
                most[name] = used
    return tuple(most.values())


def _found(decision: Decision, house: House) -> Iterator[tuple[str, float, float]]:
    ladder = decision.state_after.ladder
    held = [Position(*row) for rows in decision.state_after.positions.values() for row in rows.values()]
    if not ladder:
        return  # written by an older Keel
    equity = ladder["equity"]
    for name, found, limit in (
        ("entries_drawdown", fallen(equity, ladder["crest"]), house.entries_drawdown),
        ("daily_loss", fallen(equity, ladder["day_start"]), house.daily_loss),
        ("weekly_loss", fallen(equity, ladder["week_start"]), house.weekly_loss),
        ("max_drawdown", fallen(equity, ladder["peak"]), house.max_drawdown),
        ("max_positions", float(sum(one.quantity != 0.0 or one.ordered != 0.0 for one in held)), house.max_positions),
        ("max_trades", ladder["trades"], house.max_trades),
    ):
        if math.isfinite(limit) and limit > 0.0:
            yield name, max(found, 0.0), limit


def stops_in(decisions: tuple[Decision, ...]) -> tuple[Event, ...]:
    """What tripped and what was released, the oldest first."""
    return tuple(_told(one) for decision in decisions for one in decision.events)


def used_now(marked: Marked) -> dict[str, float]:
    """Share that is used of each limit, by name, with the system's in front, as `keel risk` has them."""
    return {f"{one.system} {one.name}".strip(): one.found / one.limit for one in gauges(marked) if one.limit > 0.0}


def _told(one: LadderEvent) -> Event:
    what = one.breaker.name.lower() if one.tripped else "released"
    found = f", found {one.value:.2%}, allowed {one.limit:.2%}" if one.tripped else ""
    return Event(iso(one.bar), what, f"{one.system or 'account'}: {one.level.name.lower()}{found}")
