"""Connections that do not hold the server up: whoever does not say what they want in time is hung up on."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# For the head of a request; bodies have a time of their own (tasks.web.bodies).
HEAD_S = 10.0
# Connections that have not said what they want; the oldest makes room for the next.
MOST_WAITING = 256


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting for a request's head."""

    waiting: "dict[PatientProtocol, None]" = {}  # noqa: RUF012 - all connections of the process share it

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request, or of several."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._has_head()
        elif self._late is None:
            self._await_head()

    def _await_head(self) -> None:
        if len(self.waiting) >= MOST_WAITING:
            next(iter(self.waiting))._hang_up()
        self.waiting[self] = None
        self._late = self.loop.call_later(HEAD_S, self._hang_up)

    def _has_head(self) -> None:
        self.waiting.pop(self, None)
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._has_head()
        if not self.transport.is_closing():
            self.transport.abort()
