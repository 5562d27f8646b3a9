"""Our trading, other people's, deposits, lost answers and failed reads, in any order.

Whatever came before: once the venue answers, what is noted as others' is what others did, to the lot; the book claims
no more than the account has; a second look finds nothing new; and journal and chain hold.
"""

import tempfile
from decimal import Decimal
from pathlib import Path

from fake_venue import Fault
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from protected_desks import BASELINE, BOOK, SECOND, SYMBOL, Account, account_at
from reconciled_desks import decide_and_book, pending, reconciled

from data.journal import HoldingLog
from models.types import Unavailable
from models.types.wire import Role
from tasks.session.ordering.departing import rows_held
from tasks.session.ordering.recovering import recover
from tasks.session.ordering.submitting import submit

LOT = Decimal("0.001")
CASH = Decimal(100_000)
CENT = Decimal("0.5")  # a millionth of what the fills of a run turn over is less
READS = ("open_orders", "trades", "balances", "find", "time")
units = st.integers(150, 2500).map(lambda lots: lots * LOT)
dust = st.integers(-30_000, 30_000).map(lambda parts: parts * Decimal("0.0001"))


class ReconciliationMachine(RuleBasedStateMachine):
    """One book of one symbol in an account that others use too."""

    account: Account

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.others = {"BTC": BASELINE, "USDT": CASH}
        self.sales = 0

    def teardown(self) -> None:
        if hasattr(self, "account"):
            self.account.log.verify_chain()
            self.account.journal.engine.dispose()
        self.folder.cleanup()

    @initialize(fee_in_base=st.booleans())
    def begin(self, fee_in_base: bool) -> None:
        self.account = account_at(Path(self.folder.name), fee_in_base)
        reconciled(self.account)

    @precondition(lambda self: not self.account.log.doubtful(BOOK))
    @rule(quantity=units, is_lost=st.booleans())
    def enter(self, quantity: Decimal, is_lost: bool) -> None:
        if is_lost:
            self.lose_answers()
        self.account.enter(str(quantity))
        self.account.venue.faults.clear()

    @precondition(lambda self: self.account.booked >= Decimal("0.15") and not self.account.log.doubtful(BOOK))
    @rule(is_lost=st.booleans(), depth=st.sampled_from(["0.12", "1000"]))
    def leave(self, is_lost: bool, depth: str) -> None:
        account = self.account
        held = min(sum(rows_held(account.log, BOOK, account.decision).values()), account.venue.free("BTC"))
        held -= held % LOT
        if held < Decimal("0.15"):
            return
        self.sales += 1
        if is_lost:
            self.lose_answers()
        account.venue.markets[SYMBOL].depth = Decimal(depth)
        order = account.new_order(f"{account.entry}-y{self.sales}", Role.EXIT, str(held))
        submit(account.desk, order, account.venue.quote(SYMBOL))
        account.venue.markets[SYMBOL].depth = Decimal(1000)
        account.venue.faults.clear()
        account.clock.sleep(SECOND)

    @precondition(lambda self: not pending(self.account) or self.account.entry)
    @rule()
    def decide(self) -> None:
        if not self.account.log.doubtful(BOOK):
            decide_and_book(self.account)

    @rule(asset=st.sampled_from(["BTC", "USDT"]), amount=dust)
    def move(self, asset: str, amount: Decimal) -> None:
        """A deposit, or a withdrawal of what is there."""
        wallet = self.account.venue.wallet
        moved = max(amount, -wallet.get(asset, Decimal(0)))
        wallet[asset] = wallet.get(asset, Decimal(0)) + moved
        self.others[asset] += moved

    @rule(quantity=units, is_buy=st.booleans())
    def trade_by_hand(self, quantity: Decimal, is_buy: bool) -> None:
        venue = self.account.venue
        if not is_buy and venue.free("BTC") < quantity:
            return
        before = dict(venue.wallet)
        venue.place(self.account.new_order("", Role.EXIT, str(quantity), is_buy))
        for asset in self.others:
            self.others[asset] += venue.wallet[asset] - before[asset]
        self.account.clock.sleep(SECOND)

    @rule(call=st.sampled_from(READS))
    def look_in_vain(self, call: str) -> None:
        account = self.account
        before = HoldingLog(account.journal.engine).open_of("fake")
        account.venue.fail(call, *[Fault.UNSAID] * 60)
        try:
            recover(account.desk, BOOK, (SYMBOL,))
            reconciled(account)
        except Unavailable:
            assert HoldingLog(account.journal.engine).open_of("fake") == before
        account.venue.faults.clear()

    @rule()
    def look(self) -> None:
        account = self.account
        recover(account.desk, BOOK, (SYMBOL,))
        reconciled(account)
        again = reconciled(account)
        assert (again.differences, again.strays, again.unsure) == ((), (), {"fake": frozenset()})
        there: dict[str, Decimal] = dict.fromkeys(self.others, Decimal(0))
        for one in HoldingLog(account.journal.engine).open_of("fake"):
            there[one.asset] += one.quantity
        assert abs(there["BTC"] - self.others["BTC"]) < LOT
        assert abs(there["USDT"] - self.others["USDT"]) < CENT
        self.claims_no_more_than_there_is()

    def claims_no_more_than_there_is(self) -> None:
        account = self.account
        claimed = sum(rows_held(account.log, BOOK, account.decision).values())
        gone = sum((one.units for one in pending(account)), Decimal(0))
        assert claimed - gone <= account.venue.wallet.get("BTC", Decimal(0)) + LOT

    def lose_answers(self) -> None:
        self.account.venue.fail("submit", Fault.REPLY_LOST)
        self.account.venue.fail("find", *[Fault.UNSAID] * 60)


TestReconciliation = ReconciliationMachine.TestCase
TestReconciliation.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
