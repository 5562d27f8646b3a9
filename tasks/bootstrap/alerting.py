"""The dispatcher of alerts put together: a journal, channels, and the ways behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import SecretStr

from conf.schema.alerts import AlertsConfig
from data.journal import Journal
from models.types import BadInput, KeelError
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap.desks import build_journal, build_standing_desk
from tasks.session.alerting.couriers import Courier, Send, ThreadCourier
from tasks.session.alerting.dispatching import Dispatcher
from tasks.session.alerting.messages import Message, Place
from tasks.session.desk import Desk
from tasks.session.guarding.required import watched

if TYPE_CHECKING:
    from tasks.adapters.notifiers import Way

# Timeouts that one message has in all: a mail server answers to each of its steps.
STEPS = 6.0


@dataclass(frozen=True, slots=True)
class Alerting:
    """A dispatcher with what it sends by; `version` of the configuration it is by.

    Attributes:
        sends: one message by each channel, now.
        reaches: whether the server of each channel answers, without a message.
    """

    dispatcher: Dispatcher
    settings: AlertsConfig
    version: str
    place: Place
    sends: Mapping[str, Send]
    reaches: Mapping[str, Callable[[], None]]


def build_alerting(say: Callable[[str], None]) -> Alerting:
    """By the configuration, or the one adopted last while it is not valid.

    Raises:
        BadInput: no configuration is valid. A channel without an address is none: what it is to be told fails, and says
            so.
        Damaged, Unavailable: the journal cannot be opened.
    """
    desk = build_standing_desk(say)
    return alerting_of(desk, build_journal(desk))


def alerting_of(desk: Desk, journal: Journal) -> Alerting:
    """The same, of this desk and journal."""
    settings = desk.loaded.settings.alerts
    ways: dict[str, Callable[[], Way]] = {name: _Address(desk, name).way for name in settings.channels}
    sends = {name: _sender(way, settings.timeout_seconds) for name, way in ways.items()}
    reaches = {name: _reacher(way, settings.timeout_seconds) for name, way in ways.items()}
    api = desk.loaded.settings.api
    place = Place(watched(desk), f"http://{api.address}/")
    couriers: dict[str, Courier] = {
        name: ThreadCourier(send, STEPS * settings.timeout_seconds) for name, send in sends.items()
    }
    dispatcher = Dispatcher(journal, settings, couriers, place, SystemClock().now)
    return Alerting(dispatcher, settings, desk.loaded.version, place, sends, reaches)


@dataclass(slots=True)
class _Address:
    """Of a channel, looked up for each message: what a person has set anew holds from then on. While the places where
    keys are kept cannot be read, the one of before does.
    """

    desk: Desk
    channel: str
    _last: SecretStr | None = field(default=None)

    def way(self) -> "Way":
        """
        Raises:
            BadInput: there is none.
            Damaged, Refused, Unavailable: a place where keys are kept cannot be read, and none was found before.
        """
        # Imported here: most commands tell nobody anything.
        from tasks.adapters.notifiers import Way

        if self.channel == "log":
            return Way(self.channel)
        try:
            self._last = self._found()
        except KeelError:
            if self._last is None:
                raise
        if self._last is None:
            name = f"{self.channel.upper()}_URL"
            raise BadInput(f"the channel {self.channel} has no address; set {name} in .env, or by keel secrets set")
        return Way(self.channel, self._last)

    def _found(self) -> SecretStr | None:
        from tasks.adapters.credentials import Passphrase, find, standard_sources

        name = f"{self.channel}_url"
        return find([name], standard_sources(self.desk.home, Passphrase())).values.get(name)


def _sender(way: "Callable[[], Way]", timeout: float) -> Send:
    from tasks.adapters.notifiers import send

    def run(message: Message) -> None:
        send(way(), message.title, message.body, message.severity, timeout)

    return run


def _reacher(way: "Callable[[], Way]", timeout: float) -> Callable[[], None]:
    from tasks.adapters.notifiers import reach

    return lambda: reach(way(), timeout)
