"""Reading in worker threads: answers that cost much are made once for each revision of the journal."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from models.types import KeelError, Unavailable
from tasks.session.overview import Lookout, Overview

Made = TypeVar("Made")
PATIENCE_S = 60.0
# Answers that are kept, one for each name.
MOST = 64


@dataclass(slots=True)
class Reads:
    """Looks are made by one thread, one after the other, reports by another: neither waits for the other."""

    lookout: Lookout
    _looks: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "looks"))
    _reports: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "reports"))
    _kept: dict[str, tuple[str, Any]] = field(default_factory=dict)

    async def look(self) -> Overview:
        """The overview as it is now.

        Raises:
            Unavailable: it took longer than PATIENCE_S; or whatever `Lookout.look` raises.
        """
        return await _within(asyncio.get_running_loop().run_in_executor(self._looks, self.lookout.look))

    async def revision(self) -> str:
        """Of the journal as it is now."""
        return await _within(asyncio.get_running_loop().run_in_executor(self._looks, self.lookout.revision))

    async def raw(self, make: Callable[[], Made]) -> Made:
        """What is made of the overview anew for each question, beside the looks."""
        return await _within(asyncio.get_running_loop().run_in_executor(self._looks, make))

    async def report(self, name: str, make: Callable[[], Made], *, keep: bool = True) -> Made:
        """What `make` makes, once for each revision and name where it is kept.

        Raises:
            Unavailable: it took longer than PATIENCE_S; or whatever `make` raises.
        """
        revision = await self.revision() if keep else ""
        return await _within(
            asyncio.get_running_loop().run_in_executor(self._reports, self._made, name, revision, make)
        )

    async def told(self, name: str, make: Callable[[], Made]) -> tuple[Made | None, str | None]:
        """(the report, None where there is none; why there is none)."""
        try:
            return await self.report(name, make), None
        except KeelError as error:
            return None, str(error)

    def end(self) -> None:
        """No more reading; what has begun is not waited for."""
        self._looks.shutdown(wait=False, cancel_futures=True)
        self._reports.shutdown(wait=False, cancel_futures=True)

    def _made(self, name: str, revision: str, make: Callable[[], Made]) -> Made:
        kept = self._kept.get(name)
        if kept is not None and revision and kept[0] == revision:
            found: Made = kept[1]
            return found
        made = make()
        if revision:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[name] = revision, made
        return made


async def _within(waited: "asyncio.Future[Made]") -> Made:
    """What comes of it; its thread goes on by itself where that takes too long."""
    try:
        return await asyncio.wait_for(asyncio.shield(waited), PATIENCE_S)
    except TimeoutError:
        raise Unavailable(f"reading took longer than {PATIENCE_S:g} s; ask again") from None


async def in_own_thread(act: Callable[[], Made], name: str) -> Made:
    """What an act of a person comes to, in a thread that nothing else keeps waiting."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Made] = loop.create_future()

    def tell(made: Made | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(made)  # type: ignore[arg-type]

    def run() -> None:
        try:
            made = act()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            _soon(loop, tell, None, error)
        else:
            _soon(loop, tell, made, None)

    threading.Thread(target=run, name=name, daemon=False).start()
    return await asyncio.shield(done)


def _soon(loop: asyncio.AbstractEventLoop, tell: Callable[..., None], *told: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell, *told)
