"""The loop: sleep until a bar has closed, bring it in, decide, and say what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from data.journal import Journal, SessionEvent, SessionKind, SessionLog
from models.types import KeelError, Refused, Unavailable, iso
from tasks.ports import Checkpoint, Pacing
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.ordering.broker import Broker
from tasks.session.running.campaign import CRASHED, DONE, INTERRUPTED, Campaign
from tasks.session.running.fetching import has_come
from tasks.session.running.pulse import Pulse
from tasks.session.running.schedule import Due, Plan, Schedule
from tasks.session.running.steps import Step
from tasks.session.running.threads import in_thread
from tasks.session.running.turn import Outcome, look_after, take_turn

SECOND = 1_000_000
# Between two questions for a bar that has not come.
AGAIN = SECOND
UNANSWERED = "the feeds have not answered yet"
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session is put together of.

    Attributes:
        follow: the desk by the parameters in force from this bar on.
        broker_at: who takes the orders of such a desk.
        bring: asks the feeds for the newest bars; what went wrong.
        bring_rest: asks for what no decision waits for; what went wrong.
        report: hears what became of each bar.
    """

    journal: Journal
    clock: Pacing
    pulse: Pulse
    follow: Callable[[], Desk]
    broker_at: Callable[[Desk, Checkpoint], Broker]
    bring: Callable[[Desk], str]
    bring_rest: Callable[[Desk], str]
    report: Callable[[Step], None]


