"""One message by one way. apprise logs what it sends to whom: it is silenced, and its words are read for a reason."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import SecretStr

from models.types import BadInput, Unavailable

# The way without an address: a line of the process's own log.
LOG = "log"
LINES = logging.getLogger("keel.alerts")
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR, "critical": logging.CRITICAL}
# What a way takes at most, characters of a body; PagerDuty's summary is the shortest.
LONGEST = {"telegram": 3500, "pagerduty": 900}
LONGEST_OF_OTHERS = 8000
SILENCED = "apprise"
# By which apprise sends: they log the address, which holds a key, where an answer has headers that are none.
BELOW = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry", "urllib3.response", "requests")
ANSWER = re.compile(r"error=(\d{3})\b")


@dataclass(frozen=True, slots=True)
class Way:
    """A channel and its address, which holds a key; the log has none."""

    name: str
    address: SecretStr | None = None


def send(way: Way, title: str, body: str, severity: str, timeout: float) -> None:
    """Send one message; `timeout` in seconds, to connect and for the answer each.

    Raises:
        BadInput: the address is none that can be used.
        Unavailable: the receiver did not take it. Neither says the address.
    """
    if way.name == LOG:
        LINES.log(LEVELS[severity], "%s: %s", title, " | ".join(body.splitlines()))
        return
    receiver = plugin(way, timeout)
    text = _shortened(body, way.name)
    with _heard() as said:
        try:
            taken = receiver.notify(title=title, body=text, body_format=_text(), notify_type=_urgency(severity))
        except Exception as error:  # noqa: BLE001 - of what it sends by; without its text, which may show the address
            raise Unavailable(
                f"{way.name} did not take the message ({type(error).__name__}); see its address"
            ) from None
    if not taken:
        raise Unavailable(f"{way.name} did not take the message: {_reason(said)}; see its address and its server")


def plugin(way: Way, timeout: float) -> Any:
    """What apprise sends by.

    Raises:
        BadInput: the address is none that can be used.
    """
    # Imported here: whoever sends nothing need not load it.
    import apprise

    _silence()
    address = "" if way.address is None else way.address.get_secret_value()
    asset = apprise.AppriseAsset(
        app_id="Keel", app_desc="Keel", app_url="", image_url_mask="", image_url_logo="", secure_logging=True
    )
    made = apprise.Apprise.instantiate(_of_webhook(address) if way.name == "webhook" else address, asset=asset)
    if made is None:
        raise BadInput(f"the address of the channel {way.name} is none that apprise knows; see docs/monitoring.md")
    made.socket_connect_timeout = made.socket_read_timeout = timeout
    made.overflow_mode = apprise.OverflowMode.TRUNCATE  # never two messages of one
    return made


def _of_webhook(address: str) -> str:
    """Apprise writes JSON to json:// and jsons://; people write the address as it is."""
    scheme, rest = address.split("://", 1) if "://" in address else ("", address)
    return f"{ {'http': 'json', 'https': 'jsons'}.get(scheme, scheme) }://{rest}".replace(" ", "")


def _shortened(body: str, name: str) -> str:
    longest = LONGEST.get(name, LONGEST_OF_OTHERS)
    return body if len(body) <= longest else f"{body[: longest - 1]}…"


def _text() -> Any:
    import apprise

    return apprise.NotifyFormat.TEXT


def _urgency(severity: str) -> Any:
    import apprise

    types = apprise.NotifyType
    return {"info": types.INFO, "warning": types.WARNING}.get(severity, types.FAILURE)


class _Ear(logging.Handler):
    """What apprise says in each thread, for a reason; it goes nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: dict[int, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it where somebody listens."""
        said = self.heard.get(threading.get_ident())
        if said is not None:
            said.append(record.getMessage())


class _Hush(logging.Filter):
    """Nothing is said in a thread that sends just now."""

    def filter(self, _record: logging.LogRecord) -> bool:
        return threading.get_ident() not in _ear().heard


@cache
def _hush() -> _Hush:
    return _Hush()


@cache
def _ear() -> _Ear:
    return _Ear()


def _silence() -> None:
    """Again and again: whoever sets all loggers up anew undoes it."""
    logger = logging.getLogger(SILENCED)
    logger.handlers, logger.propagate = [_ear()], False
    logger.setLevel(logging.WARNING)
    for name in BELOW:
        logging.getLogger(name).addFilter(_hush())  # the same one again is none


@contextmanager
def _heard() -> Iterator[list[str]]:
    said: list[str] = []
    _ear().heard[threading.get_ident()] = said
    try:
        yield said
    finally:
        _ear().heard.pop(threading.get_ident(), None)


def _reason(said: list[str]) -> str:
    """Only the number of an answer: the words may show the address."""
    answers = [found[1] for one in said if (found := ANSWER.search(one)) is not None]
    return f"its server answered {answers[-1]}" if answers else "its server cannot be reached, or refused the sender"
