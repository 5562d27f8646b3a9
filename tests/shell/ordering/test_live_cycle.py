"""Whole live cycles: decisions of the compiled step, orders at a venue in memory, fills back into the same fold."""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from fake_venue import ENDLESS, Died
from live_desks import MONEY, LiveBook, live_book
from stormy import settle_in_storms

from data.journal import open_journal
from models.types.timeframes import HOUR
from models.types.wire import OrderState, Role
from tasks.session.desk import Desk
from tasks.session.explaining import audit

BARS = 60
# Back from the newest bar: through a storm.
LEFT_OUT = 60
LOT = 0.001
FEW = Decimal(3)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    before = dict(os.environ)
    desk = settle_in_storms(tmp_path_factory.mktemp("home"))
    os.environ.clear()
    os.environ.update(before)
    return desk


def newest(desk: Desk) -> int:
    return max(int(desk.bars.read(one).ts[-1]) for one in desk.universe()) + HOUR - LEFT_OUT * HOUR


def lived(desk: Desk, path: Path, fee_in_base: bool = False) -> LiveBook:
    """With fees in base the venue often has but a few units at its best price: orders are filled in part and expire."""
    last = newest(desk)
    book = live_book(desk, open_journal(path / "journal.sqlite"), last - BARS * HOUR, fee_in_base)
    for k, _ in enumerate(book.bars(last - (BARS - 1) * HOUR, last)):
        for market in book.venue.markets.values():
            market.depth = FEW if fee_in_base and k % 3 else ENDLESS
        book.cycle()
    return book


def assert_one(book: LiveBook, dust: float) -> None:
    """Journal, book and venue say the same, and nothing was ordered twice."""
    book.cycle()
    assert not book.venue.doubled()
    for symbol, units in book.held().items():
        at_venue = float(book.venue.wallet.get(symbol.split("/")[0], 0))
        assert -1e-9 <= at_venue - units <= dust, (symbol, at_venue, units)
    # Booked to the cent: what the account paid is what the book paid.
    paid = float(MONEY - book.venue.wallet["USDT"])
    assert paid == pytest.approx(10_000.0 - book.cash(), abs=1e-6)
    assert not [one for one in book.log.live_orders() if one.state.is_doubtful]
    stops = [one for one in book.venue.resting() if one.order.role is Role.STOP]
    for symbol, units in book.held().items():
        mine = sum(float(one.remaining) for one in stops if one.order.symbol == symbol)
        assert mine == pytest.approx(units, abs=max(dust, 1e-9)), "what is held is not what is protected"
    book.log.verify_chain()
    (name,) = book.journal.books()
    again = audit(book.desk, book.journal, name, None)
    assert again.equal, [str(each) for one in again.unequal for each in one.differences][:5] or again.differences[:5]


# Without the fee in what was bought the next test lives through the same storm, and dies in it.
@pytest.mark.parametrize("fee_in_base", [pytest.param(False, marks=pytest.mark.slow), True])
def test_after_a_storm_journal_book_and_venue_are_one(settled: Desk, tmp_path: Path, fee_in_base: bool) -> None:
    book = lived(settled, tmp_path, fee_in_base)
    orders = book.log.orders_of_book(book.journal.tables()["decisions"][0]["book"])
    assert {one.role for one in orders} >= {Role.ENTRY, Role.EXIT, Role.STOP}
    assert sum(one.state is OrderState.FILLED for one in orders) >= 10
    assert not fee_in_base or any(one.state is OrderState.EXPIRED and one.filled for one in orders)
    assert any(one.role is Role.STOP and one.filled for one in orders), "no stop was ever hit at the venue"
    assert_one(book, len(orders) * LOT if fee_in_base else 1e-9)


class Dying:
    """Lets a process die at the `number`-th step that it passes, whatever it is; None lets it live."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.passed = 0
        self.deaths: Counter[str] = Counter()

    def __call__(self, label: str) -> None:
        self.passed += 1
        if self.passed == self.number:
            self.deaths[label] += 1
            raise Died(label)


def test_a_process_that_dies_at_any_step_leaves_the_same_as_one_that_lives(settled: Desk, tmp_path: Path) -> None:
    """In most bars up to three processes die, each at a later step; the last one goes on to the end."""
    last = newest(settled)
    book = live_book(settled, open_journal(tmp_path / "journal.sqlite"), last - BARS * HOUR)
    dying = Dying()
    book.cut = dying  # type: ignore[assignment]
    for moment in book.bars(last - (BARS - 1) * HOUR, last):
        for attempt in (1, 2, 3, None):
            dying.number, dying.passed = None if attempt is None else attempt + moment // HOUR % 11, 0
            try:
                book.cycle()
            except Died:
                continue
            break
    assert sum(dying.deaths.values()) >= 60
    assert len(dying.deaths) >= 10, dying.deaths
    assert_one(book, 1e-9)
