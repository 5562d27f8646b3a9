"""Campaigns: what several processes one after the other belong to; who starts finds out what the one before left."""

import json
from dataclasses import dataclass
from decimal import Decimal

from data.journal import Decision, Journal, SessionLog, SessionRun
from models.types import Refused, iso
from tasks.session.ordering.writing import Writing, only_writer
from tasks.session.release import release_id

INTERRUPTED, DONE, CRASHED = "interrupted", "its time was over", "crashed"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One process of a campaign at work.

    Attributes:
        name: of the campaign, the time at which its first process began.
        run: id of this process's row.
        began_at, until: UTC microseconds; `until` None: it has no end.
        release: which code runs.
        before: the processes before this one, the oldest first.
        seen: open of the newest bar that one of them dealt with, UTC microseconds; None: none did.
    """

    name: str
    run: int
    began_at: int
    until: int | None
    release: str
    before: tuple[SessionRun, ...]
    seen: int | None

    @property
    def has_crashed(self) -> bool:
        """Whether the process before this one did not end as it should."""
        return bool(self.before) and self.before[-1].ended_at is None

    def share(self, now: int) -> float | None:
        """Of its time that has passed, 0..1."""
        if self.until is None:
            return None
        first = self.before[0].began_at if self.before else self.began_at
        return min(1.0, max(0.0, (now - first) / max(1, self.until - first)))


def open_campaign(
    journal: Journal, writing: Writing, book: str, stage: str, capital: Decimal, duration: int | None, now: int
) -> Campaign:
    """Write that this process begins: with a campaign of its own, or going on with the book's last one whose time is
    not over, whether its process crashed or was interrupted. `duration` in microseconds, None: without an end; one
    that has an end keeps it.

    Raises:
        Refused: another session of this journal is alive; or another process is at work.
    """
    log = SessionLog(journal.engine)
    with only_writer(writing):
        every = log.runs()
        _require_alone(every, writing)
        before = _to_go_on_with([one for one in every if one.book == book], now)
        name = before[0].campaign if before else iso(now)
        until = before[-1].until if before and before[-1].until is not None else _end(now, duration)
        run = SessionRun(name, book, stage, str(capital), release_id(), writing.holder, now, until)
        number = log.begin(run)
    return Campaign(name, number, now, until, run.release, tuple(before), _seen(log, before))


def require_capital(journal: Journal, book: str, capital: float | None) -> None:
    """Nothing, where the book has decided nothing or began with the same capital; `capital` None: none was asked for.

    Raises:
        Refused: it began with another one, which no later figure changes.
    """
    decisions = [] if capital is None else journal.decisions_of(book)
    if not decisions:
        return
    began = _capital_of(journal, decisions[0])
    if began != capital:
        raise Refused(
            f"the book {book} trades with a capital of {began:g} since it began, and goes on from what became of it; "
            f"found --capital {capital:g}: leave it out or give {began:g}, or point KEEL_HOME to a new folder, where a "
            "campaign begins with its own"
        )


def _capital_of(journal: Journal, first: Decision) -> float:
    tree = json.loads(journal.config_trees()[first.config_version])
    return float(tree["trading"]["capital"])


def _require_alone(every: list[SessionRun], writing: Writing) -> None:
    # One of another book as well: a journal has one sign of life of a trader, and one would hide the other's silence.
    for one in every:
        if one.ended_at is None and not writing.is_dead(one.holder):
            raise Refused(
                f"a session of {one.book} runs already: process {one.holder.pid} on {one.holder.host} since "
                f"{iso(one.began_at)}; wait for its end, or stop it with Ctrl-C"
            )


def _to_go_on_with(mine: list[SessionRun], now: int) -> list[SessionRun]:
    if not mine or (mine[-1].until is not None and mine[-1].until <= now):
        return []
    if mine[-1].ended_at is not None and mine[-1].why != INTERRUPTED:
        return []
    return [one for one in mine if one.campaign == mine[-1].campaign]


def _end(now: int, duration: int | None) -> int | None:
    return None if duration is None else now + duration


def _seen(log: SessionLog, before: list[SessionRun]) -> int | None:
    bars = [event.bar for run in before for event in log.events(run.id or 0) if event.bar is not None]
    return max(bars, default=None)
