"""Start-up with a thousand open orders: what the venue says of them, held against the journal."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from data.journal import OrderLog
from models.types.wire import OrderKind, Role, WireOrder
from tasks.adapters.brokers import CcxtAccount
from tasks.session.bench.exchange import small_exchange
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.live_desk import CAPITAL, SECOND, SYMBOL, VENUE, AheadClock, LiveDesk, live_desk, trading_live
from tasks.session.bench.loopback import on_loopback

ORDERS = 1_000
ROUNDS = 5
TARGET = 2.0
BOOK = "bench"
PRICE, BELOW, UNITS = Decimal(100), Decimal(90), Decimal("0.1")
# After which the venue's budget of requests is whole again.
PAUSE = 60 * SECOND


def bench_reconcile(place: Workplace) -> Figure:
    """Seconds of recovery and reconciliation with a thousand orders that rest at the venue and are in the journal, with
    every pause for the venue's budget of requests: that is most of it.
    """
    with _prepared(place) as live:
        account = _account(live)
        body = json.dumps(live.loopback.exchange.resting())
        pairs = [(_reconciled(live), _parsed(account, body)) for _ in range(ROUNDS + 1)][1:]
    seconds, ratio = statistics.median(one for one, _ in pairs), statistics.median(one / bare for one, bare in pairs)
    said = f"<= {TARGET:g} s for {ORDERS} open orders"
    return Figure("reconcile", seconds, "s", "the same JSON parsed by ccxt", ratio, said, seconds <= TARGET)


@contextmanager
def _prepared(place: Workplace) -> Iterator[LiveDesk]:
    clock = AheadClock()
    exchange = small_exchange(clock.now, PRICE, CAPITAL)
    with tempfile.TemporaryDirectory(dir=place.folder) as name, on_loopback(exchange) as loopback:
        desk = trading_live(place.make_desk(Path(name)))
        with live_desk(desk, loopback, clock) as live:
            _reconciled(live)  # what is there at the first look is the baseline
            _place(live)
            yield live


def _account(live: LiveDesk) -> CcxtAccount:
    account = live.broker.desk.account(VENUE)
    if not isinstance(account, CcxtAccount):
        raise TypeError(f"an account through ccxt was expected, not {type(account).__name__}")
    return account


def _place(live: LiveDesk) -> None:
    """Have the orders rest, as the desk does it, but for the gate: no book has so many."""
    account = _account(live)
    with live.broker.at_work() as working:
        log = OrderLog(live.journal.engine, working.lease)
        for number in range(ORDERS):
            order = _order(number, live.clock.now())
            log.admit(order, lambda _: None, order.created_at)
            log.absorb(account.submit(order), live.clock.now())


def _order(number: int, now: int) -> WireOrder:
    parent = f"a1b2c3-20240131T2300-{number}"
    return WireOrder(
        cid=f"{parent}-1",
        parent=parent,
        book=BOOK,
        system="long",
        venue=VENUE,
        symbol=SYMBOL,
        role=Role.ENTRY,
        kind=OrderKind.LIMIT,
        is_buy=True,
        quantity=UNITS,
        limit=BELOW,
        stop=None,
        reference=PRICE,
        decided_at=now,
        created_at=now,
    )


def _reconciled(live: LiveDesk) -> float:
    """Seconds by the clock of the account, whose pauses count though nobody sits through them."""
    live.clock.sleep(PAUSE)
    with live.broker.at_work() as working:
        begun = live.clock.now()
        working.recover(BOOK, None)
        return (live.clock.now() - begun) / SECOND


def _parsed(account: CcxtAccount, body: str) -> float:
    exchange = account.line.client.exchange
    begun = time.perf_counter()
    found = exchange.parse_orders(json.loads(body))
    if len(found) != ORDERS:
        raise AssertionError(f"{len(found)} orders rest at the exchange of the bench, {ORDERS} were placed")
    return time.perf_counter() - begun
