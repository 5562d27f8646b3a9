"""Whatever is held keeps its stop while trading is stopped: what was filled of an entry that is taken back, as well."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import Fault
from protected_desks import SECOND, START, SYMBOL, Account, account_at

from data.journal import AuditKind, AuditLog, Beat, Holder, Leases, StopFlag
from models.types import Level, Refused
from models.types.wire import OrderKind, OrderState, Role, WireOrder
from tasks.bootstrap import build_desk
from tasks.session.emergency import cover_positions, told_covered, withdraw_entries
from tasks.session.guarding.covering import BARE, COVERED
from tasks.session.guarding.facts import Demand
from tasks.session.guarding.ground import Ground
from tasks.session.guarding.hands import VenueHands
from tasks.session.guarding.silence import Silence
from tasks.session.ordering.caps import reducing_caps
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.protecting import Means, protect
from tasks.session.ordering.resting import release
from tasks.session.ordering.submitting import submit
from tasks.session.ordering.writing import Writing

STOP = StopFlag(Level.PAUSE, "drill", "ann", 1)
DEAD, ME = Holder("here", "boot", 1, 1), Holder("here", "boot", 2, 2)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """Its desk lets nothing through that opens, once the entry is sent."""
    return account_at(tmp_path)


def half_filled(account: Account) -> WireOrder:
    """A limit of 1 of which 0.4 are filled, and that rests."""
    account.venue.markets[SYMBOL].depth = Decimal("0.4")
    wanted = replace(account.order_entry("1"), kind=OrderKind.LIMIT, limit=Decimal("100.02"))
    order = submit(account.desk, wanted, account.venue.quote(SYMBOL))
    assert (order.state, order.filled) == (OrderState.OPEN, Decimal("0.4"))
    return order


def reducing(account: Account) -> OrderDesk:
    return replace(account.desk, caps=reducing_caps(account.desk.caps))


def test_what_was_filled_of_an_entry_that_is_taken_back_gets_its_stop(account: Account) -> None:
    half_filled(account)
    desk = reducing(account)
    assert withdraw_entries(desk).is_done
    assert account.stops() == []
    found = cover_positions(desk, account.journal)
    assert account.stops() == [("0.4", "95")]
    assert ([one.means for one in found.protections], found.is_done) == ([Means.RESTING], True)
    before = account.venue.calls("submit")
    assert cover_positions(desk, account.journal).is_done
    assert account.venue.calls("submit") == before, "it rests already"
    assert told_covered(found).ok


def test_a_doubtful_entry_that_turns_out_filled_gets_its_stop(account: Account) -> None:
    account.venue.fail("submit", Fault.REPLY_LOST)
    account.venue.fail("find", *[Fault.UNSAID] * 60)
    assert account.enter("1").state.is_doubtful
    account.venue.faults["find"].clear()
    desk = reducing(account)
    (order,) = withdraw_entries(desk).cancelled
    assert order.state is OrderState.FILLED
    assert cover_positions(desk, account.journal).is_done
    assert account.stops() == [("1", "95")]


def test_a_stop_that_gave_way_to_a_sale_that_never_came_is_back(account: Account) -> None:
    account.enter("1")
    account.decide()
    (held,) = account.held()
    protect(account.desk, [held])
    release(account.desk, held)
    assert account.stops() == []
    assert withdraw_entries(reducing(account)).is_done
    cover_positions(reducing(account), account.journal)
    assert account.stops() == [("1", "95")]


def test_a_symbol_that_is_not_configured_is_no_reason(account: Account) -> None:
    account.enter("1")
    desk = replace(reducing(account), caps=replace(reducing(account).caps, symbols=frozenset()))
    assert cover_positions(desk, account.journal).is_done
    assert account.stops() == [("1", "95")]


def test_a_venue_that_is_down_or_has_no_account_is_told_of(account: Account) -> None:
    account.enter("1")
    account.venue.fail("open_orders", Fault.UNSAID)
    for desk in (account.desk, replace(account.desk, accounts={})):
        (bare,) = cover_positions(desk, account.journal).bare
        assert (bare.symbol, bare.venue, bare.quantity) == (SYMBOL, "fake", Decimal(1))
    told = told_covered(cover_positions(replace(account.desk, accounts={}), account.journal))
    assert not told.ok
    assert "have no stop there: there is no account" in told.why


def test_by_a_journal_that_is_older_than_its_orders_nothing_is_sent(account: Account) -> None:
    account.enter("1")
    account.venue.move(SYMBOL, "90", "90.02")  # its level is crossed: by this journal it would be sold
    unknown = account.new_order("a1b2c3-20231114T2200-0-1", Role.ENTRY, "0.2", is_buy=True)
    account.venue.place(replace(unknown, kind=OrderKind.LIMIT, limit=Decimal(80)))
    before = account.venue.calls("submit")
    (bare,) = cover_positions(account.desk, account.journal).bare
    assert "does not know a1b2c3-20231114T2200-0-1" in bare.why
    assert account.venue.calls("submit") == before


def test_a_paper_book_asks_nobody(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.enter("1")
    monkeypatch.setattr("tasks.session.emergency.books.MONEY", frozenset({"micro"}))
    before = list(account.venue.requests)
    assert cover_positions(account.desk, account.journal).protections == ()
    assert account.venue.requests == before


def test_who_is_no_longer_the_writer_sends_none(account: Account) -> None:
    account.enter("1")
    Leases(account.journal.engine).take("orders", ME, account.clock.now(), 10**9, lambda _: True)
    with pytest.raises(Refused):
        cover_positions(account.desk, account.journal)
    assert account.stops() == []


@dataclass
class Scene:
    """A guardian's hands at an account whose trader has the lease, and is gone or alive."""

    account: Account
    ground: Ground
    is_dead: bool = True
    hands: VenueHands = field(init=False)

    def __post_init__(self) -> None:
        clock, engine = self.account.clock, self.account.journal.engine
        writing = Writing(Leases(engine), ME, lambda _: self.is_dead, clock, 10**12, 0, beats=False)
        self.hands = VenueHands(self.ground, lambda: reducing(self.account), writing, clock.now)

    def asks(self, seconds: float, **demand: object) -> None:
        self.account.clock.sleep(round(seconds * SECOND))
        self.hands.ask(Demand(protect=True, is_urgent=True, **demand))  # type: ignore[arg-type]

    @property
    def troubles(self) -> dict[str, str]:
        assert self.hands.seen is not None
        return dict(self.hands.seen.troubles)


