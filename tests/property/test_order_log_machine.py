"""Random lives of orders: heard of in any order, twice, late, by a writer that is killed, replaced or a zombie."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from wire_orders import HOLDER, NOON, ORDER, allow, made_order, made_report, made_trade, take_lease

from data.journal import OrderLog, open_journal
from models.types import Damaged, Refused
from models.types.transitions import ABSENT, RANKS
from models.types.wire import OrderState, Report, Role, VenueTrade, WireOrder

S = OrderState
LOTS = 3
LOT = ORDER.quantity / LOTS
OVER = {S.CANCELED, S.EXPIRED}
# Which one of however many there are.
PICK = st.integers(-20, 20)
PICKS = st.lists(PICK, max_size=4)
ENDS = st.sampled_from([None, None, *sorted(OVER)])
# One migrated journal, copied for every example.
TEMPLATE = tempfile.TemporaryDirectory()


def _empty_journal() -> bytes:
    made = Path(TEMPLATE.name) / "journal.sqlite"
    if not made.exists():
        open_journal(made).engine.dispose()
    return made.read_bytes()


class Orders(RuleBasedStateMachine):
    """A venue with its own truth, whose words come in any order, and a journal that has to end where the venue is."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "journal.sqlite"
        self.path.write_bytes(_empty_journal())
        self.now, self.pid, self.made = NOON, 1, 0
        self.venue: dict[str, WireOrder] = {}
        self.fills: dict[str, list[VenueTrade]] = {}
        self.seen: dict[str, WireOrder] = {}
        self.refused: set[str] = set()
        self.words: list[Report | VenueTrade] = []
        self.zombies: list[OrderLog] = []
        self.journal = open_journal(self.path)
        self.log = OrderLog(self.journal.engine, take_lease(self.journal, HOLDER))
        for _ in range(3):
            self.orders(Role.ENTRY, True, None)

    def teardown(self) -> None:
        self.end()
        self.journal.engine.dispose()
        self.folder.cleanup()

    @rule(role=st.sampled_from([Role.ENTRY, Role.STOP]), arrives=st.booleans(), why=st.sampled_from([None, "too much"]))
    def orders(self, role: Role, arrives: bool, why: str | None) -> None:
        self.now += 1
        cid, self.made = f"o-{self.made}", self.made + 1
        order = made_order(cid, role=role, is_buy=role.opens, created_at=self.now)
        assert self.log.admit(order, lambda _: why, self.now) == why
        if why is not None:
            self.refused.add(cid)
        elif arrives:
            self.venue[cid], self.fills[cid] = replace(order, state=S.OPEN, exchange_id=f"X{cid}"), []
            self.words.append(_said(self.venue[cid], ()))

    @rule(pick=PICK)
    def orders_again(self, pick: int) -> None:
        with pytest.raises(Refused, match="never sent twice"):
            self.log.admit(made_order(f"o-{pick % self.made}"), allow, self.now)

    @rule(pick=PICK, lots=st.integers(0, 2), end=ENDS, named=st.booleans(), picks=PICKS)
    def happens(self, pick: int, lots: int, end: OrderState | None, named: bool, picks: list[int]) -> None:
        """Something is filled at the venue or the order ends there; what it says of that is heard now or later."""
        live = [cid for cid, one in self.venue.items() if one.state is S.OPEN]
        if not live:
            return
        cid = live[pick % len(live)]
        first = len(self.fills[cid])
        trades = [_trade(self.venue[cid], number) for number in range(first, min(first + lots, LOTS))]
        self.fills[cid] += trades
        self.venue[cid] = _at_venue(self.venue[cid], self.fills[cid], end)
        heard = [one if named else replace(one, cid=None) for one in trades]
        self.words += [_said(self.venue[cid], ()), _said(self.venue[cid], tuple(heard)), *heard]
        self.hears([*picks, -1, *picks], 1)

    @rule(picks=PICKS, delay=st.integers(0, 2))
    def hears(self, picks: list[int], delay: int) -> None:
        """In any order, more than once or never; until everything is asked for in the end."""
        self.now += delay
        for pick in picks:
            self._hear(self.log, self.words[pick % len(self.words)])

    def _hear(self, log: OrderLog, word: Report | VenueTrade) -> None:
        if isinstance(word, VenueTrade):
            log.add_trades([word], self.now)
        else:
            log.absorb(word, self.now)

    @rule(pick=PICK, state=st.sampled_from([S.UNKNOWN, S.LOST, S.REJECTED]))
    def doubts(self, pick: int, state: OrderState) -> None:
        self.log.mark(f"o-{pick % self.made}", state, "in doubt", self.now)

    @rule()
    def is_killed(self) -> None:
        """The file as it is now, its log included, is what the next process finds."""
        with tempfile.TemporaryDirectory() as other:
            kept = {one.name: one.read_bytes() for one in self.path.parent.glob("journal.sqlite*")}
            self.journal.engine.dispose()
            for one in self.path.parent.glob("journal.sqlite*"):
                one.rename(Path(other) / one.name)
            for name, content in kept.items():
                (self.path.parent / name).write_bytes(content)
        fence = self.log.fence
        self.journal = open_journal(self.path)
        self.log = OrderLog(self.journal.engine, fence)

    @rule()
    def is_taken_over(self) -> None:
        self.zombies.append(self.log)
        self.pid += 1
        self.log = OrderLog(self.journal.engine, take_lease(self.journal, replace(HOLDER, pid=self.pid), self.now))

    @precondition(lambda self: self.zombies)
    @rule(pick=PICK)
    def zombie_writes(self, pick: int) -> None:
        zombie = replace(self.zombies[pick % len(self.zombies)], engine=self.journal.engine)
        before = self.journal.tables()
        for write in (
            lambda: self._hear(zombie, self.words[pick % len(self.words)]),
            lambda: zombie.admit(made_order("zombie"), allow, self.now),
            lambda: zombie.mark("o-0", S.LOST, "why", self.now),
        ):
            with pytest.raises(Refused, match="is no longer this process's"):
                write()
        assert self.journal.tables() == before

    @invariant()
    def states_only_move_forward(self) -> None:
        orders = {one.cid: one for one in self.log.orders_of_book("book")}
        assert len(orders) == self.made == len(self.journal.tables()["wire_orders"])
        for cid, after in orders.items():
            before = self.seen.get(cid, after)
            assert after.filled >= before.filled
            assert RANKS[after.state] >= RANKS[before.state] or before.state in ABSENT
            known = sum((one.quantity for one in self.log.trades_of(cid)), Decimal(0))
            assert after.filled >= known
            assert (after in self.log.lacking("book")) is (after.filled > known)
            assert cid in self.venue or not after.filled
        assert self.refused <= {cid for cid, one in orders.items() if one.state in ABSENT}
        self.seen = orders

    @invariant()
    def the_chain_holds(self) -> None:
        self.log.verify_chain()

    @rule(pick=PICK, figure=st.sampled_from(["filled", "quantity", "value"]))
    def is_edited(self, pick: int, figure: str) -> None:
        """By hand, and put back."""
        row = f"WHERE cid = 'o-{pick % self.made}'"
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute(f"UPDATE wire_orders SET {figure} = {figure} || '9' {row}")  # noqa: S608
            with pytest.raises(Damaged, match=f"its {figure} cannot be"):
                self.log.verify_chain()
            other.execute(f"UPDATE wire_orders SET {figure} = substr({figure}, 1, length({figure}) - 1) {row}")  # noqa: S608

    def end(self) -> None:
        """Whatever was heard before: once everything was asked for, the journal is the venue."""
        for cid, order in self.venue.items():
            self.log.absorb(_said(order, ()), self.now)
            self.log.add_trades(self.fills[cid], self.now)
            found = self.log.order(cid)
            assert found is not None
            fills = self.log.trades_of(cid)
            assert sorted(fills, key=lambda one: one.trade_id) == self.fills[cid]
            assert found.filled == order.filled == sum((one.quantity for one in fills), Decimal(0))
            assert found.value == sum((one.quantity * one.price for one in fills), Decimal(0))
            assert found.state in ({order.state} if order.state not in OVER else OVER)
        self.log.verify_chain()


def _trade(order: WireOrder, number: int) -> VenueTrade:
    made = made_trade(number, order, str(LOT), str(100 + number))
    return replace(made, trade_id=f"{order.cid} {number}")


def _at_venue(order: WireOrder, fills: list[VenueTrade], end: OrderState | None) -> WireOrder:
    filled = sum((one.quantity for one in fills), Decimal(0))
    value = sum((one.quantity * one.price for one in fills), Decimal(0))
    state = S.FILLED if filled == order.quantity else end or S.OPEN
    return replace(order, state=state, filled=filled, value=value)


def _said(order: WireOrder, trades: tuple[VenueTrade, ...]) -> Report:
    return replace(made_report(order.state, order), filled=order.filled, value=order.value, trades=trades)


TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
