"""A book made again decision by decision, against the cycles that decided it."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from data.journal import Journal, Leases, OrderLog, open_journal
from models.types.timeframes import HOUR
from tasks.adapters.brokers.paper import PaperAccount
from tasks.adapters.clocks import VirtualClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.live_bars import hourly_bars, hours_until
from tasks.session.bench.live_desk import MACHINE, SECOND, trading_live
from tasks.session.bench.signalling import SERIES
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.explaining import audit
from tasks.session.intake import take_in_archive
from tasks.session.ordering.caps import gate_caps
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.paper import PaperBroker
from tasks.session.ordering.writing import Writing
from tasks.session.remembered import remembering

# Hours in the lake, and those at the end of them that are decided and explained.
BARS, DECIDED = 4000, 300
ROUNDS = 3
TARGET = 1.0
# A paper order is filled by the bar that it was decided for, however late that is.
NEVER = 2**62


def bench_explain(place: Workplace) -> Figure:
    """Milliseconds for a decision with its orders, of a book of three hundred, everything warm."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        desk = trading_live(place.make_desk(Path(name)))
        bars = hourly_bars(hours_until(MACHINE.now() - HOUR, BARS))
        take_in_archive(desk, SERIES, bars)
        journal = open_journal(Path(name) / "state" / "journal.sqlite")
        reader = remembering(desk)
        # The first of them compiles.
        warm = BARS - DECIDED - 1
        _decide(reader.at(int(bars.ts[warm]) + HOUR), journal)
        began = time.perf_counter()
        for row in range(warm + 1, BARS):
            _decide(reader.at(int(bars.ts[row]) + HOUR), journal)
        decided = (time.perf_counter() - began) / DECIDED
        explained = min(_explained(desk, journal) for _ in range(ROUNDS)) / (DECIDED + 1)
        journal.engine.dispose()
    ratio = explained / decided
    reference = f"the cycle that decided it, {1e3 * decided:.1f} ms"
    return Figure("explain", 1e3 * explained, "ms", reference, ratio, f"ratio <= {TARGET:g}", ratio <= TARGET)


def _explained(desk: Desk, journal: Journal) -> float:
    began = time.perf_counter()
    found = audit(desk, journal, configured_book(desk).name, None)
    if not found.equal:
        raise RuntimeError(f"the bench's own book is not made again to the bit: {found.unequal[:1]}")
    return time.perf_counter() - began


def _decide(desk: Desk, journal: Journal) -> None:
    settings, clock = desk.loaded.settings, VirtualClock(desk.clock.now())
    account = PaperAccount(desk.clock, {one.symbol: desk.instrument(one) for one in desk.book_series()})
    caps = gate_caps(settings.execution.gate, settings.trading.capital, [SERIES.symbol])
    orders = OrderDesk(
        log=OrderLog(journal.engine),
        accounts={account.name: account},
        clock=clock,
        settings=settings.execution,
        caps=replace(caps, stale=NEVER, order_value=caps.day_value),
        alert=lambda key, severity, said: journal.raise_alert(key, severity, said, clock.now()),
        checkpoint=lambda _label: None,
        monotonic=monotonic,
    )
    ttl = round(settings.execution.lease_seconds * SECOND)
    writing = Writing(Leases(journal.engine), this_process(), is_gone, MACHINE, ttl, patience=0)
    run_cycle(desk, journal, PaperBroker(journal, orders, writing), lambda _label: None)
