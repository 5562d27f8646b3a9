"""An account's line to its venue: reads that are tried again, markets and the venue's time, and what it has learned."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from models.types import BadInput, Unavailable
from models.types.wire import Report
from tasks.adapters.brokers.dialect import Call, Dialect, Raw
from tasks.adapters.brokers.failures import Heard, Verdict
from tasks.adapters.brokers.speaking import Spoken, spoken
from tasks.adapters.venues.client import CcxtClient
from tasks.adapters.venues.limits import SECOND
from tasks.adapters.venues.reads import PASSING
from tasks.ports import Waiting

SAYS_NOTHING = ("{}", "null")
OUT_OF_FORM = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
FIRST_PAUSE = SECOND // 10
LONGEST_PAUSE = 5 * SECOND
NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Learned:
    """What the line has learned.

    Attributes:
        is_ready: markets and the venue's time are known.
        clock_refused: a request was refused for its time, and no signed one succeeded since.
        keeps_ids: False once the venue gave an order back under another id than it was sent with.
        cids: client order ids by the ids on the wire, of the orders that the account was given.
    """

    is_ready: bool = False
    clock_refused: bool = False
    keeps_ids: bool = True
    cids: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """For one thread. `rng` spreads the pauses between attempts, which `clock` waits for."""

    client: CcxtClient
    dialect: Dialect
    clock: Waiting
    rng: np.random.Generator
    learned: Learned = field(default_factory=Learned)

    def say(self, call: Call) -> Spoken:
        """One request, once."""
        return spoken(self.client, call, self.dialect.error_code)

    def ask(self, what: str, method: str, *arguments: object) -> Any:
        """One of ccxt's reads, tried again while that may help; see dialect.Ask."""
        return self.read(what, Call(method, arguments), NOTHING)

    def read(self, what: str, call: Call, unknown: frozenset[str]) -> Any:
        """The answer of a read; None where the venue says by one of these codes that there is no such thing.

        Raises:
            Unavailable: it did not say.
        """
        failure, attempts = Heard("never asked"), self.client.access.attempts
        for attempt in range(attempts):
            told = self.say(call)
            # ccxt makes no orders, no fills or no balances of an answer that says nothing.
            says_nothing = self.client.guard.body.strip() in SAYS_NOTHING
            if told.failure is None and not says_nothing:
                return told.answer
            failure = told.failure or Heard("an empty answer")
            if failure.code in unknown:
                return None
            if attempt == attempts - 1 or not self._may_pass(failure):
                break
            self._pause(attempt)
        raise Unavailable(
            f"{self.dialect.venue.name} did not give its {what} ({failure}); what is there is not known, ask again"
        )

    def get_ready(self) -> None:
        """Markets and the venue's time, before the first request that needs them.

        Raises:
            Unavailable: the venue did not say.
        """
        if not self.learned.is_ready:
            self.ask("markets", "load_markets")
            self.sync_time()
            self.learned.is_ready = True

    def market(self, symbol: str, fresh: bool) -> Raw:
        """One of ccxt's markets.

        Raises:
            BadInput: the venue has no such market.
            Unavailable: it did not say.
        """
        self.get_ready()
        markets = self.ask("markets", "load_markets", True) if fresh else self.client.exchange.markets
        if symbol not in markets:
            raise BadInput(f"{self.dialect.venue.name} has no market {symbol}; correct the symbol or leave it out")
        market: Raw = markets[symbol]
        return market

    def sync_time(self) -> int:
        """The venue's clock, UTC microseconds; what is signed from now on has it.

        Raises:
            Unavailable: it did not say.
        """
        self.ask("time", "load_time_difference")
        return self.clock.now() - self.ahead_ms() * 1000

    def ahead_ms(self) -> int:
        """Milliseconds that this machine is ahead of the venue, as of the last time that it was asked."""
        return int(self.client.exchange.options.get("timeDifference") or 0)

    def report(self, raw: Raw) -> Report:
        """An order as the venue tells of it, under its client order id where the account was given the order.

        Raises whatever the dialect's report raises where it is not of the form.
        """
        report = self.dialect.report(self.dialect.venue.name, raw, self.clock.now())
        if report.cid is None:
            return report
        cid = self.learned.cids.get(report.cid, report.cid)
        return replace(report, cid=cid, trades=tuple(replace(trade, cid=cid) for trade in report.trades))

    def trust_clock(self) -> None:
        """A signed request was taken: its time was right."""
        self.learned.clock_refused = False

    @contextmanager
    def in_form(self, what: str) -> Iterator[None]:
        """Around taking an answer apart.

        Raises:
            Unavailable: the answer is not of the form that the venue documents.
        """
        try:
            yield
        except OUT_OF_FORM as error:
            raise Unavailable(
                f"{self.dialect.venue.name} gave its {what} in another form than documented ({type(error).__name__}); "
                "what is there is not known, ask again"
            ) from error

    def _may_pass(self, failure: Heard) -> bool:
        if self.dialect.verdicts.get(failure.code) is Verdict.CLOCK:
            self.sync_time()
            return True
        return not failure.ours and (failure.status < 300 or failure.status in PASSING)

    def _pause(self, attempt: int) -> None:
        longest = min(FIRST_PAUSE << attempt, LONGEST_PAUSE)
        self.clock.sleep(round(longest * self.rng.uniform(0.5, 1.0)))
