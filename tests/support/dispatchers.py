"""A dispatcher on a journal of its own, with a clock that a test sets and channels that take or refuse."""

from collections.abc import Callable
from dataclasses import dataclass, field

from conf.schema.alerts import AlertsConfig
from data.journal import Journal
from data.journal.alert_tables import alert_deliveries
from data.journal.reading import reads
from models.types import Unavailable
from models.types.timeframes import SECOND
from tasks.session.alerting.couriers import Sent, attempt
from tasks.session.alerting.dispatching import Dispatcher, passes
from tasks.session.alerting.messages import Message, Place

# 2026-03-02T12:00:00Z, a Monday.
NOON = 1_772_452_800 * SECOND
PLACE = Place("paper|sample", "http://127.0.0.1:8000/")
COMMON = {
    "repeat_minutes": 10.0,
    "escalate_minutes": 10.0,
    "poll_seconds": 1.0,
    "timeout_seconds": 10.0,
    "first_pause_seconds": 5.0,
    "longest_pause_seconds": 300.0,
    "watchdog_seconds": 300.0,
}


def settings_of(channels: dict[str, tuple[str, bool, bool]], **changed: object) -> AlertsConfig:
    """`channels`: least severity, whether it keeps quiet hours, whether it is for escalation, by name."""
    made = {
        name: {"least": least, "quiet": quiet, "escalation": escalation}
        for name, (least, quiet, escalation) in channels.items()
    }
    return AlertsConfig.model_validate({"channels": made, **COMMON, **changed})


@dataclass(slots=True)
class Hand:
    """A courier whose receiver takes or refuses at once, as `works` says; what it took is in `took`, with the time."""

    clock: Callable[[], int]
    works: bool = True
    took: list[tuple[int, Message]] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    _done: list[Sent] = field(default_factory=list)

    def start(self, message: Message) -> None:
        self.tried.append(self.clock())
        self._done.append(attempt(self._send, message))

    def is_busy(self) -> bool:
        return bool(self._done)

    def outcome(self) -> Sent | None:
        return self._done.pop() if self._done else None

    def wait(self, seconds: float) -> None:
        """Nothing is ever under way."""

    def _send(self, message: Message) -> None:
        if not self.works:
            raise Unavailable("it did not take the message")
        self.took.append((self.clock(), message))


@dataclass(slots=True)
class Office:
    """Dispatcher, journal, hands by channel, and the clock of all of them."""

    journal: Journal
    settings: AlertsConfig
    now: int = NOON
    hands: dict[str, Hand] = field(default_factory=dict)
    checkpoint: Callable[[str], None] = passes
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        if not self.hands:
            self.hands = {name: Hand(self.clock) for name in self.settings.channels}
        self.dispatcher = Dispatcher(
            self.journal, self.settings, dict(self.hands), PLACE, self.clock, lambda label: self.checkpoint(label)
        )

    def clock(self) -> int:
        return self.now

    def raises(self, key: str, severity: str = "error", text: str = "") -> None:
        self.journal.raise_alert(key, severity, text or f"text of {key}", self.now)

    def run(self, seconds: float, step: float = 1.0) -> None:
        """Rounds, one each `step` seconds."""
        until = self.now + round(seconds * SECOND)
        while True:
            self.dispatcher.round()
            if self.now >= until:
                break
            self.now += round(step * SECOND)
        self.dispatcher.round()

    def told(self, channel: str) -> list[tuple[int, str, int]]:
        """(when, key, turn) of each alert that a message was about which the channel took, in order."""
        with reads(self.journal.engine) as connection:
            rows = {row.id: row for row in connection.execute(alert_deliveries.select())}
        return [(at, rows[one].key, rows[one].turn) for at, message in self.hands[channel].took for one in message.ids]

    def keys(self, channel: str) -> list[str]:
        """Of what the channel was told, in order."""
        return [key for _, key, _ in self.told(channel)]
