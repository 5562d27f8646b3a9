"""The dispatcher's loop: round after round, whatever fails. Only one of a journal, by a lease."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from conf import home, load
from data.journal import Beat, Deliveries, Heartbeats, Lease, Leases
from models.types import BadInput, KeelError, Refused
from models.types.timeframes import SECOND
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import is_gone, this_process
from tasks.alerting.lines import log_lines
from tasks.bootstrap.alerting import Alerting, build_alerting
from tasks.session.alerting import ALERTS, prove_daily, watch
from tasks.session.telling import Log

# The lease holds so long, and is renewed, with a sign of life, so often.
LEASE, RENEWED_S = 90 * SECOND, 10.0
# Between two tries to begin, and two looks at whether the configuration has changed.
AGAIN_S, ANEW_S = 2.0, 10.0
# That messages which are under way have to end in.
ENDING_S = 3.0
# Between two looks at whether a channel has to prove itself.
TESTED_S = 60.0


def run_alerting(is_ended: threading.Event | None = None) -> None:
    """Tell people of alerts until SIGTERM, SIGINT, SIGHUP or `is_ended`.

    Raises:
        Refused: another dispatcher is at work.
        BadInput: the configuration is not valid.
    """
    ended = threading.Event() if is_ended is None else is_ended
    _end_by_signals(ended)
    log = Log(home() / "state" / "logs" / "alerts.log")
    log_lines(log)
    loop = _begun(ended, log)
    if loop is None:
        return
    log(f"alerts of {loop.alerting.place.book} go to {', '.join(loop.alerting.settings.channels)}")
    loop.run(ended)
    loop.end()
    log("nobody is told of alerts any more: they wait in the outbox")


class _Loop:
    """A dispatcher under its lease."""

    def __init__(self, alerting: Alerting, lease: Lease, log: Log) -> None:
        self.alerting = alerting
        self._lease, self._log = lease, log
        self._due = dict.fromkeys(("renewed", "anew", "tested"), 0.0)
        self._tester: threading.Thread | None = None

    def run(self, ended: threading.Event) -> None:
        while not ended.is_set():
            self._tried("lease", self._sign)
            self._tried("round", self._round)
            self._every("anew", ANEW_S, self._anew)
            self._every("tested", TESTED_S, self._test)
            ended.wait(self.alerting.settings.poll_seconds)

    def end(self) -> None:
        """What is under way may end; then the lease is given back."""
        deadline = time.monotonic() + ENDING_S
        dispatcher = self.alerting.dispatcher
        for courier in dispatcher.couriers.values():
            courier.wait(max(0.0, deadline - time.monotonic()))
        self._tried("end", lambda: dispatcher.collect(Deliveries(dispatcher.journal.engine)))
        self._tried("end", self._farewell)

    def _round(self) -> None:
        dispatcher = self.alerting.dispatcher
        watch(dispatcher.journal, dispatcher.clock(), round(dispatcher.settings.watchdog_seconds * SECOND))
        dispatcher.round()

    def _sign(self) -> None:
        """Whoever lost the lease ends: another one tells people now."""
        if time.monotonic() < self._due["renewed"]:
            return
        now, engine = SystemClock().now(), self.alerting.dispatcher.journal.engine
        self._lease = Leases(engine).renew(self._lease, now, LEASE)
        beat = Beat(ALERTS, this_process(), now, now + LEASE, self.alerting.place.book)
        Heartbeats(engine).beat(beat)
        self._due["renewed"] = time.monotonic() + RENEWED_S

    def _farewell(self) -> None:
        now, engine = SystemClock().now(), self.alerting.dispatcher.journal.engine
        Heartbeats(engine).beat(Beat(ALERTS, this_process(), now, None, "ended"))
        Leases(engine).release(self._lease, now)

    def _anew(self) -> None:
        """By the configuration as it is now, where that has changed; nothing is under way meanwhile."""
        if _version_now() in (None, self.alerting.version):
            return
        if any(one.is_busy() for one in self.alerting.dispatcher.couriers.values()):
            self._due["anew"] = 0.0
            return
        self.alerting = build_alerting(self._log)
        self._log(f"the configuration has changed: alerts go to {', '.join(self.alerting.settings.channels)}")

    def _test(self) -> None:
        """By a thread of its own: a dead server keeps no alert waiting."""
        if self._tester is None or not self._tester.is_alive():
            alerting = self.alerting
            journal, now = alerting.dispatcher.journal, SystemClock().now()
            act = lambda: prove_daily(journal, alerting.reaches, alerting.settings, now)  # noqa: E731
            self._tester = threading.Thread(target=self._tried, args=("test", act), daemon=True)
            self._tester.start()

    def _every(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        if time.monotonic() >= self._due[name]:
            self._due[name] = time.monotonic() + seconds
            self._tried(name, act)

    def _tried(self, topic: str, act: Callable[[], object]) -> None:
        """Done, or told why not.

        Raises:
            Refused: the lease is lost.
        """
        try:
            act()
        except Refused:
            if topic == "lease":
                raise
            self._log.once(topic, "refused")
        except KeelError as error:
            self._log.once(topic, str(error))
        except Exception as error:  # noqa: BLE001 - told; whoever tells people goes on telling them
            self._log.once(topic, f"{type(error).__name__}: {error}")
        else:
            self._log.once(topic, "")


def _begun(ended: threading.Event, log: Log) -> _Loop | None:
    """A dispatcher with its lease, as soon as the journal lets it."""
    while not ended.is_set():
        try:
            alerting = build_alerting(log)
            return _Loop(alerting, _taken(alerting), log)
        except (Refused, BadInput):
            raise
        except KeelError as error:
            log.once("journal", str(error))
        ended.wait(AGAIN_S)
    return None


def _taken(alerting: Alerting) -> Lease:
    leases, now = Leases(alerting.dispatcher.journal.engine), SystemClock().now()
    lease = leases.take(ALERTS, this_process(), now, LEASE, is_gone)
    if lease is None:
        held = leases.current(ALERTS)
        whose = "another process" if held is None else f"process {held.holder.pid} on {held.holder.host}"
        raise Refused(f"alerts are dispatched already ({whose}); stop it first, or leave it at that")
    return lease


def _version_now() -> str | None:
    """Of the configuration as it is written, None while it is not valid: the one before goes on."""
    try:
        return load().version
    except BadInput:
        return None


def _end_by_signals(ended: threading.Event) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(one, end)
