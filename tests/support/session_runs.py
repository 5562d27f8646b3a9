"""Sessions on a virtual clock, in this process: a market that publishes its bars by a plan."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from data.journal import Journal, SessionEvent, SessionLog
from models.types import Bars, Series
from models.types.timeframes import HOUR, MINUTE
from tasks.adapters.clocks import VirtualClock
from tasks.bootstrap import build_journal
from tasks.bootstrap.sessions import opened_session
from tasks.ports import Page
from tasks.session.desk import Desk
from tasks.session.intake import take_in
from tasks.session.running import Campaign, Session, Step


@dataclass(slots=True)
class Market:
    """Bars that reach the lake once the clock has passed their close by `delay` microseconds, each by its own; one
    whose delay is None never comes.
    """

    bars: Mapping[Series, Bars]
    delays: Mapping[int, int | None] = field(default_factory=dict)
    asked: int = 0
    on_ask: Callable[[int], None] = lambda _: None

    def bring(self, desk: Desk) -> str:
        self.asked += 1
        now = desk.clock.now()
        self.on_ask(now)
        for series, bars in self.bars.items():
            have = desk.bars.read(series).ts
            closes = desk.closes(series, bars.ts)
            rows = [
                row
                for row, (ts, close) in enumerate(zip(bars.ts.tolist(), closes.tolist(), strict=True))
                if self._is_out(ts, close, now) and (not have.size or ts > have[-1] or ts not in have)
            ]
            if rows:
                take_in(desk, series, Page(bars.rows(rows), "market"), np.zeros(len(rows), np.int64))
        return ""

    def _is_out(self, ts: int, close: int, now: int) -> bool:
        delay = self.delays.get(ts, 0)
        return delay is not None and close + delay <= now


@dataclass(slots=True)
class Played:
    """A session that has been run."""

    why: str
    campaign: Campaign
    steps: list[Step]
    events: list[SessionEvent]

    def became(self) -> dict[int, list[str]]:
        """What each bar was said to have become: its kind and the first word of the reason."""
        found: dict[int, list[str]] = {}
        for one in self.events:
            if one.bar is not None:
                found.setdefault(one.bar, []).append(f"{one.kind.value}: {one.reason.partition(':')[0]}")
        return found


def play(
    desk: Desk,
    clock: VirtualClock,
    market: Market,
    duration: int | None,
    flags: dict[str, object] | None = None,
    watch: Callable[[Step, asyncio.Event], None] = lambda *_: None,
    journal: Journal | None = None,
) -> Played:
    """A session to its end; `watch` hears of each step and may end it."""
    journal = build_journal(desk) if journal is None else journal
    steps: list[Step] = []

    async def run(session: Session) -> str:
        ended = asyncio.Event()
        report[0] = lambda step: (steps.append(step), watch(step, ended))
        return await session.run(ended)

    report: list[Callable[[Step], object]] = [lambda _: None]
    with prepared(desk, journal, clock, market, duration, flags or {}, lambda step: report[0](step)) as (session, told):
        why = asyncio.run(run(session))
    return Played(why, told, steps, SessionLog(journal.engine).events(told.run))


@contextmanager
def prepared(
    desk: Desk,
    journal: Journal,
    clock: VirtualClock,
    market: Market,
    duration: int | None,
    flags: dict[str, object],
    report: Callable[[Step], object],
) -> Iterator[tuple[Session, Campaign]]:
    """A session whose feeds are the market."""
    at = replace(desk, clock=clock)
    with opened_session(at, journal, flags, report, duration, clock=clock) as (session, campaign):  # type: ignore[arg-type]
        session._parts = replace(session._parts, bring=market.bring, bring_rest=lambda _: "")
        # A beat for every minute of an hour on a virtual clock would be most of what a test waits for.
        session._pulse._every, session._pulse._silence = 20 * MINUTE, HOUR
        yield session, campaign
