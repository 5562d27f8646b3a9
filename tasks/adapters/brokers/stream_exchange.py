"""The ccxt.pro exchange that a user stream speaks through."""

from dataclasses import replace
from typing import Any

from models.types import BadInput
from tasks.adapters.brokers.dialect import UserStreams
from tasks.adapters.brokers.line import Line
from tasks.adapters.venues.access import require_keys
from tasks.adapters.venues.client import set_addresses


def streams_of(line: Line) -> UserStreams:
    """How the line's venue tells by itself.

    Raises:
        BadInput: it does not.
    """
    if line.dialect.streams is None:
        raise BadInput(f"{line.dialect.venue.name} tells nothing of orders by itself; ask for them at intervals")
    return line.dialect.streams


def open_stream_exchange(line: Line) -> Any:
    """A fresh one with the line's keys, markets and time; it has to be made inside the event loop's thread.

    Raises:
        BadInput: the venue has no such stream, or there are no keys.
        Refused: ccxt's addresses for the venue are not the declared ones.
    """
    # Imported here: ccxt takes seconds, which a cycle on paper need not pay.
    from ccxt import pro

    venue, access, known = line.dialect.venue, line.client.access, line.client.exchange
    streams, keys = streams_of(line), require_keys(venue.name, access.keys)
    exchange = getattr(pro, venue.name)({"timeout": access.timeout_ms, "options": dict(known.options)})
    exchange.apiKey, exchange.secret = keys.key.get_secret_value(), keys.secret.get_secret_value()
    if keys.passphrase:
        exchange.password = keys.passphrase.get_secret_value()
    if known.isSandboxModeEnabled:
        exchange.set_sandbox_mode(True)
    set_addresses(exchange, replace(venue, hosts=venue.hosts | streams.hosts), access)
    _set_route(exchange, access.https_proxy, access.ca_file)
    exchange.number = known.number
    exchange.milliseconds = known.milliseconds
    exchange.set_markets_from_exchange(known)
    return exchange


def _set_route(exchange: Any, https_proxy: str | None, ca_file: str | None) -> None:
    if https_proxy:
        exchange.httpsProxy, exchange.wssProxy = https_proxy, https_proxy
    if ca_file:
        exchange.cafile = ca_file
    # At DEBUG ccxt's log has the keys.
    exchange.logger.disabled = True
