"""Whether a way's server answers at all, without a message to anybody."""

import socket

from models.types import Unavailable
from tasks.adapters.notifiers.sending import LOG, Way, plugin

# Of the services whose addresses name none.
HOSTS = {"slack": "hooks.slack.com", "telegram": "api.telegram.org", "pagerduty": "events.pagerduty.com"}
HTTPS, SMTP = 443, 25


def reach(way: Way, timeout: float) -> None:
    """Its server answers: by HTTP whatever it says, by SMTP a connection. Whether it takes a message, only one tells.

    Raises:
        BadInput: the address is none that can be used.
        Unavailable: it cannot be reached.
    """
    if way.name == LOG:
        return
    receiver = plugin(way, timeout)
    if way.name == "email":
        _connect(way, receiver.smtp_host, receiver.port or SMTP, timeout)
        return
    scheme = "https" if way.name in HOSTS or receiver.secure else "http"
    port = f":{receiver.port}" if way.name not in HOSTS and receiver.port else ""
    _ask(way, f"{scheme}://{HOSTS.get(way.name, receiver.host)}{port}/", timeout)


def _ask(way: Way, url: str, timeout: float) -> None:
    # Imported here, as apprise, which sends by it: the same proxies and authorities hold for both.
    import requests

    try:
        requests.head(url, timeout=timeout, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:  # a ValueError: an address that is none
        raise _unreachable(way, error) from None


def _connect(way: Way, host: str, port: int, timeout: float) -> None:
    try:
        socket.create_connection((host, port), timeout).close()
    except (OSError, ValueError, OverflowError) as error:  # the latter: a name or port that is none
        raise _unreachable(way, error) from None


def _unreachable(way: Way, error: Exception) -> Unavailable:
    return Unavailable(f"the server of {way.name} cannot be reached ({type(error).__name__}); see network and address")
