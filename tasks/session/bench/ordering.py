"""From a bar's close to an order on the wire, in a session that is warm."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import requests

from models.types import Bars
from models.types.timeframes import HOUR
from tasks.session.bench.exchange import small_exchange
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.live_bars import hourly_bars, hours_until, price_of
from tasks.session.bench.live_desk import CAPITAL, MACHINE, AheadClock, LiveDesk, live_desk, trading_live
from tasks.session.bench.loopback import Arrival, first_order, on_loopback
from tasks.session.bench.signalling import SERIES, settle
from tasks.session.cycle import run_cycle
from tasks.session.intake import take_in_archive

# Two years of hours, which the models have learned from; then the bars that are traded.
BARS = 17_520
WARM_UP, CYCLES = 10, 200
# Not every bar is worth an order.
MOST_CYCLES = 2 * CYCLES
SECOND = 1_000_000
TARGET = 100.0
REFERENCE = "the same order posted by bare requests"
HEADERS = {"X-MBX-APIKEY": "bench", "Content-Type": "application/x-www-form-urlencoded"}


class Way(NamedTuple):
    """Of one order, milliseconds: from the bar to its first byte at the exchange, without what that took for answers on
    the way; what a bare request took.
    """

    own: float
    bare: float


def bench_order(place: Workplace) -> Figure:
    """Milliseconds, of the slowest of a hundred orders, from a bar that has closed to the order's first byte at the
    exchange: lease, recovery, reconciliation, features, models, decision, journal, gate, all in a session that is warm,
    with every pause for the venue's budget of requests and without the time that the exchange takes for its answers,
    which it spends in this very process.
    """
    ways = _ways(place)
    own, bare = (statistics.quantiles(values, n=100)[-1] for values in zip(*ways, strict=True))
    said = f"p99 <= {TARGET:g} ms of our own, {len(ways)} orders"
    return Figure("order", own, "ms", REFERENCE, own / bare, said, own <= TARGET)


def _ways(place: Workplace) -> list[Way]:
    clock = AheadClock()
    bars = hourly_bars(hours_until(MACHINE.now() + (MOST_CYCLES - 1) * HOUR, BARS + MOST_CYCLES))
    known, coming = bars.rows(slice(0, BARS)), bars.rows(slice(BARS, None))
    exchange = small_exchange(clock.now, price_of(known), CAPITAL)
    with tempfile.TemporaryDirectory(dir=place.folder) as name, on_loopback(exchange) as loopback:
        desk = trading_live(place.make_desk(Path(name)))
        settle(desk, known)
        with live_desk(desk, loopback, clock) as live, requests.Session() as session:
            ways = list(itertools.islice(_orders(live, session, coming), WARM_UP, WARM_UP + CYCLES))
    if len(ways) < CYCLES:
        raise AssertionError(f"{len(ways)} orders in {MOST_CYCLES} bars are too few to measure")
    return ways


def _orders(live: LiveDesk, session: requests.Session, bars: Bars) -> Iterator[Way]:
    """Of every bar that was worth an order, the way of its first one."""
    for row in range(len(bars)):
        bar = bars.rows(slice(row, row + 1))
        live.clock.set(int(bar.ts[0]) + HOUR + SECOND)
        live.loopback.exchange.price = price_of(bar)
        take_in_archive(live.desk, SERIES, bar)
        live.loopback.listen_anew()
        begun = live.clock.now()
        run_cycle(live.desk, live.journal, live.broker, _go_on)
        sent = first_order(live.loopback.arrivals)
        if sent is not None:
            own = (sent.moment - begun) / 1e3 - live.loopback.spent_before(sent.at) / 1e6
            yield Way(own, _bare(live, session, sent))


def _bare(live: LiveDesk, session: requests.Session, sent: Arrival) -> float:
    """Milliseconds to the first byte of the same order at the path that the venue has for tests."""
    live.loopback.listen_anew()
    begun = time.perf_counter_ns()
    session.post(
        f"{live.loopback.url}{sent.path}/test", data=sent.asked, headers=HEADERS, timeout=10
    ).raise_for_status()
    return (live.loopback.arrivals[0].at - begun) / 1e6


def _go_on(label: str) -> None:
    """Nothing is cut here."""