@pytest.fixture
def scene(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setenv("KEEL_STAGE", "live")
    return Scene(account, Ground(build_desk(), account.journal, ME, account.clock))


def silence(seconds: float = 20.0) -> Silence:
    return Silence(Beat("trader", DEAD, START, START + 15 * SECOND, "session"), seconds, "its process is gone")


def test_a_guardian_that_takes_over_leaves_no_position_without_its_stop(scene: Scene) -> None:
    half_filled(scene.account)
    scene.asks(20, silence=silence(), withdraw=True)
    assert scene.account.stops() == [("0.4", "95")]
    kinds = [one.kind for one in AuditLog(scene.account.journal.engine).entries()]
    assert kinds == [AuditKind.TAKEN_OVER, AuditKind.CANCELLED]
    assert scene.troubles == {}


def test_with_nothing_to_take_back_as_well(scene: Scene) -> None:
    scene.account.enter("1")
    scene.asks(20, silence=silence())
    assert scene.account.stops() == [("1", "95")]


def test_a_stop_without_a_silence_is_enough_and_nobody_is_asked_all_the_time(scene: Scene) -> None:
    scene.account.enter("1")
    scene.asks(1)
    assert scene.account.stops() == [("1", "95")]
    scene.account.venue.cancel_by_hand(scene.account.venue.resting()[0].order.cid)
    scene.asks(COVERED / SECOND - 2)
    assert scene.account.stops() == []
    scene.asks(2)
    assert scene.account.stops() == [("1", "95")]


def test_a_trader_that_has_the_orders_is_not_disturbed(scene: Scene) -> None:
    scene.is_dead = False
    scene.account.enter("1")
    scene.asks(1)
    assert scene.account.stops() == []
    assert scene.hands.seen is not None
    assert "process 1 on here" in scene.hands.seen.busy


def test_what_cannot_be_protected_is_told_until_it_is(scene: Scene) -> None:
    scene.account.enter("1")
    scene.account.venue.fail("balances", *[Fault.UNSAID] * 2)
    scene.asks(1)
    assert list(scene.troubles) == ["stop of BTC/USDT at fake"]
    scene.asks(1)
    assert list(scene.troubles) == ["stop of BTC/USDT at fake"], "nobody has looked again"
    scene.account.venue.faults["balances"].clear()
    scene.asks(BARE / SECOND)
    assert scene.troubles == {}
    assert scene.account.stops() == [("1", "95")]


def test_a_stop_that_is_released_is_the_traders_to_see_to(scene: Scene) -> None:
    scene.account.enter("1")
    scene.account.venue.fail("open_orders", *[Fault.UNSAID] * 9)
    scene.asks(1)
    assert "stop of BTC/USDT at fake" in scene.troubles
    scene.account.venue.faults.clear()
    scene.account.clock.sleep(60 * SECOND)
    scene.hands.ask(Demand())
    assert scene.troubles == {}
    assert scene.account.stops() == []
