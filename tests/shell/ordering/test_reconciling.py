"""Journal and account are brought together: the venue's word holds, and what no order of ours explains is noted."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import FakeVenue, Fault
from protected_desks import BOOK, HOUR, SECOND, SYMBOL, SYSTEM, Account, account_at, plain
from reconciled_desks import LOTS, decide_and_book, flows, noted, pending, reconciled

from data.journal import Holder, HoldingLog, Leases
from models.types import Refused, Unavailable
from models.types.wire import OrderKind, OrderState, Role, WireOrder
from tasks.session.ordering.accounting import Gone
from tasks.session.ordering.recovering import recover


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return account_at(tmp_path)


@pytest.fixture
def looked(account: Account) -> Account:
    """After the first look."""
    reconciled(account)
    return account


@pytest.fixture
def entered(looked: Account) -> Account:
    """The book holds one, of which its newest decision knows; five more are the baseline."""
    looked.enter("1")
    looked.decide()
    agrees(looked)
    return looked


def agrees(on: Account) -> None:
    found = reconciled(on)
    assert (found.differences, found.strays, found.gone) == ((), (), ())


def theirs(on: Account, quantity: str, is_buy: bool = False, cid: str = "", limit: str | None = None) -> WireOrder:
    """A person's order at the venue, by hand; with a limit it rests."""
    order = on.new_order(cid, Role.EXIT, quantity, is_buy)
    return order if limit is None else replace(order, kind=OrderKind.LIMIT, limit=Decimal(limit))


# The first look.


def test_what_is_there_at_the_first_look_is_the_baseline(account: Account) -> None:
    found = reconciled(account)
    assert found.baselines == {"fake": {"BTC": 5, "USDT": 100_000}}
    assert noted(account) == [("BTC", "baseline", "5"), ("USDT", "baseline", "100000")]
    assert account.alerts == {}


def test_a_first_look_that_finds_nothing_is_one_too(account: Account) -> None:
    account.venue.wallet = {}
    reconciled(account)
    account.venue.wallet = {"BTC": Decimal(2)}
    assert [plain(one.units) for one in reconciled(account).differences] == ["2"]


def test_an_order_of_a_persons_that_was_there_before_is_theirs(account: Account) -> None:
    account.venue.place(theirs(account, "1", limit="200"))
    assert [one.exchange_id for one in reconciled(account).strays] == ["fake-1"]
    assert account.alerts == {}
    assert HoldingLog(account.journal.engine).unexplained() == frozenset()


@pytest.mark.parametrize(
    "cid", ["a1b2c3-20231114T2200-0-s1", "a1b2c3-20231114T2200-11-1", "886313e1-3b8a-5372-9b90-0c9aee199e5d"]
)
def test_orders_named_like_ours_and_an_empty_journal_refuse_everything(account: Account, cid: str) -> None:
    account.venue.place(theirs(account, "1", cid=cid, limit="200"))
    for _ in range(2):
        with pytest.raises(Refused, match="never looked at this account"):
            reconciled(account)
    assert noted(account) == []
    notes = HoldingLog(account.journal.engine, account.log.fence)
    (marker,) = notes.open_of("fake")
    notes.clear(marker.id, "anna", account.clock.now())
    reconciled(account)
    assert noted(account) == [("BTC", "baseline", "5"), ("USDT", "baseline", "100000")]


def test_they_may_also_be_cancelled_at_the_venue(account: Account) -> None:
    account.venue.place(theirs(account, "1", cid="a1b2c3-20231114T2200-0-s1", limit="200"))
    with pytest.raises(Refused):
        reconciled(account)
    account.venue.cancel_by_hand("a1b2c3-20231114T2200-0-s1")
    assert reconciled(account).baselines["fake"]["BTC"] == 5


# Trading as it should be.


@pytest.mark.parametrize("fee_in_base", [False, True])
def test_own_trading_is_explained_to_the_last_digit(tmp_path: Path, fee_in_base: bool) -> None:
    account = account_at(tmp_path, fee_in_base=fee_in_base)
    reconciled(account)
    for _ in range(5):
        account.enter("0.337")
        agrees(account)
        account.decide()
        agrees(account)
    assert account.alerts == {}


