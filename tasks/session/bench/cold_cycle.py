"""From the start of a process to its order on the wire: what a scheduled live cycle takes that has nothing warm."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from conf import PROJECT
from data.journal import GUARDIAN, Beat, Heartbeats
from models.types import Bars
from models.types.timeframes import DAY, HOUR
from tasks.adapters.holder import this_process
from tasks.session.apart import set_apart
from tasks.session.bench.exchange import small_exchange
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.live_bars import hourly_bars, hours_until, price_of
from tasks.session.bench.live_desk import MACHINE, SYMBOL, TIMEFRAME, VENUE, AheadClock, live_desk, trading_live
from tasks.session.bench.loopback import Loopback, first_order, on_loopback
from tasks.session.bench.signalling import SERIES, settle
from tasks.session.book import book_name, line_of
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

# Two years of hours, up to the one that closed last.
BARS = 17_520
CAPITAL = 10_000
ROUNDS = 3
TARGET = 6.0
CLI = (sys.executable, "-m", "flows.cli")
CONFIRM = (*CLI, "live", "confirm", "--venue", VENUE, "--phrase", f"LIVE {VENUE} {CAPITAL}", "--who", "bench")
DRY_RUN = (*CLI, "trade", "--once", "--dry-run")
TRADE = (*CLI, "trade", "--once", "--live", "--json")
# What reaching a venue and reading a table costs anybody.
REFERENCE = (sys.executable, "-c", "import ccxt, pandas")
LONGEST_S = 120.0
NO_CHANGE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A home that lacks nothing but the cycle, and the exchange that it trades at."""

    home: Path
    loopback: Loopback
    environment: dict[str, str]


def bench_cold_order(place: Workplace) -> Figure:
    """Seconds from the start of `keel trade --once --live` to the first byte of its order at the exchange: imports, the
    rules of all markets, the key's rights, recovery, reconciliation, models, decision and journal, with every pause for
    the venue's budget of requests.
    """
    with _prepared(place) as prepared:
        pairs = [(_ordered(prepared), _started(prepared)) for _ in range(ROUNDS + 1)][1:]
    seconds, ratio = statistics.median(one for one, _ in pairs), statistics.median(one / bare for one, bare in pairs)
    said = f"<= {TARGET:g} s from the start of the process"
    return Figure("cold_order", seconds, "s", "python -c 'import ccxt, pandas'", ratio, said, seconds <= TARGET)


@contextmanager
def _prepared(place: Workplace) -> Iterator[Prepared]:
    bars = hourly_bars(hours_until(MACHINE.now() - HOUR, BARS))
    exchange = small_exchange(MACHINE.now, price_of(bars), Decimal(CAPITAL))
    with tempfile.TemporaryDirectory(dir=place.folder) as name, on_loopback(exchange) as loopback:
        home = Path(name) / "home"
        prepared = Prepared(home, loopback, _environment(loopback.url, home))
        _settle(prepared, place.make_desk(home), bars)
        yield prepared


def _settle(prepared: Prepared, desk: Desk, bars: Bars) -> None:
    """What a cycle an hour ago left behind, and the bar that has come since."""
    last = len(bars) - 1
    settle(desk, bars.rows(slice(0, last)))
    _run(DRY_RUN, prepared, {"KEEL_STAGE": "paper"})
    take_in_archive(desk, SERIES, bars.rows(slice(last, None)))
    _run(CONFIRM, prepared)
    with live_desk(trading_live(desk), prepared.loopback, AheadClock()) as live, live.broker.at_work() as working:
        working.recover("bench", None)
        now, book = MACHINE.now(), book_name("live", line_of(live.desk.loaded.settings))
        Heartbeats(live.journal.engine).beat(Beat(GUARDIAN, this_process(), now, now + DAY, book))


def _environment(url: str, home: Path) -> dict[str, str]:
    """Bytecode is kept from run to run, as it is where Keel is installed, whatever the variables of the bench say."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPYCACHEPREFIX": str(home.parent / "bytecode"),
        **set_apart(home),
        "KEEL_STAGE": "live",
        "KEEL_TRADING__VENUE": VENUE,
        "KEEL_TRADING__SYMBOLS": f"[{SYMBOL}]",
        "KEEL_TRADING__TIMEFRAME": TIMEFRAME,
        "KEEL_TRADING__CAPITAL": f"{CAPITAL:.1f}",
        f"KEEL_VENUES__{VENUE.upper()}__URL": url,
        # No real money: the book of the bench has earned none.
        f"KEEL_VENUES__{VENUE.upper()}__SANDBOX": "true",
        f"{VENUE.upper()}_API_KEY": "bench",
        f"{VENUE.upper()}_SECRET_KEY": "bench",
    }


def _ordered(prepared: Prepared) -> float:
    """Seconds that a cycle in a new copy of the home took to its order, at an account that knows of no earlier one."""
    prepared.loopback.forget()
    with tempfile.TemporaryDirectory(dir=prepared.home.parent) as name:
        home = shutil.copytree(prepared.home, Path(name) / "home")
        begun = time.perf_counter_ns()
        _run(TRADE, prepared, {"KEEL_HOME": str(home)})
    sent = first_order(prepared.loopback.arrivals)
    if sent is None:
        raise AssertionError("the cycle of the bench ordered nothing")
    return (sent.at - begun) / 1e9


def _started(prepared: Prepared) -> float:
    begun = time.perf_counter()
    _run(REFERENCE, prepared)
    return time.perf_counter() - begun


def _run(command: tuple[str, ...], prepared: Prepared, changed: Mapping[str, str] = NO_CHANGE) -> None:
    environment = {**prepared.environment, **changed}
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the process of the bench failed: {done.stderr.strip()[-500:]}")
