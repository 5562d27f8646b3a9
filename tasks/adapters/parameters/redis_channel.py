"""Hears of changed parameters through Redis: the channel `param.reload`. It comes and goes; the file watch stays."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

from models.types import BadInput
from tasks.adapters.parameters.message import check_message

CHANNEL = "param.reload"
CONNECT_S = 2.0
# A silent connection is asked after this whether it is alive, and given up when it says nothing for as long again: a
# cable that was pulled ends no connection.
SILENCE_S = 5.0
LISTEN_S = 0.5
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
# Anybody who reaches the server can publish: of many bad messages one in this time is reported.
REPORT_EVERY_S = 60.0

_log = logging.getLogger(__name__)


class RedisChannel:
    """A thread that calls `offered` after every good message, and once whenever the connection is there (again): a
    message may have been missed. `refused` gets the reason when a message is not allowed.
    """

    def __init__(
        self,
        url: str,
        password: SecretStr | None,
        folder: Path,
        offered: Callable[[], object],
        refused: Callable[[str], object],
    ) -> None:
        self._url = url
        self._password = password
        self._folder = folder
        self._offered = offered
        self._refused = refused
        self._reported = -REPORT_EVERY_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="parameter messages", daemon=True)

    def start(self) -> None:
        """Begin to listen; a server that is not there is waited for."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause, told = FIRST_PAUSE_S, False
        while not self._stop.is_set():
            heard = threading.Event()
            try:
                self._listen(heard)
            except (RedisError, OSError) as error:
                if heard.is_set():
                    pause, told = FIRST_PAUSE_S, False
                if not told:
                    # The error's text is left out: it may repeat what was sent.
                    _log.warning("Redis %s: %s; the file watch goes on alone", _place(self._url), type(error).__name__)
                    told = True
            except Exception:  # noqa: BLE001 - logged; a channel that ends is a change that nobody hears of
                _log.exception("listening to Redis failed; it begins again")
            self._stop.wait(pause)
            pause = min(2.0 * pause, LONGEST_PAUSE_S)

    def _listen(self, heard: threading.Event) -> None:
        password = None if self._password is None else self._password.get_secret_value()
        client = Redis.from_url(
            self._url,
            password=password,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=CONNECT_S,
            # A lost connection has to be seen here, not mended below: a message may have been missed.
            retry=Retry(NoBackoff(), 0),
        )
        with client, client.pubsub() as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(CHANNEL)
            spoke, asked = time.monotonic(), False
            while not self._stop.is_set():
                silent = time.monotonic() - spoke
                if self._take(channel, heard):
                    spoke, asked = time.monotonic(), False
                elif silent > 2.0 * SILENCE_S:
                    raise TimeoutError
                elif silent > SILENCE_S and not asked:
                    channel.ping()
                    asked = True

    def _take(self, channel: PubSub, heard: threading.Event) -> bool:
        """Everything that is there, and whether there was anything; of several messages at once one offer is made."""
        message, wanted, spoke = channel.get_message(timeout=LISTEN_S), False, False
        while message is not None:
            spoke = True
            if message["type"] == "subscribe":
                _log.info("listening to Redis %s", _place(self._url))
                heard.set()
                wanted = True
            elif message["type"] == "message":
                wanted = self._is_good(message["data"]) or wanted
            message = channel.get_message(timeout=0.0)
        if wanted:
            self._offered()
        return spoke

    def _is_good(self, body: bytes) -> bool:
        try:
            check_message(body, self._folder)
        except BadInput as error:
            _log.warning("refused on %s: %s", CHANNEL, error)
            if time.monotonic() - self._reported >= REPORT_EVERY_S:
                self._reported = time.monotonic()
                self._refused(str(error))
            return False
        return True


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc or parts.path