def test_nothing_is_concluded_from_an_order_in_doubt(looked: Account) -> None:
    """It was filled, which nobody could say: its fill bears the venue's number, which was never heard."""
    looked.venue.fail("submit", Fault.REPLY_LOST)
    looked.venue.fail("find", *[Fault.UNSAID] * 60)
    assert looked.enter("1").state is OrderState.UNKNOWN
    found = reconciled(looked)
    assert (found.differences, found.unsure) == ((), {"fake": {"BTC", "USDT"}})
    assert noted(looked) == [("BTC", "baseline", "5"), ("USDT", "baseline", "100000")]
    looked.venue.faults.clear()
    recover(looked.desk, BOOK, LOTS)
    agrees(looked)
    assert len(looked.log.unsettled(BOOK)) == 1


def test_an_order_that_was_lost_and_is_there_is_ours_again(looked: Account) -> None:
    order = resting(looked)
    looked.log.mark(order.cid, OrderState.LOST, "never arrived", looked.clock.now())
    looked.venue.place(order)
    agrees(looked)
    assert looked.log.order(order.cid).state is OrderState.OPEN
    assert f"order back {order.cid}" in looked.alerts


def test_an_order_that_is_over_and_stands_there_is_told_of(looked: Account) -> None:
    order = resting(looked)
    placed = looked.venue.place(order)
    said = looked.venue.find(order)
    looked.log.absorb(replace(said, state=OrderState.CANCELED), looked.clock.now())
    assert [one.exchange_id for one in reconciled(looked).strays] == [placed.exchange_id]
    assert any(key.startswith("order stray fake") for key in looked.alerts)


def resting(on: Account) -> WireOrder:
    """An order of ours that would rest at the venue; it is admitted, and not sent."""
    order = replace(on.order_entry("1"), role=Role.EXIT, kind=OrderKind.LIMIT, is_buy=False, limit=Decimal(200))
    assert on.log.admit(order, lambda _: None, on.clock.now()) is None
    return order


# What others do.


def test_a_deposit_is_external_once(looked: Account) -> None:
    looked.venue.wallet["BTC"] += 2
    assert [(one.asset, one.units) for one in reconciled(looked).differences] == [("BTC", 2)]
    agrees(looked)
    assert ("BTC", "external", "2") in noted(looked)
    assert HoldingLog(looked.journal.engine).unexplained() == {("fake", "BTC")}
    assert any(key.startswith("external fake BTC") for key in looked.alerts)
    assert flows(looked) == []


def test_less_than_a_lot_is_nothing(looked: Account) -> None:
    looked.venue.wallet["BTC"] += Decimal("0.00099")
    agrees(looked)
    looked.venue.wallet["BTC"] += Decimal("0.00001")
    assert len(reconciled(looked).differences) == 1


def test_a_withdrawal_of_quote_is_external(looked: Account) -> None:
    looked.venue.wallet["USDT"] -= 100
    reconciled(looked)
    assert ("USDT", "external", "-100") in noted(looked)
    assert flows(looked) == []


def test_what_was_never_the_books_goes_first(entered: Account) -> None:
    entered.venue.wallet["BTC"] -= 5
    found = reconciled(entered)
    assert (len(found.differences), found.gone) == (1, ())
    assert ("BTC", "external", "-5") in noted(entered)


def test_a_withdrawal_of_what_the_book_holds_takes_it_from_the_book(entered: Account) -> None:
    entered.venue.wallet["BTC"] -= Decimal("5.4")
    assert reconciled(entered).gone == (Gone(SYSTEM, SYMBOL, Decimal("0.4"), Decimal(100)),)
    # It waits until a decision books it, and is noted once.
    again = reconciled(entered)
    assert (again.differences, again.gone) == ((), (Gone(SYSTEM, SYMBOL, Decimal("0.4"), Decimal(100)),))
    assert flows(entered) == [-40.0]


def test_what_others_sold_of_it_was_paid_for(entered: Account) -> None:
    entered.venue.wallet["BTC"] -= 5
    reconciled(entered)
    entered.clock.sleep(SECOND)
    entered.venue.move(SYMBOL, "104", "104.02")
    entered.venue.place(theirs(entered, "0.25"))
    assert reconciled(entered).gone == (Gone(SYSTEM, SYMBOL, Decimal("0.25"), Decimal(104)),)
    assert flows(entered) == []
    text = next(text for key, text in entered.alerts.items() if "gives up 0.25" in text)
    assert "sell 0.25 at 104" in text


