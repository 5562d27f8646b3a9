"""The guardian's loop: round after round, whatever fails."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from conf import home
from models.types import BadInput, KeelError, Refused
from tasks.guardian.building import Built, build_guardian, version_now
from tasks.guardian.outage import Outage
from tasks.session.telling import Log

# Between two tries to begin.
AGAIN_S = 2.0
# That what is under way at a venue has to end in.
ENDING_S = 5.0
# Between two looks at whether the configuration has changed.
ANEW_S = 10.0


def run_guardian(is_ended: threading.Event | None = None) -> None:
    """Watch until SIGTERM, SIGINT, SIGHUP or `is_ended`.

    Raises:
        Refused: another guardian watches.
        BadInput: the configuration is not valid.
    """
    ended = threading.Event() if is_ended is None else is_ended
    _end_by_signals(ended)
    log = Log(home() / "state" / "logs" / "guardian.log")
    outage = Outage(log)
    built = _begun(ended, log, outage)
    if built is None:
        return
    log(f"the guardian watches {built.guardian.book} in {home()}")
    built = _watch(built, ended, log, outage)
    built.hands.end(ENDING_S)
    _tried(log, outage, built.guardian.end)
    log("the guardian has ended: where one is needed nothing is opened from now on")


def _end_by_signals(ended: threading.Event) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(one, end)


def _begun(ended: threading.Event, log: Log, outage: Outage) -> Built | None:
    """A guardian, as soon as the journal lets it."""
    while not ended.is_set():
        try:
            return build_guardian(log)
        except (Refused, BadInput):
            raise
        except KeelError as error:
            outage.note(error)
        ended.wait(AGAIN_S)
    return None


def _watch(built: Built, ended: threading.Event, log: Log, outage: Outage) -> Built:
    """Round after round; the guardian that was at work last."""
    due = time.monotonic()
    asked = due
    while not ended.is_set():
        if due - asked >= ANEW_S:
            asked, built = due, _anew(built, log)
        _tried(log, outage, built.guardian.round)
        log.once("hands", built.hands.failed)
        due = max(due + built.beat, time.monotonic())
        ended.wait(due - time.monotonic())
    return built


def _anew(built: Built, log: Log) -> Built:
    """A guardian by the configuration as it is now, where that has changed: another stage, book or limit."""
    try:
        if built.hands.is_busy or version_now() in (None, built.version):
            return built
        follower = build_guardian(log)
    except Exception as error:  # noqa: BLE001 - told; the guardian before goes on watching
        log.once("configuration", f"{type(error).__name__}: {error}")
        return built
    built.hands.end(ENDING_S)
    log(f"the configuration has changed: the guardian watches {follower.guardian.book}")
    return follower


def _tried(log: Log, outage: Outage, act: Callable[[], object]) -> None:
    """Done, or told why not: without a sign of life nothing is opened where a guardian is needed."""
    try:
        act()
    except KeelError as error:
        outage.note(error)
    except Exception as error:  # noqa: BLE001 - told; whoever watches goes on watching
        log.once("round", f"{type(error).__name__}: {error}")
    else:
        log.once("round", "")
        outage.over()
