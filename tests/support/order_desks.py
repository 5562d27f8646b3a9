"""An order desk on a real journal and a venue in memory, whose way can be cut at any step; and mandates for it."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fake_venue import SECOND, Died, FakeVenue, fake_venue

from conf.schema.execution import ExecutionConfig, GateConfig
from data.journal import Holder, Lease, Leases, OrderLog, open_journal
from models.orders import GateCaps, Mandate
from models.types.wire import OrderKind, Role, WireOrder
from tasks.adapters.clocks import VirtualClock
from tasks.session.ordering.desk import OrderDesk

NOW = 1_700_000_000 * SECOND
PARENT = "a1b2c3-20231114T2200-0"


@dataclass(slots=True)
class Alerts:
    """Remembers what a person was told; the same key once."""

    told: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, key: str, severity: str, text: str) -> None:
        self.told.setdefault(key, (severity, text))

    def has(self, start: str) -> bool:
        return any(key.startswith(start) for key in self.told)


@dataclass(slots=True)
class Cut:
    """Lets the process die when it passes `label` for the `number`-th time; all labels that were passed."""

    label: str = ""
    number: int = 1
    passed: list[str] = field(default_factory=list)

    def __call__(self, label: str) -> None:
        self.passed.append(label)
        if label == self.label and self.passed.count(label) == self.number:
            raise Died(f"at {label}")


def settings_of(**changed: object) -> ExecutionConfig:
    """Slices of 1000, two seconds apart; a doubtful order is asked for during 12 seconds."""
    values: dict[str, object] = {
        "venues": (),
        "slice_notional": 1000.0,
        "slice_seconds": 2.0,
        "collar": 0.01,
        "limit_seconds": 30.0,
        "settle_seconds": 12.0,
        "poll_seconds": 1.0,
        "lease_seconds": 30.0,
        "lease_wait_seconds": 20.0,
        "disaster_stop": 0.3,
        "acknowledge_rights": (),
        "gate": GateConfig(order_share=1.0, day_turnover=20.0, orders_per_minute=60, collar=0.05, stale_seconds=900.0),
    }
    return ExecutionConfig(**(values | changed))  # type: ignore[arg-type]


def caps_of(symbols: Iterable[str] = ("BTC/USDT",)) -> GateCaps:
    return GateCaps(
        symbols=frozenset(symbols),
        order_value=Decimal(20_000),
        day_value=Decimal(400_000),
        orders_per_minute=60,
        collar=Decimal("0.05"),
        stale=900 * SECOND,
    )


@dataclass(slots=True)
class SetClock:
    """A clock on the wall that somebody sets `by` so much, `after` microseconds of true time."""

    true: VirtualClock
    by: int
    after: int

    def now(self) -> int:
        return self.true.now() + (self.by if self.true.now() - NOW >= self.after else 0)

    def sleep(self, micros: int) -> None:
        self.true.sleep(micros)


@dataclass(slots=True)
class Bench:
    """A desk and everything around it that a test looks at."""

    desk: OrderDesk
    venue: FakeVenue
    clock: VirtualClock
    alerts: Alerts
    cut: Cut

    @property
    def log(self) -> OrderLog:
        return self.desk.log

    def taken_over(self) -> "Bench":
        """The same after the process died: another one takes the lease, and nothing cuts its way."""
        lease = leased(self.log, self.clock, pid=2)
        cut = Cut()
        desk = replace(self.desk, log=OrderLog(self.log.engine, lease), checkpoint=cut)
        return Bench(desk, self.venue, self.clock, self.alerts, cut)

    def set_clock(self, by: int, after: int = SECOND) -> None:
        """The desk's clock is set; the venue's and the one that nobody sets go on."""
        self.desk = replace(self.desk, clock=SetClock(self.clock, by, after))

    def stop(self, reason: str = "a person said so") -> None:
        from data.journal import Journal

        Journal(self.log.engine).set_stop(reason, self.clock.now())


def bench(
    folder: Path, venue: FakeVenue | None = None, settings: ExecutionConfig | None = None, cut: Cut | None = None
) -> Bench:
    """A desk with an empty journal in `folder` and, where no venue is given, the plain one under the name fake."""
    shutil.copy(Path(_empty_journal().name) / "journal.sqlite", folder / "journal.sqlite")
    log = OrderLog(open_journal(folder / "journal.sqlite").engine)
    clock = VirtualClock(NOW)
    venue = fake_venue(clock) if venue is None else venue
    venue.clock = clock
    alerts, cut = Alerts(), Cut() if cut is None else cut
    desk = OrderDesk(
        log=OrderLog(log.engine, leased(log, clock)),
        accounts={venue.name: venue},
        clock=clock,
        settings=settings or settings_of(),
        caps=caps_of(venue.markets),
        alert=alerts,
        checkpoint=cut,
        monotonic=clock.now,
    )
    return Bench(desk, venue, clock, alerts, cut)


def leased(log: OrderLog, clock: VirtualClock, pid: int = 1) -> Lease:
    """The lease of a process that found the one before it dead."""
    lease = Leases(log.engine).take("orders", Holder("here", "boot", pid, 0), clock.now(), 30 * SECOND, lambda _: True)
    assert lease is not None
    return lease


def mandate(quantity: str = "1", **changed: object) -> Mandate:
    """To buy `quantity` of BTC/USDT at market, decided at 100 just now."""
    return replace(
        Mandate(
            parent=PARENT,
            book="live",
            system="swing",
            venue="fake",
            symbol="BTC/USDT",
            role=Role.ENTRY,
            is_buy=True,
            quantity=Decimal(quantity),
            limit=None,
            reference=Decimal(100),
            decided_at=NOW,
        ),
        **changed,  # type: ignore[arg-type]
    )


def leaving(quantity: str = "1", **changed: object) -> Mandate:
    """To sell it."""
    return mandate(quantity, **({"role": Role.EXIT, "is_buy": False} | changed))


def order(cid: str = f"{PARENT}-1", quantity: str = "1", **changed: object) -> WireOrder:
    """To buy `quantity` of BTC/USDT at market, 101 at most."""
    return replace(
        WireOrder(
            cid=cid,
            parent=PARENT,
            book="live",
            system="swing",
            venue="fake",
            symbol="BTC/USDT",
            role=Role.ENTRY,
            kind=OrderKind.MARKET,
            is_buy=True,
            quantity=Decimal(quantity),
            limit=Decimal(101),
            stop=None,
            reference=Decimal(100),
            decided_at=NOW,
            created_at=NOW,
        ),
        **changed,  # type: ignore[arg-type]
    )


@cache
def _empty_journal() -> "TemporaryDirectory[str]":
    """Made once, for it takes a second to bring a new one up to date; gone with the process."""
    folder = TemporaryDirectory(prefix="keel-journal-")
    engine = open_journal(Path(folder.name) / "journal.sqlite").engine
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder
