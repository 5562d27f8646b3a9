"""Seeded simulations of live trading: the real broker, desk, journal and Binance account on an exchange in memory.

A seed is one run of a book over some bars, with faults, meddling people, processes that die at any step and start
again, and processes that stand still until another one has taken over, and then go on. Afterwards everything has to
agree (see sim_oracle).
"""

import random
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
from canary import CANARY_KEY, CANARY_SECRET
from exchange import MemorySession
from exchange.fees import FeeAsset
from pydantic import SecretStr
from sim_book import BOOK, LOTS, SimBook, decided, decision_of, opens_at, rows_of, state_of
from sim_choices import Choice, chosen, hold
from sim_world import ACTS, HOUR, SECOND, START, Died, SimWire, World, new_world
from sqlalchemy.util import LRUCache

from conf.schema.execution import ExecutionConfig, GateConfig
from data.journal import Decision, Holder, Journal, Lease, Leases, OrderLog, open_journal
from models.orders import GateCaps
from models.types import Refused, Unavailable
from models.types.failures import OrderFailed
from tasks.adapters.brokers import CcxtAccount, open_account
from tasks.adapters.venues import Access, Keys, Limits
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.writing import Writing
from tasks.session.settlement import hand_over, settled_by

KEYS = Keys(SecretStr(CANARY_KEY), SecretStr(CANARY_SECRET))
VENUE = "binance"
# What a cycle may end with: the next one goes on. Everything else is a defect.
EXPECTED = (Refused, Unavailable, OrderFailed)
PLACES = Path("/dev/shm")  # noqa: S108 - in memory where the machine has that
SETTINGS = ExecutionConfig(
    venues=(),
    slice_notional=1000.0,
    slice_seconds=2.0,
    collar=0.01,
    limit_seconds=30.0,
    settle_seconds=12.0,
    poll_seconds=1.0,
    lease_seconds=30.0,
    lease_wait_seconds=0.0,
    disaster_stop=0.3,
    acknowledge_rights=(),
    gate=GateConfig(order_share=1.0, day_turnover=20.0, orders_per_minute=60, collar=0.05, stale_seconds=900.0),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An alert."""

    key: str
    severity: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Takeover:
    """A process stood still, another one took its lease; from then on it may not order. `log`: requests until then,
    `resumed`: until it went on.
    """

    connection: str
    log: int
    resumed: int


@dataclass(slots=True)
class Simulation:
    """One seed at work.

    Attributes:
        stopped_after: how many orders the journal had when the stop flag was set, None as long as it is not.
        bar: newest that has closed.
        plan: what befalls a process on its way.
        tracebacks: of the cycles that ended with an error.
        quiet: whether nothing new is wanted, and nothing befalls a process.
        told_to: what the first row wants at the next decision; without it the dice say.
    """

    seed: int
    folder: Path
    world: World
    limits: Limits
    journals: tuple[Journal, Journal]
    plan: Callable[["Process"], None]
    alerts: list[Told] = field(default_factory=list)
    takeovers: list[Takeover] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    processes: "list[Process]" = field(default_factory=list)
    stopped_after: int | None = None
    bar: int = 0
    quiet: bool = False
    told_to: Choice | None = None

    @property
    def log(self) -> OrderLog:
        """For reading."""
        return OrderLog(self.journals[0].engine)

    def stop(self) -> None:
        """A person sets the stop flag."""
        if self.stopped_after is None:
            self.stopped_after = len(self.log.orders_of_book(BOOK))
        self.journals[0].set_stop("a person said so", self.world.clock.now())

    def run(self) -> None:
        """Bars with everything that may happen, then rest."""
        dice = self.world.dice
        for _ in range(dice.randint(1, 3)):
            self.next_bar()
            for _ in range(dice.randint(1, 2)):
                for _ in range(dice.randint(0, 3)):
                    self.world.act()
                self.cycle()
                self.world.clock.sleep(dice.choice((1, 20, 70, 400)) * SECOND)
        self.come_to_rest()

    def come_to_rest(self) -> None:
        """The exchange answers, nothing more happens, and nothing more is wanted."""
        self.world.calm_down()
        self.quiet = True
        self.world.clock.sleep(200 * SECOND)
        self.cycle()
        for _ in range(2):
            self.next_bar()
            self.cycle()

    def next_bar(self) -> None:
        """The next bar closes."""
        self.bar += 1
        opens = opens_at(self.bar + 1) // 1000
        manual = self.world.clock.manual
        manual.ms = max(manual.ms, opens + 5_000)

    def do(self, choice: Choice) -> None:
        """The next bar closes, and the book wants that, and nothing else, in a cycle of its own."""
        self.next_bar()
        self.told_to = choice
        self.cycle()

    def cycle(self, may_break: bool = True) -> None:
        """A process starts, does one cycle, and ends; or dies, or stands still for so long that another one works."""
        process = self.start()
        if may_break and not self.quiet:
            self.plan(process)
        try:
            process.work()
            self.ended.append("done")
        except EXPECTED as error:
            self.ended.append(f"{type(error).__name__}: {error}")
            self.tracebacks.append("".join(traceback.format_exception(error)))
        except Died:
            self.ended.append("died")
        finally:
            process.end()
        self.world.told.append(f"{self.world.clock.now() - START:>12} {process.name} {self.ended[-1]}")

    def start(self) -> "Process":
        pid = len(self.processes) + 1
        dice = random.Random(f"{self.seed}/{pid}")  # noqa: S311 - the same again
        process = Process(self, pid, dice, is_inside=any(not one.is_dead for one in self.processes))
        self.processes.append(process)
        return process


@dataclass(slots=True)
class Process:
    """An incarnation of the trader. `steps` counts labels and moments on the wire; at some it may be meddled with, and
    `hooks` are done where it first gets to a place.
    """

    simulation: Simulation
    pid: int
    dice: random.Random
    journal: Journal | None = None
    steps: int = 0
    is_dead: bool = False
    dies_at: int = 0
    stalls_at: int = 0
    is_inside: bool = False
    acts_at: frozenset[int] = frozenset()
    acts_on: str = ""
    hooks: dict[str, Callable[[], object]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"p{self.pid}"

    def at(self, label: str) -> None:
        """A step. A process that is dead does nothing more, also not in what would tidy up behind it."""
        if self.is_dead:
            raise Died
        self.steps += 1
        if label in self.hooks:
            self.hooks.pop(label)()
        if self.steps == self.dies_at:
            self.is_dead = True
            self.simulation.world.told.append(f"{'':>12} {self.name} dies at {label}")
            raise Died
        if self.steps == self.stalls_at:
            self._stand_still(label)
        if self.steps in self.acts_at or (label == self.acts_on and self.dice.random() < 0.5):
            self.simulation.world.act()

    def _stand_still(self, place: str) -> None:
        """Until its lease is over and another one has done all there is to do."""
        simulation = self.simulation
        simulation.world.told.append(f"{'':>12} {self.name} stands still at {place}")
        simulation.world.clock.manual.advance(round(1000 * SETTINGS.lease_seconds) + 1000)
        begun = len(simulation.world.exchange.log)
        simulation.cycle(may_break=False)
        if not simulation.ended[-1].startswith("Refused: process"):  # the lease was not over by the clock as it is now
            simulation.takeovers.append(Takeover(self.name, begun, len(simulation.world.exchange.log)))

    def work(self) -> None:
        """One cycle, as tasks.session.cycle does it."""
        simulation = self.simulation
        self.journal = simulation.journals[self.is_inside]
        broker = self._broker(self.journal)
        with broker.at_work() as working:
            last = self.journal.last_decision(BOOK)
            working.recover(BOOK, last)
            if last is not None:
                hand_over(self.journal, working, last, self.at)
                if last.bar == opens_at(simulation.bar):
                    working.finish(last)
                    return
            self._decide(working, last)

    def _decide(self, working: Broker, last: Decision | None) -> None:
        assert self.journal is not None
        simulation, bar = self.simulation, self.simulation.bar
        self.at("begun")
        before = state_of(last)
        first = bar if last is None else (last.bar - START) // HOUR + 1
        ts = np.array([opens_at(one) for one in range(first, bar + 1)])
        came = working.happened(rows_of(before), last, ts)
        dice = random.Random(f"{simulation.seed}-{bar}")  # noqa: S311 - decides the same when asked again
        told_to = hold if simulation.quiet else simulation.told_to
        frozen = set(came.frozen) | (set() if told_to is None else set(LOTS))
        run = decided(bar, before, came.fills, simulation.world.prices, dice, frozen)
        if told_to is not None:
            run = chosen(run, bar, told_to, simulation.world.prices["BTCUSDT"])
        settled = settled_by(self.journal, working, SimBook(), before, run)  # type: ignore[arg-type]
        decision = decision_of(bar, run, before, simulation.world.clock.now())
        follows = None if last is None else last.bar
        settled = replace(settled, trades=came.trades)
        assert self.journal.record_decision(decision, follows, settled, "{}", fence=working.lease)
        self.at("recorded")
        hand_over(self.journal, working, decision, self.at)
        working.finish(decision)

    def _broker(self, journal: Journal) -> LiveBroker:
        simulation, clock = self.simulation, self.simulation.world.clock
        session = SimWire(simulation.world.exchange, clock.manual, self)
        desk = OrderDesk(
            log=OrderLog(journal.engine),
            accounts={VENUE: account_of(simulation, session)},
            clock=clock,
            settings=SETTINGS,
            caps=CAPS,
            alert=self._alert,
            checkpoint=self.at,
            monotonic=clock.monotonic,
        )
        holder = Holder("here", "boot", self.pid, 1)
        leases = MortalLeases(journal.engine, self)
        ttl = round(SETTINGS.lease_seconds * SECOND)
        writing = Writing(leases, holder, self._is_gone, clock, ttl, 0, beats=False)  # type: ignore[arg-type]
        return LiveBroker(journal, desk, writing, (VENUE,), LOTS)

    def _alert(self, key: str, severity: str, text: str) -> None:
        assert self.journal is not None
        if self.is_dead:
            raise Died
        now = self.simulation.world.clock.now()
        self.simulation.alerts.append(Told(key, severity, text, now))
        self.journal.raise_alert(key, severity, text, now)

    def _is_gone(self, holder: Holder) -> bool:
        return self.simulation.processes[holder.pid - 1].is_dead

    def end(self) -> None:
        self.is_dead = True


@dataclass(slots=True)
class MortalLeases:
    """Leases of a process which, once it is dead, gives nothing back."""

    engine: object
    process: Process

    def __post_init__(self) -> None:
        self._leases = Leases(self.engine)  # type: ignore[arg-type]

    _leases: Leases = field(init=False)

    def take(self, name: str, holder: Holder, now: int, ttl: int, is_dead: Callable[[Holder], bool]) -> Lease | None:
        return self._leases.take(name, holder, now, ttl, is_dead)

    def current(self, name: str) -> Lease | None:
        return self._leases.current(name)

    def release(self, lease: Lease, now: int) -> None:
        if not self.process.is_dead:
            self._leases.release(lease, now)


CAPS = GateCaps(
    symbols=frozenset(LOTS),
    order_value=Decimal(5_000),
    day_value=Decimal(60_000),
    orders_per_minute=60,
    collar=Decimal("0.05"),
    stale=900 * SECOND,
)


def account_of(simulation: Simulation, session: MemorySession) -> CcxtAccount:
    access = Access(simulation.world.clock, simulation.limits, keys=KEYS)
    rng = np.random.default_rng(simulation.seed)
    return open_account(VENUE, access, simulation.world.clock, rng, session=session)


def usual(process: Process) -> None:
    """It may die at some step, or stand still there; and something may happen while it works."""
    luck = process.dice.random()
    if luck < 0.35:
        process.dies_at = process.dice.randint(1, 90)
    elif luck < 0.5:
        process.stalls_at = process.dice.randint(1, 90)
    if process.dice.random() < 0.3:
        surprised(process, 3)


def surprised(process: Process, most: int = 8) -> None:
    """Something happens at up to so many of its steps."""
    process.acts_at = frozenset(process.dice.sample(range(1, 90), process.dice.randint(1, most)))


def stalled(process: Process) -> None:
    """It stands still."""
    process.stalls_at = process.dice.randint(1, 60)


def left_alone(process: Process) -> None:
    """Nothing befalls it."""


@contextmanager
def simulation(
    seed: int,
    acts: Mapping[str, int] = ACTS,
    plan: Callable[[Process], None] = usual,
    fee_asset: FeeAsset | None = None,
) -> Iterator[Simulation]:
    """A seed that has not begun; what fees are taken in is drawn where it is not said."""
    with tempfile.TemporaryDirectory(prefix="keel-sim-", dir=PLACES if PLACES.is_dir() else None) as name:
        folder = Path(name)
        (folder / "journal.sqlite").write_bytes(_new_journal())
        (folder / "b").mkdir()
        # The lease is a process's, which is told by the address of its journal: that of a process within another one's
        # standstill is written otherwise.
        journals = tuple(_opened(one) for one in (folder / "journal.sqlite", folder / "b" / ".." / "journal.sqlite"))
        made: list[Simulation] = []
        world = new_world(seed, lambda: made[0].stop(), acts, fee_asset)
        limits = Limits(folder / "limits.sqlite", world.clock)
        made.append(Simulation(seed, folder, world, limits, journals, plan))  # type: ignore[arg-type]
        try:
            yield made[0]
        finally:
            for one in journals:
                one.engine.dispose()


def _opened(path: Path) -> Journal:
    """With the statements that simulations before it have compiled: that takes longer than running them."""
    journal = open_journal(path)
    journal.engine._compiled_cache = STATEMENTS
    return journal


STATEMENTS: LRUCache[object, object] = LRUCache(2000)


@cache
def _new_journal() -> bytes:
    """Made once: the migrations take longer than a simulation."""
    folder = Path(tempfile.mkdtemp())
    try:
        open_journal(folder / "journal.sqlite").engine.dispose()
        with sqlite3.connect(folder / "journal.sqlite") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return (folder / "journal.sqlite").read_bytes()
    finally:
        shutil.rmtree(folder)
