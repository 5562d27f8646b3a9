"""A person takes in what was there before, or leaves it outside: notes, order, fill and capital change at once."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from protected_desks import BOOK, SYMBOL, SYSTEM, Account, account_at, plain

from data.journal import Holder, HoldingLog, Leases, OrderLog, RiskKind, RiskLog
from models.types import BadInput, Bound, Intent, Reason, Refused, Regime
from models.types.wire import OrderState, Role
from tasks.session.ordering.adopting import Adopted, Wish, adopt, leave
from tasks.session.ordering.reconciling import reconcile
from tasks.session.ordering.writing import Writing

LOT = Decimal("0.001")
ME = Holder("here", "boot", 1, 1)
WISH = Wish(BOOK, SYSTEM, SYMBOL, Decimal(2), Decimal(100), "anna", "it was always meant for this")


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """Five were there before; the book has decided once, and holds nothing."""
    account = account_at(tmp_path)
    look(account)
    decided(account)
    return account


def decided(on: Account, *intents: Intent) -> None:
    on.decide(intents)
    on.decision = replace(on.decision, regimes={SYMBOL: "trending"})
    text = '{"regimes": {"BTC/USDT": "trending"}, "refused": [], "held": {}}'
    with on.journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE decisions SET outcome = ? WHERE id = ?", (text, on.decision.id))


def writing(on: Account) -> Writing:
    return Writing(Leases(on.journal.engine), ME, lambda _: True, on.clock, 10**15, 0, beats=False)


def look(on: Account):
    """Reconcile under a lease of its own: whoever adopted took the one before."""
    lease = Leases(on.journal.engine).take("orders", ME, on.clock.now(), 10**15, lambda _: True)
    on.log = OrderLog(on.journal.engine, lease)
    on.desk = replace(on.desk, log=on.log)
    return reconcile(on.desk, on.journal, HoldingLog(on.journal.engine, lease), BOOK, {SYMBOL: LOT}, on.decision)


def adopted(on: Account, dry_run: bool = False, **changed: object) -> Adopted:
    wish = replace(WISH, **changed)  # type: ignore[arg-type]
    return adopt(on.journal, writing(on), on.venue.rules(SYMBOL), LOT, wish, dry_run)


def noted(on: Account) -> list[tuple[str, str, str]]:
    return [(one.asset, one.kind.value, plain(one.quantity)) for one in HoldingLog(on.journal.engine).open_of("fake")]


def test_units_become_a_fill_of_the_book_and_capital(account: Account) -> None:
    found = adopted(account)
    (_, trade, order) = account.log.unsettled(BOOK)[0]
    assert (order.cid, order.state, order.role) == (found.cid, OrderState.FILLED, Role.ENTRY)
    assert (order.quantity, order.value, trade.price, trade.fee) == (2, 200, 100, 0)
    (event,) = RiskLog(account.journal.engine).waiting_events(BOOK)
    assert (event.kind, event.amount, event.who) == (RiskKind.FLOW, 200.0, "anna")
    assert noted(account) == [("USDT", "baseline", "100000"), ("BTC", "baseline", "3")]
    decision = account.journal.last_decision(BOOK)
    assert [(one.reason, one.quantity) for one in decision.intents] == [(Reason.ENTER_ADOPTED, 2.0)]
    assert order.parent == decision.cid(decision.intents[0])
    account.log.verify_chain()


def test_journal_and_account_agree_before_and_after_it_is_booked(account: Account) -> None:
    adopted(account)
    account.decision = account.journal.last_decision(BOOK)
    assert look(account).differences == ()
    decided(account)
    assert account.booked == 2
    assert look(account).differences == ()
    assert account.alerts == {}


def test_what_was_taken_in_is_the_first_to_be_missed_no_more(account: Account) -> None:
    adopted(account)
    account.decision = account.journal.last_decision(BOOK)
    decided(account)
    account.venue.wallet["BTC"] -= Decimal("3.5")
    assert [one.units for one in look(account).gone] == [Decimal("0.5")]


def test_all_of_it_may_be_taken_in(account: Account) -> None:
    assert adopted(account, quantity=Decimal(5)).left == 0
    assert ("BTC", "baseline", "0") in noted(account)
    account.decision = account.journal.last_decision(BOOK)
    found = look(account)
    assert (found.differences, found.baselines["fake"]) == ((), {})


def test_a_dry_run_writes_nothing(account: Account) -> None:
    before = noted(account)
    found = adopted(account, dry_run=True)
    assert (found.cid, found.left) == ("", 3)
    assert noted(account) == before
    assert account.log.unsettled(BOOK) == []
    assert found.as_json()["value"] == "200"


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"quantity": Decimal("5.001")}, BadInput, "found 5 BTC at fake outside of the book"),
        ({"quantity": Decimal("0.0005")}, BadInput, "a multiple of 0.001"),
        ({"quantity": Decimal(0)}, BadInput, "give a positive figure"),
        ({"quantity": Decimal("nan")}, BadInput, "give a positive figure"),
        ({"price": Decimal(-1)}, BadInput, "give a positive figure"),
        ({"system": "long"}, BadInput, "the book has no row long BTC/USDT"),
        ({"book": "another"}, Refused, "run keel trade --once first"),
    ],
)
def test_what_cannot_be_taken_in_is_refused(
    account: Account, changed: dict[str, object], error: type[Exception], text: str
) -> None:
    before = noted(account)
    with pytest.raises(error, match=text):
        adopted(account, **changed)
    assert noted(account) == before


def test_a_second_time_in_one_decision_is_refused(account: Account) -> None:
    adopted(account)
    with pytest.raises(Refused, match="orders BTC/USDT itself"):
        adopted(account, quantity=Decimal(1))


def test_nothing_is_taken_in_while_the_decision_orders_the_symbol(account: Account) -> None:
    wanted = Intent(0, SYMBOL, 1.0, 100.0, Reason.ENTER_EDGE, Bound.KELLY, 0.0, Regime.TRENDING, system=SYSTEM)
    decided(account, wanted)
    with pytest.raises(Refused, match="orders BTC/USDT itself"):
        adopted(account)


def test_nothing_is_taken_in_while_an_order_waits_or_is_in_doubt(account: Account) -> None:
    order = account.order_entry("1")
    account.decision = replace(account.decision)
    account.decide((), ordered=1.0)
    with pytest.raises(Refused, match="its newest order waits"):
        adopted(account)
    decided(account)
    look(account)
    account.log.admit(order, lambda _: None, account.clock.now())
    with pytest.raises(Refused, match=order.cid):
        adopted(account)


def test_what_others_brought_stays_outside_when_a_person_says_so(account: Account) -> None:
    account.venue.wallet["BTC"] += 2
    look(account)
    found = leave(account.journal, writing(account), "fake", "BTC", "anna", "a gift", dry_run=False)
    assert (found.quantity, len(found.notes)) == (2, 1)
    assert HoldingLog(account.journal.engine).unexplained() == frozenset()
    assert noted(account)[-1] == ("BTC", "baseline", "2")
    assert look(account).differences == ()
    with pytest.raises(Refused, match="nor is anything else"):
        leave(account.journal, writing(account), "fake", "BTC", "anna", "again", dry_run=False)


def test_what_others_brought_may_be_taken_in(account: Account) -> None:
    account.venue.wallet["BTC"] += 2
    look(account)
    adopted(account, quantity=Decimal("6.5"))
    assert noted(account)[-2:] == [("BTC", "baseline", "0"), ("BTC", "external", "0.5")]
    account.decision = account.journal.last_decision(BOOK)
    assert look(account).differences == ()


def test_whoever_works_elsewhere_stops_it(account: Account) -> None:
    other = Holder("there", "boot", 2, 2)
    Leases(account.journal.engine).take("orders", other, account.clock.now(), 10**15, lambda _: True)
    mine = replace(writing(account), is_dead=lambda _: False)
    with pytest.raises(Refused, match="only one that may order"):
        adopt(account.journal, mine, account.venue.rules(SYMBOL), LOT, WISH, False)