def test_once_it_is_booked_it_is_gone_no_more(entered: Account) -> None:
    entered.venue.wallet["BTC"] -= Decimal("5.4")
    reconciled(entered)
    decide_and_book(entered)
    agrees(entered)
    assert pending(entered) == ()
    entered.venue.wallet["BTC"] -= Decimal("0.1")
    assert [one.units for one in reconciled(entered).gone] == [Decimal("0.1")]


def test_a_part_of_a_lot_is_rounded_against_the_book(entered: Account) -> None:
    entered.venue.wallet["BTC"] -= Decimal("5.4005")
    assert [one.units for one in reconciled(entered).gone] == [Decimal("0.401")]
    agreed = reconciled(entered)
    assert agreed.differences == ()


def test_the_book_gives_up_no_more_than_it_has(entered: Account) -> None:
    entered.venue.wallet["BTC"] = Decimal(0)
    assert [one.units for one in reconciled(entered).gone] == [Decimal(1)]


def test_a_strangers_order_is_external_and_told_once(looked: Account) -> None:
    looked.venue.place(theirs(looked, "1", limit="200"))
    assert len(reconciled(looked).strays) == 1
    agrees_but_strays(looked)
    assert HoldingLog(looked.journal.engine).unexplained() == {("fake", "BTC")}
    assert any(key.startswith("order stray fake") for key in looked.alerts)
    looked.venue.move(SYMBOL, "201", "202")
    assert {(one.asset, plain(one.units)) for one in reconciled(looked).differences} == {
        ("BTC", "-1"),
        ("USDT", "199.8"),
    }


def agrees_but_strays(on: Account) -> None:
    assert reconciled(on).strays == ()


def test_an_order_named_like_ours_that_the_journal_lacks_is_told_of(looked: Account) -> None:
    looked.venue.place(theirs(looked, "1", cid="a1b2c3-20231114T2200-0-s1", limit="200"))
    assert len(reconciled(looked).strays) == 1
    assert any("named like Keel's" in text for text in looked.alerts.values())


# What is not known.


@pytest.mark.parametrize("call", ["open_orders", "trades", "balances"])
def test_a_read_that_fails_changes_nothing(entered: Account, call: str) -> None:
    entered.venue.wallet["BTC"] -= 6
    before = noted(entered)
    entered.venue.fail(call, Fault.UNSAID)
    with pytest.raises(Unavailable):
        reconciled(entered)
    assert noted(entered) == before


def test_balances_that_lag_behind_are_no_difference(entered: Account) -> None:
    """The first answer is older than the fills, the second is not."""
    stale = Lagging(entered.venue, ["1", "0"])
    assert reconciled(entered, replace(entered.desk, accounts={"fake": stale})).differences == ()


def test_an_account_that_changes_from_look_to_look_is_not_known(entered: Account) -> None:
    before = noted(entered)
    stale = Lagging(entered.venue, ["1", "2", "3", "4", "5", "6"])
    with pytest.raises(Unavailable, match="changes from look to look"):
        reconciled(entered, replace(entered.desk, accounts={"fake": stale}))
    assert noted(entered) == before


class Lagging:
    """A venue whose balance of BTC is off by another figure at each answer."""

    def __init__(self, venue: FakeVenue, off: list[str]) -> None:
        self.venue, self.off = venue, off

    def __getattr__(self, name: str) -> object:
        return getattr(self.venue, name)

    def balances(self):
        found = self.venue.balances()
        return found | {"BTC": replace(found["BTC"], free=found["BTC"].free + Decimal(self.off.pop(0)))}


def test_a_journal_that_contradicts_itself_refuses_everything(entered: Account) -> None:
    with entered.journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE decisions SET state_after = replace(state_after, '[1.0,', '[3.0,')")
    entered.decision = entered.journal.last_decision(BOOK)
    with pytest.raises(Refused, match=r"the books hold 3.0 BTC, their orders brought 1"):
        reconciled(entered)


def test_a_process_that_is_no_longer_the_writer_notes_nothing(looked: Account) -> None:
    looked.venue.wallet["BTC"] += 2
    Leases(looked.journal.engine).take(
        "orders", Holder("there", "boot", 9, 9), looked.clock.now(), HOUR, lambda _: True
    )
    with pytest.raises(Refused):
        reconciled(looked)
    assert ("BTC", "external", "2") not in noted(looked)