class Session:
    """One process of a campaign; `run` once."""

    def __init__(self, parts: Parts, campaign: Campaign) -> None:
        self._parts, self._campaign = parts, campaign
        self._log, self._pulse, self._clock = SessionLog(parts.journal.engine), parts.pulse, parts.clock
        self._unwritten: list[SessionEvent] = []
        self._asking: asyncio.Future[str] | None = None
        self._deciding: asyncio.Future[Any] | None = None
        self._is_warm = False

    async def run(self, ended: asyncio.Event) -> str:
        """Bar after bar until the campaign's time is over, or `ended` is set; why it ended. A cycle that has begun is
        finished, for as long as it makes progress.

        Raises:
            KeelError: it cannot begin. Whatever else is raised is a crash: it ends without a farewell, as a kill would.
        """
        try:
            desk = await self._begin()
            schedule = _schedule(desk)
            handled = self._begins_after(schedule)
            while not ended.is_set() and not self._is_over():
                plan = schedule.plan(handled, self._clock.now())
                handled = await self._act(desk, plan, handled, ended)
        except asyncio.CancelledError:
            await self._end(INTERRUPTED)
            raise
        return await self._end(INTERRUPTED if ended.is_set() else DONE)

    def _is_over(self) -> bool:
        until = self._campaign.until
        return until is not None and self._clock.now() >= until

    async def _begin(self) -> Desk:
        """Start-up: what an earlier process left is cleared up before the first bar."""
        self._pulse.promise()
        desk = self._parts.follow()
        campaign = self._campaign
        if campaign.has_crashed:
            self._tell(SessionKind.NOTED, f"{CRASHED}: the process of {iso(campaign.before[-1].began_at)} never ended")
        try:
            await self._worked(lambda: self._recovered(desk))
        except KeelError as error:
            self._fail(None, error)
        self._pulse.kept()
        return desk

    def _recovered(self, desk: Desk) -> None:
        book, journal = configured_book(desk).name, self._parts.journal
        broker = self._parts.broker_at(desk, self._pulse.sign)
        look_after(journal, broker, journal.last_decision(book), book, self._pulse.sign)

    def _begins_after(self, schedule: Schedule) -> int:
        """The newest bar that is dealt with: by a process before this one, or because it is too late for it."""
        book = configured_book(schedule.desk).name
        last = self._parts.journal.last_decision(book)
        self._tell_unsaid(book)
        decided = -1 if last is None else last.bar
        if self._campaign.seen is not None:
            return max(self._campaign.seen, decided)
        return max(schedule.before(self._clock.now()), decided)

    def _tell_unsaid(self, book: str) -> None:
        """Bars of the campaign that were decided on by who died before it said so, or by a cycle beside it."""
        before, seen = self._campaign.before, self._campaign.seen
        for one in self._parts.journal.decisions_of(book) if before else ():
            if one.decided_at >= before[0].began_at and (seen is None or one.bar > seen):
                self._tell(SessionKind.DECIDED, "decided before", one.bar)

    async def _act(self, desk: Desk, plan: Plan, handled: int, ended: asyncio.Event) -> int:
        """The newest bar that is dealt with then."""
        if plan.passed:
            self._tell_all(plan.passed, self._why_passed)
        if plan.late is not None:
            return await self._late(desk, plan.late)
        if plan.due is not None:
            return await self._turn(plan.due, plan.next, ended)
        await self._wait(desk, plan.next, ended)
        return handled

    async def _late(self, desk: Desk, due: Due) -> int:
        self._tell_all((due,), lambda one: f"late: {(self._clock.now() - one.close) / SECOND:.0f} s after its close")
        await self._upkeep(desk)
        return due.bar

    def _has_slept(self, desk: Desk, due: Due) -> bool:
        """Whether more time has passed since the close than lateness and patience allow: the machine was asleep."""
        settings = desk.loaded.settings.session
        asked = (settings.settle_seconds + settings.patience_seconds) * SECOND + self._pulse.every
        return self._clock.now() > due.close + max(settings.late_seconds * SECOND, asked)

    async def _wait(self, desk: Desk, coming: Due | None, ended: asyncio.Event) -> None:
        """Until the next bar has settled or the campaign is over, by the clock and never by counting sleeps."""
        settle = round(desk.loaded.settings.session.settle_seconds * SECOND)
        moments = [self._campaign.until, None if coming is None else coming.close + settle]
        until = min((one for one in moments if one is not None), default=None)
        begun = self._clock.now()
        while not ended.is_set():
            now = self._clock.now()
            self._pulse.detail = "waits" if coming is None else f"waits for the close of {iso(coming.close)}"
            self._pulse.sign()
            self._pulse.beat()
            # A clock that was set back shows the bars anew: the schedule has to look.
            if (until is not None and now >= until) or now < begun:
                return
            left = self._pulse.every if until is None else min(self._pulse.every, until - now)
            await self._clock.pause(left, ended)

    async def _turn(self, due: Due, coming: Due | None, ended: asyncio.Event) -> int:
        """Fetch and decide; what cannot be done now is tried again at the next bar."""
        try:
            desk = self._parts.follow()
            trouble = await self._fetched(desk, due, coming, ended)
            if ended.is_set():
                return due.bar
            if self._has_slept(desk, due):
                return await self._late(desk, due)
            outcome = await self._decided(desk, due, trouble)
        except KeelError as error:
            self._fail(due, error)
            return due.bar
        seconds = (self._clock.now() - due.close) / SECOND if outcome.kind is SessionKind.DECIDED else None
        if outcome.bar != due.bar:
            self._tell(SessionKind.SKIPPED, "passed over: a newer bar had closed when it was decided", due.bar)
        self._tell(outcome.kind, outcome.reason, outcome.bar, seconds, outcome, coming)
        await self._rested(desk, coming)
        return max(due.bar, outcome.bar)

    async def _fetched(self, desk: Desk, due: Due, coming: Due | None, ended: asyncio.Event) -> str:
        """Ask until the bar is there or patience is over, the close of the next bar at the latest."""
        settings = desk.loaded.settings.session
        deadline = due.close + round((settings.settle_seconds + settings.patience_seconds) * SECOND)
        deadline = deadline if coming is None else min(deadline, coming.close)
        trouble: str | None = None
        while not has_come(desk, due.bar) and not ended.is_set():
            self._pulse.detail = f"asks for the bar {iso(due.bar)}"
            said = await self._asked(desk, deadline)
            # The last question has no time left: what was answered before it is what the feeds said.
            trouble = said if trouble is None or said != UNANSWERED else trouble
            left = deadline - self._clock.now()
            if left <= 0 or has_come(desk, due.bar):
                break
            await self._clock.pause(min(AGAIN, left), ended)
        return trouble or ""

    async def _asked(self, desk: Desk, deadline: int) -> str:
        """What the feeds said; whoever hangs is left to its thread, and not asked again before it has answered."""
        if self._asking is None or self._asking.done():
            self._asking = in_thread(lambda: self._parts.bring(desk))
        return await self._waited(deadline)

    async def _waited(self, deadline: int) -> str:
        """Waiting for feeds is progress: it has an end."""
        asking = self._asking
        while asking is not None and not asking.done() and self._clock.now() < deadline:
            self._pulse.sign()
            self._pulse.beat()
            await asyncio.wait({asking}, timeout=self._pulse.every / SECOND)
        return asking.result() if asking is not None and asking.done() else UNANSWERED

    async def _rested(self, desk: Desk, coming: Due | None) -> None:
        """After a bar, until the next one closes at the latest."""
        if self._asking is None or self._asking.done():
            self._asking = in_thread(lambda: self._parts.bring_rest(desk))
            deadline = self._clock.now() + self._pulse.silence
            await self._waited(deadline if coming is None else coming.close)

    async def _decided(self, desk: Desk, due: Due, trouble: str) -> Outcome:
        parts, sign = self._parts, self._pulse.sign
        self._pulse.detail = f"decides on the bar {iso(due.bar)}"
        if not self._is_warm:
            self._pulse.promise()
        try:
            outcome = await self._worked(
                lambda: take_turn(desk, parts.journal, parts.broker_at(desk, sign), due, trouble, sign)
            )
            # What was skipped has compiled nothing: the next bar is as slow as a first one.
            self._is_warm = self._is_warm or outcome.kind is SessionKind.DECIDED
            return outcome
        finally:
            self._pulse.kept()

    async def _upkeep(self, desk: Desk) -> None:
        try:
            await self._worked(lambda: self._recovered(desk))
        except KeelError as error:
            self._fail(None, error)

    async def _worked(self, work: Callable[[], Made]) -> Made:
        """What the work comes to. It has to show by itself that it goes on: the loop beats, and signs nothing."""
        self._pulse.sign()
        self._deciding = deciding = in_thread(work)
        while not deciding.done():
            self._pulse.beat()
            await asyncio.wait({deciding}, timeout=self._pulse.every / SECOND)
        self._pulse.sign()
        return deciding.result()

    async def _end(self, why: str) -> str:
        """The farewell; none where a cycle is still at work and goes on by itself."""
        if self._deciding is not None and not self._deciding.done():
            await asyncio.wait({self._deciding}, timeout=self._pulse.silence / SECOND)
            if not self._deciding.done():
                return why
        now = self._clock.now()
        self._write([])
        self._log.end(self._campaign.run, why, now)
        self._pulse.detail = why
        self._pulse.end()
        return why

    def _fail(self, due: Due | None, error: KeelError) -> None:
        """On record, and told to a person once: it is tried again at the next bar."""
        refused = isinstance(error, Refused)
        kind = SessionKind.SKIPPED if refused else SessionKind.FAILED
        text = f"{'refused' if refused else type(error).__name__.lower()}: {error}"
        self._tell(kind if due is not None else SessionKind.NOTED, text, None if due is None else due.bar)
        try:
            key = f"session {self._campaign.name} {text}"
            self._parts.journal.raise_alert(key, "warning" if refused else "error", text, self._clock.now())
        except Unavailable:
            return  # the journal itself is what fails: it is told when it can be written, by `_write`

    def _why_passed(self, due: Due) -> str:
        if due.close < self._campaign.began_at:
            return "missed: no session ran at its close"
        return "missed: a newer bar had closed before its turn came"

    def _tell_all(self, dues: tuple[Due, ...], why: Callable[[Due], str]) -> None:
        now = self._clock.now()
        self._write([SessionEvent(self._campaign.run, now, SessionKind.SKIPPED, why(one), one.bar) for one in dues])
        last = dues[-1]
        more = "" if len(dues) == 1 else f" ({len(dues)} bars)"
        self._parts.report(Step(now, SessionKind.SKIPPED, f"{why(last)}{more}", last.bar))

    def _tell(
        self,
        kind: SessionKind,
        reason: str,
        bar: int | None = None,
        seconds: float | None = None,
        outcome: Outcome | None = None,
        coming: Due | None = None,
    ) -> None:
        now = self._clock.now()
        self._write([SessionEvent(self._campaign.run, now, kind, reason, bar, seconds)])
        cycle = None if outcome is None else outcome.cycle
        share = self._campaign.share(now)
        following = None if coming is None else coming.close
        self._parts.report(Step(now, kind, reason, bar, seconds, cycle, following, share))

    def _write(self, events: list[SessionEvent]) -> None:
        """What the journal cannot take now it is given with the next line."""
        self._unwritten += events
        try:
            self._log.note_all(self._unwritten)
        except Unavailable:
            return
        self._unwritten = []


def _schedule(desk: Desk) -> Schedule:
    settings = desk.loaded.settings.session
    series = configured_book(desk).series[0]
    return Schedule(desk, series, round(settings.settle_seconds * SECOND), round(settings.late_seconds * SECOND))
