"""The dispatcher: from the outbox to the channels, round after round.

At least once: a message is noted as sent after its receiver took it. Whoever dies in between has the one message that
was under way on each channel told twice, and none lost. A round only reads where nothing is to be told.

What cannot be noted, because the disk is full or another process holds the journal, is kept in mind and noted as soon
as it can be: meanwhile nobody is told the same thing again and again, and what else is due goes out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from conf.schema.alerts import AlertsConfig
from data.journal import ChannelState, Deliveries, Delivery, Journal
from models.types import KeelError
from models.types.alerts import Severity
from models.types.timeframes import MINUTE, SECOND
from tasks.session.alerting.couriers import Courier, Sent
from tasks.session.alerting.escalating import URGENT, escalated
from tasks.session.alerting.messages import Message, Place, groups_of, message_of, summary_of
from tasks.session.alerting.quiet import quiet_until
from tasks.session.alerting.routing import longest_wait, routed, severity_of, told_lately

# More topics at once are a flood, and become one message; so do further ones once that many messages went out within a
# minute, of which there is then one every PRESSED.
FLOOD = 10
PRESSED = 15 * SECOND
# From this many failures on a person hears of it by the other channels, and again once a day.
TOLD_FROM = 3
# From this many on a message has no text but ours: what a receiver refuses for ever must not stay in the way.
BARE_FROM = 8
# Between two looks at what nobody has acknowledged.
LOOKED_AT_EVERY = 5 * SECOND
# Doublings that are counted; the longest pause is reached long before.
DOUBLINGS = 20


def passes(_label: str) -> None:
    """Production goes on at every checkpoint."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a message, and when that was known (UTC microseconds)."""

    sent: Sent
    at: int


