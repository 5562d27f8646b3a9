"""When the first byte of a request goes out: what was not sent may be decided anew, what was may have arrived."""

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


def note_first_byte(session: Any, https_proxy: str | None, note: Callable[[], None]) -> None:
    """Have the method `note` called before any byte of a request goes into a socket of the `requests` session.

    Looking up the host, connecting, a proxy's tunnel and the handshake of TLS come before and are not noted.
    """
    # Weak: urllib3 keeps the connections of a pool until the pool goes, and through them the pool would keep itself.
    pools = _pools(WeakMethod(note))
    for adapter in session.adapters.values():
        adapter.poolmanager.pool_classes_by_scheme = pools
        if https_proxy:
            adapter.proxy_manager_for(https_proxy).pool_classes_by_scheme = pools


def _pools(note: WeakMethod[Callable[[], None]]) -> dict[str, type[HTTPConnectionPool]]:
    class Noting:
        """In front of a connection class: tells the bytes of a request from those that set the connection up."""

        _connecting = False

        def connect(self) -> None:
            self._connecting = True
            try:
                super().connect()  # type: ignore[misc]
            finally:
                self._connecting = False

        def send(self, data: Any) -> None:
            if self.sock is None:  # type: ignore[attr-defined]
                self.connect()
            if not self._connecting and (owner := note()) is not None:
                owner()
            super().send(data)  # type: ignore[misc]

    class NotingHTTP(Noting, HTTPConnection):
        """Plain, for the loopback."""

    class NotingHTTPS(Noting, HTTPSConnection):
        """Through TLS."""

    class Pool(HTTPConnectionPool):
        """Of plain connections."""

        ConnectionCls = NotingHTTP

    class SecurePool(HTTPSConnectionPool):
        """Of connections through TLS."""

        ConnectionCls = NotingHTTPS

    return {"http": Pool, "https": SecurePool}
