"""Fills, prices, levels, other people's cancels, a venue that fails and a process that dies, in any order.

Whatever came before: once the venue answers again, what is held has one stop of its size, or was sold, or a person was
told; and never was more sold than was held.
"""

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from fake_venue import Died, Fault
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from protected_desks import BASELINE, BOOK, SECOND, SYMBOL, Account, account_at

from models.orders import floored
from models.types.wire import OrderKind, Quote, WireOrder
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.levels import watch_levels
from tasks.session.ordering.protecting import Means, Protection, level_of, protect
from tasks.session.ordering.selling import PATIENCE, is_dust
from tasks.session.ordering.submitting import submit

LOT = Decimal("0.001")
# BLIND is not among them: when a denial is believed is no question of protection.
WRITES = (Fault.REJECT, Fault.NOT_SENT, Fault.DROPPED, Fault.REPLY_LOST, Fault.LATE)
FAULTS = [
    *(("submit", one) for one in WRITES),
    *(("cancel", one) for one in (Fault.NOT_SENT, Fault.DROPPED, Fault.REPLY_LOST)),
    *((call, Fault.UNSAID) for call in ("find", "balances", "quote", "rules", "trades")),
]
prices = st.sampled_from(["85", "93", "94.99", "95.5", "97", "99.99", "104", "106", "111"])
cuts = st.one_of(st.just(0), st.integers(1, 25))


class ProtectionMachine(RuleBasedStateMachine):
    """One position after another in one symbol."""

    account: Account

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()

    def teardown(self) -> None:
        if hasattr(self, "account"):
            self.account.journal.engine.dispose()
        self.folder.cleanup()

    @initialize(fee_in_base=st.booleans())
    def begin(self, fee_in_base: bool) -> None:
        self.account = account_at(Path(self.folder.name), fee_in_base)
        self.enter(1000, "1000", 0)

    @precondition(lambda self: self.account.really < LOT and not self.account.log.live_orders())
    @rule(lots=st.integers(90, 2000), depth=st.sampled_from(["0.12", "0.6", "1000"]), cut=cuts)
    def enter(self, lots: int, depth: str, cut: int) -> None:
        account = self.account
        account.decide()
        account.venue.move(SYMBOL, "99.99", "100.01", depth)
        order = account.order_entry(str(lots * LOT))
        quote = Quote("fake", SYMBOL, Decimal("99.99"), Decimal("100.01"), account.clock.now())
        self.until_it_dies(cut, lambda desk: submit(desk, order, quote))
        account.clock.sleep(SECOND)

    @rule()
    def book(self) -> None:
        self.account.decide()

    @rule(stop=st.sampled_from([0.0, 90.0, 95.0, 95.01, 98.0]), profit=st.sampled_from([0.0, 105.0, 110.0]))
    def move_levels(self, stop: float, profit: float) -> None:
        self.account.levels = {"stop": stop, "target": profit}
        self.account.decide()

    @rule(part=st.sampled_from([0.05, 0.2, 0.5]))
    def aim_at_a_part(self, part: float) -> None:
        self.account.levels = {"stop": 95.0, "partial": 105.0, "part": part}
        self.account.decide()

    @rule(bid=prices, depth=st.sampled_from(["0.02", "0.3", "1000"]), silent=st.booleans())
    def move_market(self, bid: str, depth: str, silent: bool) -> None:
        ask = str(Decimal(bid) + Decimal("0.02"))
        if silent:
            market = self.account.venue.markets[SYMBOL]
            market.bid, market.ask, market.depth = Decimal(bid), Decimal(ask), Decimal(depth)
        else:
            self.account.venue.move(SYMBOL, bid, ask, depth)

    @precondition(lambda self: self.account.venue.resting())
    @rule()
    def somebody_cancels(self) -> None:
        self.account.venue.cancel_by_hand(self.account.venue.resting()[0].order.cid)

    @rule(fault=st.sampled_from(FAULTS), times=st.sampled_from([1, 2, 30]))
    def fail(self, fault: tuple[str, Fault], times: int) -> None:
        self.account.venue.fail(fault[0], *[fault[1]] * times)

    @rule(seconds=st.sampled_from([1, 20, 61]))
    def wait(self, seconds: int) -> None:
        self.account.clock.sleep(seconds * SECOND)

    @rule(cut=cuts)
    def protect(self, cut: int) -> None:
        self.until_it_dies(cut, lambda desk: protect(desk, self.account.held()))

    @rule(cut=cuts, stale=st.booleans())
    def watch(self, cut: int, stale: bool) -> None:
        held = self.account.held()
        if stale:
            self.account.decide()
        market = self.account.venue.markets[SYMBOL]
        quotes = [Quote("fake", SYMBOL, market.bid, market.ask, self.account.clock.now())]
        self.until_it_dies(cut, lambda desk: watch_levels(desk, held, quotes))

    @rule()
    def come_to_rest(self) -> None:
        """The venue answers, and time passes: protection is whole, or a person knows."""
        account = self.account
        account.venue.faults.clear()
        account.alerts.clear()
        account.clock.sleep(PATIENCE)
        found = protect(account.desk, account.held())
        if not found:
            assert (floored(account.really, LOT), account.venue.resting()) == (Decimal(0), [])
        for one in found:
            self.assert_sound(one)
        assert account.log.doubtful(BOOK) == []

    def assert_sound(self, one: Protection) -> None:
        account = self.account
        whole, resting = floored(account.really, LOT), account.venue.resting()
        market = account.venue.markets[SYMBOL]
        if one.means is Means.RESTING:
            (stop,) = resting
            assert (stop.remaining, stop.order.kind) == (whole, OrderKind.STOP)
            assert stop.order.stop == floored(level_of(account.desk, one.held), Decimal("0.01"))
        else:
            assert resting == []
        if one.means is Means.FLAT:
            assert whole == 0
        elif one.means is Means.DUST:
            assert is_dust(whole, market.bid, market.rules)
        elif one.means in (Means.LOCAL, Means.SOLD, Means.FROZEN) and whole:
            assert [key for key in account.alerts if key.startswith(f"protection {one.means}")]

    @invariant()
    def nothing_was_oversold_or_sent_twice(self) -> None:
        if hasattr(self, "account"):
            account = self.account
            assert account.venue.wallet["BTC"] >= BASELINE
            assert sum((one.remaining for one in account.venue.resting()), Decimal(0)) <= account.really
            assert account.venue.doubled() == []

    def until_it_dies(self, cut: int, work: Callable[[OrderDesk], object]) -> None:
        """A process that dies at that step, wire and labels counted alike; never where there are less steps."""
        left = [cut]

        def step(label: str, _order: WireOrder | None = None) -> None:
            left[0] -= 1
            if not left[0]:
                raise Died

        self.account.venue.plan = step
        try:
            work(self.account.dying(step))
        except Died:
            pass
        finally:
            self.account.venue.plan = lambda _call, _order: None


TestProtection = ProtectionMachine.TestCase
TestProtection.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