@dataclass(slots=True)
class Dispatcher:
    """Of one journal. `couriers` has one for each configured channel; `clock` tells UTC microseconds."""

    journal: Journal
    settings: AlertsConfig
    couriers: Mapping[str, Courier]
    place: Place
    clock: Callable[[], int]
    checkpoint: Callable[[str], None] = passes
    _escalated_at: int = field(default=0)
    _unnoted: dict[str, list[Heard]] = field(default_factory=dict)

    def round(self) -> None:
        """Note what was sent, route what is new, send what is due: each of them also where the one before failed.

        Raises:
            Unavailable, Damaged: the journal cannot be used; what was sent meanwhile is noted in a later round.
        """
        deliveries = Deliveries(self.journal.engine)
        failures = [self._failure(partial(act, deliveries)) for act in (self.collect, self._route, self._escalate)]
        states = deliveries.states()
        for channel, courier in self.couriers.items():
            if not courier.is_busy():
                self._send(deliveries, channel, courier, states.get(channel, ChannelState(channel)))
        for one in failures:
            if one is not None:
                raise one

    def collect(self, deliveries: Deliveries) -> None:
        """Note what came of the messages that were under way.

        Raises:
            Unavailable, Damaged: it could not be noted; it is kept in mind.
        """
        for channel, courier in self.couriers.items():
            sent = courier.outcome()
            if sent is not None:
                self.checkpoint(f"taken {channel}")
                self._unnoted.setdefault(channel, []).append(Heard(sent, self.clock()))
        for channel, heard in self._unnoted.items():
            while heard:
                self._note(deliveries, channel, heard[0])
                heard.pop(0)
                self.checkpoint(f"noted {channel}")

    def _failure(self, act: Callable[[], None]) -> KeelError | None:
        try:
            act()
        except KeelError as error:
            return error
        return None

    def _route(self, deliveries: Deliveries) -> None:
        now, repeat = self.clock(), round(self.settings.repeat_minutes * MINUTE)
        alerts = deliveries.unrouted()
        # Read once: a storm of thousands is routed in parts, each of which adds to it.
        told = told_lately(deliveries.since(now - repeat), now, repeat) if alerts else {}
        while alerts:
            self.checkpoint("to be routed")
            deliveries.route(alerts, routed(alerts, self.settings, told, now), now)
            self.checkpoint("routed")
            alerts = deliveries.unrouted()

    def _escalate(self, deliveries: Deliveries) -> None:
        now = self.clock()
        if abs(now - self._escalated_at) < LOOKED_AT_EVERY:
            return
        self._escalated_at = now
        deliveries.drop(self.couriers)
        found = deliveries.unacknowledged([one.text for one in URGENT])
        deliveries.plan(escalated(found, self.settings, now))

    def _send(self, deliveries: Deliveries, channel: str, courier: Courier, state: ChannelState) -> None:
        now, heard = self.clock(), self._unnoted.get(channel, [])
        longest = round(self.settings.longest_pause_seconds * SECOND)
        state = self._fares(state, heard)
        # A pause longer than any is one of a clock that was put back.
        if state.retry_at is not None and now < state.retry_at <= now + longest:
            return
        taken = {id for one in heard if one.sent.error is None for id in one.sent.message.ids}
        due = [one for one in deliveries.due(channel, now, self._longest_wait()) if one.id not in taken]
        groups = groups_of(self._allowed(channel, due, now))
        lately = sorted([*deliveries.sent_since(channel, now - MINUTE), *(one.at for one in heard)])
        is_pressed = len(lately) >= FLOOD
        if not groups or (is_pressed and lately[-1] <= now < lately[-1] + PRESSED):
            return
        is_bare = state.failures >= BARE_FROM
        many = len(groups) > FLOOD or (len(groups) > 1 and is_pressed) or is_bare
        message = summary_of(groups, self.place, is_bare) if many else message_of(groups[0], self.place)
        self.checkpoint(f"to be sent {channel}")
        courier.start(message)

    def _fares(self, state: ChannelState, heard: list[Heard]) -> ChannelState:
        """How the channel fares with what is not noted yet."""
        for one in heard:
            if one.sent.error is None:
                state = ChannelState(state.name, proven_at=one.at)
            else:
                state = failed_again(state, one.sent.error, self.settings, one.at)
        return state

    def _longest_wait(self) -> int:
        return longest_wait(round(self.settings.repeat_minutes * MINUTE))

    def _allowed(self, channel: str, due: list[Delivery], now: int) -> list[Delivery]:
        """In quiet hours what is critical alone, also of what was due before they began."""
        settings = self.settings.channels.get(channel)  # type: ignore[call-overload]
        if not due or settings is None or not settings.quiet or quiet_until(self.settings.quiet_hours, now) is None:
            return due
        return [one for one in due if severity_of(one.alert.severity) is Severity.CRITICAL]

    def _note(self, deliveries: Deliveries, channel: str, heard: Heard) -> None:
        sent = heard.sent
        if sent.error is None:
            deliveries.sent(channel, sent.message.ids, heard.at)
            return
        state = failed_again(
            deliveries.states().get(channel, ChannelState(channel)), sent.error, self.settings, heard.at
        )
        deliveries.failed(state, sent.message.ids)
        if state.failures >= TOLD_FROM:
            tell_failing(self.journal, state, heard.at)


def failed_again(state: ChannelState, error: str, settings: AlertsConfig, now: int) -> ChannelState:
    """A channel after one more failure: each one that follows doubles the pause."""
    failures = state.failures + 1
    pause = settings.first_pause_seconds * 2.0 ** min(failures - 1, DOUBLINGS)
    retry_at = now + round(min(pause, settings.longest_pause_seconds) * SECOND)
    since = now if state.failing_since is None else state.failing_since
    return replace(state, failures=failures, failing_since=since, retry_at=retry_at, error=error)


def tell_failing(journal: Journal, state: ChannelState, now: int) -> None:
    """An alert, once for each time that a channel begins to fail."""
    text = f"alerts do not go out by {state.name}: {state.error}; they wait, and are told by the other channels"
    journal.raise_alert(f"channel failing {state.name} {state.failing_since}", Severity.ERROR.text, text, now)


def trial_message(channel: str, place: Place) -> Message:
    """What a person asked for, to see that it arrives."""
    body = f"A test of the channel {channel}: nothing has happened.\nBook: {place.book}\nDashboard: {place.dashboard}"
    return Message("[INFO] Keel: test of the alerts", body, Severity.INFO.text)
