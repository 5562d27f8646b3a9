"""A position at a venue in memory, with a real journal: decided, entered by an order, booked by the next decision."""

import itertools
import tempfile
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from fake_venue import FakeVenue, fake_venue

from conf.schema.execution import ExecutionConfig, GateConfig
from data.journal import Carried, Decision, Holder, Journal, Leases, OrderLog, Settled, open_journal
from models.orders import GateCaps, floored
from models.portfolio import Position
from models.types import Bound, Intent, Reason, Regime
from models.types.wire import OrderKind, Role, WireOrder
from tasks.adapters.clocks import VirtualClock
from tasks.ports import Checkpoint
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import Held, held_now
from tasks.session.ordering.submitting import submit

SECOND = 1_000_000
HOUR = 3600 * SECOND
START = 1_700_000_000 * SECOND
BOOK, SYSTEM, SYMBOL = "live|fake|1h|BTC/USDT", "swing", "BTC/USDT"
# What somebody else has in the account: never ours to sell.
BASELINE = Decimal(5)
EMPTY = Position(*[0.0] * len(Position._fields))
SETTINGS = ExecutionConfig(
    venues=(),
    slice_notional=1e9,
    slice_seconds=0.0,
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
CAPS = GateCaps(
    symbols=frozenset({SYMBOL}),
    order_value=Decimal(10**9),
    day_value=Decimal(10**9),
    orders_per_minute=10**6,
    collar=Decimal("0.05"),
    stale=900 * SECOND,
)


def nothing(label: str) -> None:
    """No failure at any step."""


@dataclass(slots=True)
class Account:
    """One book of one symbol at one venue, or at more where a test adds some.

    `levels` are those of the position in the book's state; `alerts` by key.
    """

    journal: Journal
    log: OrderLog
    clock: VirtualClock
    venue: FakeVenue
    desk: OrderDesk
    alerts: dict[str, str]
    levels: dict[str, float] = field(default_factory=lambda: {"stop": 95.0})
    booked: Decimal = Decimal(0)
    entry: str = ""
    decision: Decision | None = None
    bars: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def held(self) -> list[Held]:
        assert self.decision is not None
        return held_now(self.journal, self.log, BOOK, self.decision, self.venue.name)

    def decide(self, intents: tuple[Intent, ...] = (), ordered: float = 0.0) -> Decision:
        """The next decision: it books every trade that is known, in lots, and has the levels of now."""
        trades = self.log.unsettled(BOOK)
        net = sum(
            (_net(trade.is_buy, trade.quantity, trade.fee, trade.fee_asset) for _, trade, _ in trades), Decimal(0)
        )
        self.booked = max(floored(self.booked + net, Decimal("0.001")), Decimal(0))
        is_held = self.booked > 0 or ordered != 0.0
        levels = {"entry": 100.0, **self.levels} if is_held else {}
        if self.booked == 0:
            levels.pop("entry", None)
        position = EMPTY._replace(quantity=float(self.booked), last=100.0, ordered=ordered, **levels)
        bar = next(self.bars)
        carried = Carried({SYSTEM: [0.0]}, {SYSTEM: {SYMBOL: list(position)}}, {}, {})
        before = self.decision
        decision = Decision(
            id=f"a1b2c3-{bar}",
            book=BOOK,
            bar=bar * HOUR,
            decided_at=self.clock.now(),
            config_version="v1",
            models={},
            regimes={},
            inputs={},
            switches=(),
            intents=intents,
            refused=(),
            held={},
            state_before=carried,
            state_after=carried,
        )
        settled = Settled("live", trades=tuple(number for number, _, _ in trades))
        assert self.journal.record_decision(decision, None if before is None else before.bar, settled, "{}")
        self.decision = decision
        return decision

    def order_entry(self, quantity: str) -> WireOrder:
        """An entry is decided and handed over, and nothing was sent yet: its first order."""
        wanted = Intent(
            0, SYMBOL, float(quantity), 100.0, Reason.ENTER_EDGE, Bound.KELLY, 0.0, Regime.TRENDING, system=SYSTEM
        )
        decision = self.decide((wanted,), float(quantity))
        self.entry = decision.cid(wanted)
        self.journal.record_order(self.entry, "live", self.clock.now())
        return self.new_order(f"{self.entry}-1", Role.ENTRY, quantity, is_buy=True)

    def enter(self, quantity: str = "1") -> WireOrder:
        """An entry is decided and filled as far as the venue gives it; the fills are not booked."""
        order = submit(self.desk, self.order_entry(quantity), self.venue.quote(SYMBOL))
        self.clock.sleep(SECOND)
        return order

    def new_order(self, cid: str, role: Role, quantity: str, is_buy: bool = False, venue: str = "fake") -> WireOrder:
        """At market with a wide collar."""
        return WireOrder(
            cid=cid,
            parent=self.entry,
            book=BOOK,
            system=SYSTEM,
            venue=venue,
            symbol=SYMBOL,
            role=role,
            kind=OrderKind.MARKET,
            is_buy=is_buy,
            quantity=Decimal(quantity),
            limit=Decimal(104) if is_buy else Decimal(96),
            stop=None,
            reference=Decimal(100),
            decided_at=self.clock.now(),
            created_at=self.clock.now(),
        )

    @property
    def really(self) -> Decimal:
        """Base units at the venue that are the book's."""
        return Decimal(self.venue.wallet["BTC"]) - BASELINE

    def stops(self) -> list[tuple[str, str]]:
        """Quantity and level of what rests at the venue, the level of no stop as its limit."""
        resting = self.venue.resting()
        return [(plain(one.remaining), plain(one.order.stop or one.order.limit)) for one in resting]

    def dying(self, checkpoint: Checkpoint) -> OrderDesk:
        """The desk of a process that may die at a step."""
        return replace(self.desk, checkpoint=checkpoint)


def account_at(folder: Path, fee_in_base: bool = False, orders_per_minute: int = 10**6) -> Account:
    """Nothing is held, and nothing was decided."""
    (folder / "journal.sqlite").write_bytes(_new_journal())
    journal, clock = open_journal(folder / "journal.sqlite"), VirtualClock(START)
    venue = fake_venue(clock, wallet=(("USDT", "100000"), ("BTC", str(BASELINE))))
    venue.fee_in_base = fee_in_base
    lease = Leases(journal.engine).take("orders", Holder("here", "boot", 1, 1), START, 10**15, lambda _: False)
    log, alerts = OrderLog(journal.engine, lease), dict[str, str]()

    def tell(key: str, severity: str, text: str) -> None:
        assert severity in ("warning", "error")
        alerts.setdefault(key, text)

    desk = OrderDesk(
        log=log,
        accounts={venue.name: venue},
        clock=clock,
        settings=SETTINGS,
        caps=replace(CAPS, orders_per_minute=orders_per_minute),
        alert=tell,
        checkpoint=nothing,
        monotonic=clock.now,
    )
    return Account(journal, log, clock, venue, desk, alerts)


@cache
def _new_journal() -> bytes:
    """Made once: the migrations take longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        journal = open_journal(path)
        with journal.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        journal.engine.dispose()
        return path.read_bytes()


def plain(figure: Decimal | None) -> str:
    """Without zeros at its end."""
    assert figure is not None
    return f"{figure.normalize():f}"


def _net(is_buy: bool, quantity: Decimal, fee: Decimal, fee_asset: str) -> Decimal:
    return (quantity if is_buy else -quantity) - (fee if fee_asset == "BTC" else Decimal(0))
