"""A live book on a small exchange: what bootstrap puts together, by a clock that a bench sets ahead."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from pydantic import SecretStr

from data.journal import Journal, Leases, OrderLog, open_journal
from tasks.adapters.clocks import SystemClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.session.bench.loopback import Loopback
from tasks.session.desk import Desk
from tasks.session.ordering.caps import gate_caps
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.writing import Writing

SECOND = 1_000_000
VENUE, SYMBOL, TIMEFRAME = "binance", "BTC/USDT", "1h"
CAPITAL = Decimal(1_000_000)
MACHINE = SystemClock()
# Held by weight and rebalanced at nearly every bar, so that most bars have an order; less than every limit allows, so
# that the weight is what binds.
WEIGHT, BAND = 0.08, 1e-4


@dataclass(slots=True)
class AheadClock:
    """The machine's clock, so many microseconds ahead. Whoever waits on it is later at once, so that a bench need not
    sit through the pauses that a venue's budget of requests asks for, and still counts them.
    """

    ahead: int = 0

    def now(self) -> int:
        """UTC microseconds."""
        return MACHINE.now() + self.ahead

    def sleep(self, micros: int) -> None:
        """Be so much later."""
        self.ahead += max(micros, 0)

    def set(self, moment: int) -> None:
        """It is `moment` now, and goes on from there."""
        self.ahead = moment - MACHINE.now()


@dataclass(frozen=True, slots=True)
class LiveDesk:
    """A live book, the exchange that it trades at, and the time of both."""

    desk: Desk
    journal: Journal
    broker: LiveBroker
    loopback: Loopback
    clock: AheadClock


def trading_live(desk: Desk) -> Desk:
    """The desk, whose book is one symbol that is rebalanced at nearly every bar. Its stage is not live: the rungs of
    live capital would bind, and nothing would be rebalanced.
    """
    settings = desk.loaded.settings
    trading = {"venue": VENUE, "symbols": (SYMBOL,), "timeframe": TIMEFRAME, "haven": None, "finer": "none"}
    long = settings.systems.long
    weights = long.weights.model_copy(update=dict.fromkeys(type(long.weights).model_fields, WEIGHT))
    systems = {"long": long.model_copy(update={"weights": weights, "band": BAND})}
    changed = {
        "stage": "paper",
        "trading": settings.trading.model_copy(update=trading | {"capital": float(CAPITAL)}),
        "systems": settings.systems.model_copy(update=systems),
    }
    return replace(desk, loaded=replace(desk.loaded, settings=settings.model_copy(update=changed)))


@contextmanager
def live_desk(desk: Desk, loopback: Loopback, clock: AheadClock) -> Iterator[LiveDesk]:
    """With a journal of its own in the desk's home; no act of a person is asked for, as nothing here is real."""
    journal = open_journal(desk.home / "state" / "journal.sqlite")
    timed = replace(desk, clock=clock)
    try:
        yield LiveDesk(timed, journal, _broker(timed, journal, loopback, clock), loopback, clock)
    finally:
        journal.engine.dispose()


def _broker(desk: Desk, journal: Journal, loopback: Loopback, clock: AheadClock) -> LiveBroker:
    # Imported here: ccxt takes two seconds, which the other benches need not pay.
    from tasks.adapters.brokers import open_account
    from tasks.adapters.venues import Access, Keys, Limits

    settings = desk.loaded.settings
    limits = Limits(desk.home / "state" / "limits.sqlite", clock)
    keys = Keys(SecretStr("bench"), SecretStr("bench"))
    access = Access(clock, limits, keys=keys, url=loopback.url)
    orders = OrderDesk(
        log=OrderLog(journal.engine),
        accounts={VENUE: open_account(VENUE, access, clock, np.random.default_rng(1))},
        clock=clock,
        settings=settings.execution,
        caps=gate_caps(settings.execution.gate, settings.trading.capital, [SYMBOL]),
        alert=lambda key, severity, said: journal.raise_alert(key, severity, said, clock.now()),
        checkpoint=lambda _label: None,
        monotonic=monotonic,
    )
    writing = Writing(
        leases=Leases(journal.engine),
        holder=this_process(),
        is_dead=is_gone,
        clock=MACHINE,
        ttl=round(settings.execution.lease_seconds * SECOND),
        patience=0,
    )
    lots = {one.symbol: Decimal(repr(desk.instrument(one).lot)) for one in desk.book_series()}
    return LiveBroker(journal, orders, writing, (VENUE,), lots)
