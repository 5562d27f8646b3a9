"""One connection through ccxt.pro: asks, and says in our words how it ended."""

import asyncio
from typing import Any

from models.types import BadInput, Unavailable
from tasks.ports import OutOfStep

# A venue that does not even answer a farewell is left to the garbage collector.
FAREWELL_SECONDS = 2.0


class Line:
    """An exchange with at most one websocket, which is never replaced behind our back.

    ccxt drops a broken socket and opens another one with the next call; when nobody waited at that moment it tells no
    one. What was missed in between must not go unnoticed, so a line that lost its socket asks no more.
    """

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange
        self._sockets: list[Any] = []

    async def ask(self, method: str, *arguments: Any) -> Any:
        """The answer of one of ccxt's watch methods.

        Raises:
            BadInput, OutOfStep, Unavailable: as a Subscription's `next`.
        """
        # Imported here and below: ccxt takes seconds, which whoever only names a stream need not pay.
        import ccxt

        if self._sockets and self._open_sockets() != self._sockets:
            raise Unavailable(f"{self.exchange.id} closed the connection")
        try:
            answer = await getattr(self.exchange, method)(*arguments)
        except ccxt.ChecksumError as error:
            raise OutOfStep(f"{self.exchange.id} skipped a part of its sequence") from error
        except (ccxt.BadSymbol, ccxt.BadRequest, ccxt.NotSupported) as error:
            raise BadInput(
                f"{self.exchange.id} refuses the stream ({error}); correct the symbol or leave it out"
            ) from error
        except ccxt.BaseError as error:
            raise Unavailable(f"{self.exchange.id} lost the connection ({type(error).__name__}: {error})") from error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise Unavailable(f"{self.exchange.id} gave the connection up") from None
        if not self._sockets:
            self._sockets = self._open_sockets()
        return answer

    async def close(self) -> None:
        """Close the socket and the HTTP session."""
        import ccxt

        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self.exchange.close()
        except (TimeoutError, ccxt.BaseError, OSError):
            return

    def _open_sockets(self) -> list[Any]:
        return list((self.exchange.clients or {}).values())
