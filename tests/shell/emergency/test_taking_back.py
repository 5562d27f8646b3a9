"""Entries are taken back wherever they stand, positions are sold, and nothing that opens passes this desk's gate."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import Died, FakeVenue, Fault, fake_venue
from order_desks import NOW, PARENT, Bench, bench, leased, order
from protected_desks import BOOK, SYMBOL, Account, account_at

from data.journal import AuditKind, AuditLog
from models.types import Refused
from models.types.wire import OrderKind, OrderState, Role, WireOrder
from tasks.session.emergency import Withdrawn, flatten_positions, waiting_entries, withdraw_entries
from tasks.session.ordering.caps import reducing_caps
from tasks.session.ordering.protecting import Means, protect
from tasks.session.ordering.submitting import submit

LIMIT = Decimal(95)


def resting(number: int, venue: str = "fake", **changed: object) -> WireOrder:
    return order(f"{PARENT}-{number}", kind=OrderKind.LIMIT, limit=LIMIT, venue=venue, **changed)


def sent(on: Bench, wanted: WireOrder) -> WireOrder:
    return submit(on.desk, wanted, on.desk.account(wanted.venue).quote(wanted.symbol))


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def other(on: Bench) -> FakeVenue:
    """Another venue at the same desk."""
    made = fake_venue(on.clock)
    made.name = "other"
    made.clock = on.clock
    on.desk = replace(on.desk, accounts={**on.desk.accounts, "other": made})
    return made


def states(found: Withdrawn) -> tuple[list[str], list[str], list[str]]:
    return tuple(  # type: ignore[return-value]
        [one.cid.removeprefix(PARENT) for one in some] for some in (found.cancelled, found.standing, found.doubtful)
    )


def test_entries_of_all_books_go_and_stops_and_exits_stay(on: Bench) -> None:
    sent(on, resting(1))
    sent(on, resting(2, book="another", role=Role.ADD))
    on.log.admit(
        order(f"{PARENT}-s1", role=Role.STOP, kind=OrderKind.STOP, is_buy=False, limit=None, stop=LIMIT),
        lambda _: None,
        NOW,
    )
    on.log.admit(order(f"{PARENT}-x1", role=Role.EXIT, is_buy=False), lambda _: None, NOW)
    found = withdraw_entries(on.desk)
    assert states(found) == (["-1", "-2"], [], [])
    assert found.is_done
    assert not found.troubles
    assert [one.cid.removeprefix(PARENT) for one in on.log.live_orders()] == ["-s1", "-x1"]
    before = on.venue.calls("cancel")
    assert withdraw_entries(on.desk) == Withdrawn()
    assert on.venue.calls("cancel") == before, "where nothing stands nobody is asked"


@pytest.mark.parametrize(
    ("fault", "arrived"), [(Fault.REPLY_LOST, OrderState.CANCELED), (Fault.DROPPED, OrderState.LOST)]
)
def test_one_in_doubt_is_asked_for_first(on: Bench, fault: Fault, arrived: OrderState) -> None:
    on.venue.fail("submit", fault)
    on.venue.fail("find", *[Fault.UNSAID] * 40)
    assert sent(on, resting(1)).state is OrderState.UNKNOWN
    on.venue.faults["find"].clear()
    on.clock.sleep(600_000_000)
    found = withdraw_entries(on.desk)
    assert [one.state for one in found.cancelled] == [arrived]
    assert found.is_done
    assert on.venue.resting() == []


def test_a_venue_that_is_down_is_told_of_and_holds_up_no_other(on: Bench, other: FakeVenue) -> None:
    sent(on, resting(1))
    sent(on, resting(2))
    sent(on, resting(3, "other"))
    on.venue.fail("time", Fault.UNSAID)
    found = withdraw_entries(on.desk)
    assert states(found) == (["-3"], ["-1", "-2"], [])
    assert list(found.troubles) == ["fake"]
    assert on.venue.calls("cancel") == 0
    assert other.resting() == []
    assert states(withdraw_entries(on.desk)) == (["-1", "-2"], [], [])


def test_a_venue_without_an_account_is_told_of(on: Bench) -> None:
    sent(on, resting(1))
    found = withdraw_entries(replace(on.desk, accounts={}))
    assert (len(found.standing), list(found.troubles)) == (1, ["fake"])
    assert "there is no account" in found.troubles["fake"]


def test_who_is_no_longer_the_writer_takes_nothing_back(on: Bench) -> None:
    sent(on, resting(1))
    leased(on.log, on.clock, pid=9)
    with pytest.raises(Refused):
        withdraw_entries(on.desk)
    assert len(on.venue.resting()) == 1


def test_nothing_that_opens_passes_and_what_reduces_does(on: Bench) -> None:
    desk = replace(on.desk, caps=reducing_caps(on.desk.caps))
    quote = on.venue.quote("BTC/USDT")
    for number, role in enumerate((Role.ENTRY, Role.ADD)):
        refused = submit(desk, order(f"{PARENT}-{number}", "0.001", role=role), quote)
        assert refused.state is OrderState.REJECTED
        assert refused.why.startswith("gate: order_value")
    on.venue.wallet["BTC"] = Decimal(2)
    left = submit(desk, order(f"{PARENT}-f1", role=Role.FLATTEN, is_buy=False, limit=Decimal(99)), quote)
    assert left.state is OrderState.FILLED


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = account_at(tmp_path)
    made.enter("1")
    made.decide()
    protect(made.desk, made.held())
    assert made.stops() == [("1", "95")]
    return made


def flattened(account: Account):
    desk = replace(account.desk, caps=reducing_caps(account.desk.caps))
    return flatten_positions(desk, account.journal, BOOK, "fake", "ann", "out")


def test_a_position_is_sold_whole_and_the_audit_chain_has_it(account: Account) -> None:
    entry = account.new_order(f"{account.entry}-2", Role.ADD, "0.5", is_buy=True)
    submit(account.desk, replace(entry, kind=OrderKind.LIMIT, limit=Decimal(96)), account.venue.quote(SYMBOL))
    found = flattened(account)
    assert found.is_flat
    assert [one.cid for one in found.withdrawn.cancelled] == [f"{account.entry}-2"]
    assert [one.role for one in found.sold] == [Role.FLATTEN]
    assert account.really == 0
    assert account.stops() == []
    (entry_of,) = AuditLog(account.journal.engine).entries([AuditKind.FLATTENED])
    assert (entry_of.subject, entry_of.who, entry_of.why) == ("fake|1h|BTC/USDT", "ann", "out")
    assert entry_of.detail["sold"][0]["filled"] == "1.0"
    assert flattened(account).sold == ()


def test_nothing_is_sold_while_its_stop_rests(account: Account) -> None:
    """Else both would sell, and what somebody else has in the account with it."""
    seen: list[int] = []

    def look(call: str, _order: WireOrder | None) -> None:
        if call == "submit":
            seen.append(len(account.venue.resting()))

    account.venue.plan = look
    assert flattened(account).is_flat
    assert seen == [0]


@pytest.mark.parametrize("call", ["quote", "balances"])
def test_what_could_not_be_sold_has_its_stop_again(account: Account, call: str) -> None:
    # The first question of the sale itself: those before it are asked while the stop still rests.
    account.venue.fail(call, Fault.UNSAID)
    found = flattened(account)
    assert not found.is_flat
    assert [(one.means, one.quantity) for one in found.left] == [(Means.RESTING, Decimal(1))]
    assert account.stops() == [("1", "95")]
    assert any(key.startswith("not flattened") for key in account.alerts)
    assert flattened(account).is_flat


def test_what_the_market_does_not_take_is_protected_again(account: Account) -> None:
    account.venue.move(SYMBOL, "99.99", "100.01", depth="0.1")
    found = flattened(account)
    assert found.sold
    assert account.really > 0
    assert sum(Decimal(quantity) for quantity, _ in account.stops()) == account.really
    assert not found.is_flat


@pytest.mark.parametrize("step", ["sent flatten", "cancelled stop", "admitted flatten"])
def test_killed_in_between_the_next_call_ends_flat(account: Account, step: str) -> None:
    def cut(label: str) -> None:
        if label == step:
            raise Died(label)

    desk = replace(account.dying(cut), caps=reducing_caps(account.desk.caps))
    with pytest.raises(Died):
        flatten_positions(desk, account.journal, BOOK, "fake", "ann", "out")
    account.clock.sleep(120_000_000)
    assert flattened(account).is_flat
    assert account.really == 0
    assert waiting_entries(account.desk) == []
    assert account.venue.doubled() == []
