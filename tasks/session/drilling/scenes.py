"""What is drilled: each scene in a home of its own, its steps in their order."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data.journal import AuditKind
from models.types import Level, Unavailable
from tasks.session.drilling.place import BEGINS_S, Place
from tasks.session.drilling.processes import Child, until

CHILD = "tasks.drill_child"
KEEL = "flows.cli"
REFUSED = 3
WHY = "a drill"
# Beside the silence itself: the guardian's rounds, its look at whether the silence lasts, and the machine's other work.
SLACK_S = 10.0
# A lot of the made market.
DUST = 1e-9


@dataclass(frozen=True, slots=True)
class Act:
    """A step to be taken within `limit` seconds; it returns what was found, and raises Unavailable where it fails."""

    name: str
    limit: float
    take: Callable[[], str]


def require(is_so: bool, otherwise: str) -> None:
    """A step fails where it is not so.

    Raises:
        Unavailable: with that sentence.
    """
    if not is_so:
        raise Unavailable(otherwise)


class SilentTrader:
    """A trader with an entry that waits is frozen, wakes up, and is killed."""

    def __init__(self, place: Place, silence: float) -> None:
        self._place = place
        self._limit = silence + SLACK_S
        self._guardian: Child | None = None
        self._trader: Child | None = None

    def acts(self) -> Iterator[Act]:
        """The steps."""
        yield Act("trader and guardian at work, an entry waits", 2.0 * BEGINS_S, self._begin)
        yield Act("trader frozen: taken over, stopped, entry cancelled", self._limit, self._freeze)
        yield Act("frozen trader wakes up: may write nothing", SLACK_S, self._wake)
        yield Act("trader killed: taken over", self._limit, self._kill)
        yield Act("guardian begun again: still stopped", BEGINS_S, self._begin_again)
        yield Act("resume refuses without its steps", 2.0 * BEGINS_S, self._resume)

    def _begin(self) -> str:
        self._guardian = self._place.watched()
        trader = self._trader = self._place.processes.begin(self._place.home, CHILD, "trade")

        def is_at_work() -> bool:
            require(trader.process.poll() is None, f"the trader ended: {trader.trouble()}")
            return trader.word("token") is not None

        until(is_at_work, BEGINS_S, "the trader's first sign of life")
        require(bool(trader.word("entries")), "the trader's decision left no entry that waits")
        require(self._place.stop is None, "trading was stopped before anything had happened")
        return f"{len(trader.word('entries'))} entry waits"

    def _freeze(self) -> str:
        trader = _begun(self._trader)
        trader.process.send_signal(signal.SIGSTOP)
        cids: list[str] = trader.word("entries")
        self._await_takeover(1)
        until(lambda: self._place.stop is not None, self._limit, "the stop")
        until(lambda: self._place.is_cancelled(cids), self._limit, f"the end of {', '.join(cids)}")
        token = self._place.entries_in_chain(AuditKind.TAKEN_OVER)[-1].detail["token"]
        require(token > trader.word("token"), f"the lease was taken under token {token}, which is not a new one")
        return f"under token {token}, the trader had {trader.word('token')}"

    def _wake(self) -> str:
        trader = _begun(self._trader)
        trader.process.send_signal(signal.SIGCONT)
        until(lambda: trader.word("woken") is not None, SLACK_S, "a word of the trader that woke up")
        require(bool(trader.word("woken")), "the trader that woke up has written of its orders")
        return "refused by its lease"

    def _kill(self) -> str:
        trader = _begun(self._trader)
        trader.process.kill()
        trader.process.wait()
        self._await_takeover(2)
        require(self._place.stop is not None, "trading is no longer stopped")
        return "stopped still"

    def _begin_again(self) -> str:
        guardian, before = _begun(self._guardian), self._place.stop
        guardian.process.terminate()
        guardian.process.wait(BEGINS_S)
        self._guardian = self._place.watched()
        require(before is not None and self._place.stop == before, "the stop is another one than before")
        return f"by {'' if before is None else before.who}"

    def _resume(self) -> str:
        words = ("resume", "--why", WHY, "--reviewed", "--phrase", "whatever", "--json")
        code, said = self._place.processes.run(self._place.home, KEEL, *words)
        require(code == REFUSED, f"keel resume with a wrong phrase ended with {code}: {said.trouble()}")
        require(self._place.stop is not None, "keel resume with a wrong phrase has ended the stop")
        return "a wrong phrase changes nothing"

    def _await_takeover(self, number: int) -> None:
        def is_taken() -> bool:
            return len(self._place.entries_in_chain(AuditKind.TAKEN_OVER)) >= number

        until(is_taken, self._limit, "the takeover")


class ToldToSell:
    """A book that holds something is told to sell it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._held = 0.0

    def acts(self) -> Iterator[Act]:
        """The steps."""
        yield Act("a book holds something", BEGINS_S, self._hold)
        yield Act("keel flatten: the next decision sells all", 2.0 * BEGINS_S, self._sell)

    def _hold(self) -> str:
        self._held = self._place.processes.done(self._place.home, CHILD, "hold").word("held")
        require(self._held > DUST, "the trader holds nothing that could be sold")
        return f"{self._held:g} held"

    def _sell(self) -> str:
        place = self._place
        place.processes.done(place.home, KEEL, "flatten", WHY, "--json")
        stop = place.stop
        require(stop is not None and stop.level is Level.FLATTEN, "keel flatten has set no stop that sells")
        after = place.processes.done(place.home, CHILD, "decide")
        left: float = after.word("held") + after.word("wanted")
        require(abs(left) <= DUST, f"{left:g} of {self._held:g} are not sold")
        return "all of it sold"


class NobodyWatches:
    """The guardian is killed: the trader opens nothing, and says so."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def acts(self) -> Iterator[Act]:
        """The step."""
        yield Act("guardian killed: the trader opens nothing and alerts", 3.0 * BEGINS_S, self._decide)

    def _decide(self) -> str:
        place = self._place
        guardian = place.watched()
        guardian.process.kill()
        guardian.process.wait()
        said = place.processes.done(place.home, CHILD, "decide")
        require(not said.word("entries") and said.word("wanted") <= 0.0, "the trader has opened something")
        require("REFUSED_UNGUARDED" in said.word("refused"), f"nothing was refused for it: {said.word('refused')}")
        alerts = [one["severity"] for one in place.journal.tables()["alerts_outbox"] if "guardian" in one["text"]]
        require("critical" in alerts, "nobody was told that the guardian is gone")
        return "refused, and told"


def _begun(child: Child | None) -> Child:
    if child is None:
        raise Unavailable("it has not begun")
    return child
