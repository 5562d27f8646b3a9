"""Which of a book's processes ended by themselves."""

from collections.abc import Sequence

from data.journal import Journal, SessionEvent, SessionKind, SessionLog, SessionRun
from tasks.adapters.holder import is_gone
from tasks.session.staging.scheduled import BEGUN, SCHEDULED
from tasks.session.staging.window import Window

CRASHED = "crash"


def crashes_of(journal: Journal, window: Window, is_followed: bool = False) -> int:
    """Sessions that never said that they ended and whose process is gone, and scheduled cycles that began and were not
    heard of again, by their last sign of life in the window; `is_followed`: of sessions those alone after which another
    process began.
    """
    log = SessionLog(journal.engine)
    runs = [one for one in log.runs(window.book) if one.began_at <= window.until]
    found, scheduled = 0, list[SessionEvent]()
    for run in runs:
        events = [] if run.id is None else [one for one in log.events(run.id) if one.at <= window.until]
        if run.campaign == SCHEDULED:
            scheduled += events
            continue
        last = _last_sign(run, events)
        if window.since < last and _is_crash(run):
            found += not is_followed or any(last < one.began_at for one in runs)
    # Of all releases together: the next one's cycle shows as well that the last one's was not heard of again.
    return found + sum(window.since < at for at in _unheard(sorted(scheduled, key=lambda one: one.at)))


def _is_crash(run: SessionRun) -> bool:
    return run.why.startswith(CRASHED) or (run.ended_at is None and is_gone(run.holder))


def _last_sign(run: SessionRun, events: Sequence[SessionEvent]) -> int:
    return max([run.began_at, *(one.at for one in events)])


def _unheard(events: Sequence[SessionEvent]) -> list[int]:
    """When the cycles began that were not heard of again; one that may be under way is none."""
    found, began = list[int](), None
    for one in events:
        is_begin = one.kind is SessionKind.NOTED and one.reason == BEGUN
        if is_begin and began is not None:
            found.append(began)
        began = one.at if is_begin else None
    return found
