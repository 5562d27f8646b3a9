"""What a book really holds, and where: its positions as they were decided on, and every trade that came since."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from data.journal import Behind, Decision, Journal, OrderLog
from models.portfolio import Position
from models.types import BadInput, Damaged
from models.types.reasons import ENTERING
from models.types.wire import OrderKind, Role, VenueTrade, WireOrder

NOTHING = Decimal(0)
# Less of a position than this share is what rounding to the lot left between its trades and the book.
ROUNDING = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Held:
    """A position at one venue, long.

    Attributes:
        book, system: whose it is.
        quantity: base units, after fees that were taken in base; zero where only orders of it are left.
        stop, target, partial: levels of its rules, quote currency, None where there is none.
        part: base units that are sold at `partial`.
        entry_cid: client order id of the intent that opened it.
        entry_price: of its opening fill.
        traded: what its orders had brought to the venue when `quantity` was read, see `traded_at`: what they bring
            later comes to it.
        parted: what had been sold at `partial` there when `part` was read, see `parted_at`: what is sold later goes off
            it.
    """

    book: str
    system: str
    symbol: str
    venue: str
    quantity: Decimal
    stop: Decimal | None
    target: Decimal | None
    partial: Decimal | None
    part: Decimal
    entry_cid: str
    entry_price: Decimal
    traded: Decimal
    parted: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """A system's trades in a symbol: the orders since its entry, with their trades; trades of any of its orders that no
    decision has booked; and the venues at which it has loose orders: stops that rest, and what is in doubt.
    """

    orders: Behind
    unsettled: tuple[VenueTrade, ...]
    loose: frozenset[str]

    def by_venue(self) -> dict[str, Decimal]:
        """Base units that the orders since the entry brought, by venue."""
        found: dict[str, Decimal] = {}
        for order, trades in self.orders:
            found[order.venue] = found.get(order.venue, NOTHING) + brought(order, trades)
        return found

    @property
    def since_decided(self) -> Decimal:
        """Base units that came (positive) or went and are not in the book's state yet."""
        untold = sum((_untold(order, trades) for order, trades in self.orders), NOTHING)
        return untold + sum((_net(one) for one in self.unsettled), NOTHING)

    @property
    def parted(self) -> Decimal:
        """Base units sold at `partial` that are not in the book's state yet."""
        mine = {order.cid for order, _ in self.orders if order.role is Role.PARTIAL}
        untold = sum((-_untold(order, trades) for order, trades in self.orders if order.cid in mine), NOTHING)
        return untold + sum((one.quantity for one in self.unsettled if one.cid in mine), NOTHING)


def held_now(journal: Journal, log: OrderLog, book: str, decision: Decision, home: str) -> list[Held]:
    """The book's positions after its newest decision and every trade since, one for each venue, in the order of the
    book's state; a row that holds nothing, as far as is known, is in it while a stop of its rests or an order of its
    is in doubt at the venue.

    `home` is the venue of what no order explains, such as an adopted holding.

    Raises:
        BadInput: a position is short.
        Damaged: the journal has no order that opened a position.
    """
    loose = [one for one in log.live_orders() if one.book == book and (is_stop(one) or one.state.is_doubtful)]
    moved = {(order.system, order.symbol) for _, _, order in log.unsettled(book)}
    found: list[Held] = []
    for system, positions in decision.state_after.positions.items():
        for symbol, figures in positions.items():
            mine = [one for one in loose if (one.system, one.symbol) == (system, symbol)]
            position = Position(*figures)
            has_units = (system, symbol) in moved or position.quantity != 0.0
            if not (has_units or mine or position.ordered != 0.0):
                continue
            _require_long(position, system, symbol)
            entry_cid = _entry_cid(journal, book, system, symbol, mine, has_units)
            if entry_cid is not None:
                orders, unsettled = log.behind(book, system, symbol, entry_cid)
                row = Row(orders, unsettled, frozenset(one.venue for one in mine))
                found += _at_venues(book, system, symbol, position, row, entry_cid, home)
    return found


def is_stop(order: WireOrder) -> bool:
    """Whether it is a protective stop that rests at a venue."""
    return order.kind is OrderKind.STOP


def traded_at(log: OrderLog, held: Held) -> Decimal:
    """Base units that the orders since the entry brought at the position's venue, as the journal has them now."""
    orders, _ = log.behind(held.book, held.system, held.symbol, held.entry_cid)
    return sum((brought(order, trades) for order, trades in orders if order.venue == held.venue), NOTHING)


def parted_at(log: OrderLog, held: Held) -> Decimal:
    """Base units that the orders since the entry sold at `partial` at the position's venue, as of now."""
    orders, _ = log.behind(held.book, held.system, held.symbol, held.entry_cid)
    return _parted(orders, held.venue)


def part_now(log: OrderLog, held: Held) -> Decimal:
    """Base units still to be sold at `partial`, as the journal has it now; zero where there is no such level."""
    if held.partial is None:
        return NOTHING
    return max(held.part - (parted_at(log, held) - held.parted), NOTHING)


def quantity_now(log: OrderLog, held: Held) -> Decimal:
    """Base units held as the journal has it now: `quantity`, and what was traded since it was read; never negative."""
    return max(held.quantity + traded_at(log, held) - held.traded, NOTHING)


def brought(order: WireOrder, trades: Iterable[VenueTrade]) -> Decimal:
    """Base units that an order brought, negative for a sale, after fees that were taken in base."""
    told = tuple(trades)
    return _untold(order, told) + sum((_net(one) for one in told), NOTHING)


def _parted(orders: Behind, venue: str) -> Decimal:
    return sum((order.filled for order, _ in orders if order.venue == venue and order.role is Role.PARTIAL), NOTHING)


def _untold(order: WireOrder, trades: tuple[VenueTrade, ...]) -> Decimal:
    """What the venue says is filled beyond the trades that it has told of."""
    left = max(order.filled - sum((one.quantity for one in trades), NOTHING), NOTHING)
    return left if order.is_buy else -left


def _net(trade: VenueTrade) -> Decimal:
    taken = trade.fee if trade.fee_asset == trade.symbol.partition("/")[0] else NOTHING
    return (trade.quantity if trade.is_buy else -trade.quantity) - taken


def _require_long(position: Position, system: str, symbol: str) -> None:
    if position.quantity < 0.0:
        raise BadInput(
            f"{system} holds {position.quantity} {symbol} in its book; a spot venue has long positions only: trade it "
            "without shorts"
        )


def _entry_cid(
    journal: Journal, book: str, system: str, symbol: str, loose: list[WireOrder], is_held: bool
) -> str | None:
    """Of the intent that opened the position; else what its loose orders are for; None where neither is."""
    entry = journal.newest_order(book, system, symbol, ENTERING)
    if entry is not None:
        return entry.cid
    if loose:
        return loose[0].parent
    if is_held:
        raise Damaged(
            f"the journal has no order of {system} that opened the position in {symbol}; restore it from a backup"
        )
    return None


def _at_venues(
    book: str, system: str, symbol: str, position: Position, row: Row, entry_cid: str, home: str
) -> list[Held]:
    whole = max(exact(position.quantity) + row.since_decided, NOTHING)
    traded = row.by_venue()
    spread = _spread(whole, traded, home)
    part = max(exact(position.part) - row.parted, NOTHING)
    price = exact(position.entry) if position.entry > 0.0 else _mean_price(row, position)
    return [
        Held(
            book=book,
            system=system,
            symbol=symbol,
            venue=venue,
            quantity=quantity,
            stop=_level(position.stop),
            target=_level(position.target),
            partial=_level(position.partial) if part > NOTHING else None,
            part=part * quantity / whole if whole else NOTHING,
            entry_cid=entry_cid,
            entry_price=price,
            traded=traded.get(venue, NOTHING),
            parted=_parted(row.orders, venue),
        )
        for venue, quantity in sorted({**dict.fromkeys(row.loose, NOTHING), **spread}.items())
    ]


def _spread(whole: Decimal, traded: dict[str, Decimal], home: str) -> dict[str, Decimal]:
    """The position by venue: what was bought there, and what no trade explains at `home`; of rounding the largest."""
    if not whole:
        return {}
    found = {venue: quantity for venue, quantity in traded.items() if quantity > NOTHING}
    unexplained = whole - sum(found.values(), NOTHING)
    is_rounding = bool(found) and abs(unexplained) <= ROUNDING * whole
    venue = max(found, key=lambda one: found[one]) if is_rounding else home
    found[venue] = found.get(venue, NOTHING) + unexplained
    return {venue: quantity for venue, quantity in found.items() if quantity > NOTHING}


def _mean_price(row: Row, position: Position) -> Decimal:
    """What the orders that bought paid on average; the last close where nothing of it was told."""
    bought = [order for order, _ in row.orders if order.is_buy and order.filled > NOTHING and order.value > NOTHING]
    filled = sum((one.filled for one in bought), NOTHING)
    return sum((one.value for one in bought), NOTHING) / filled if filled else exact(position.last)


def exact(figure: float) -> Decimal:
    """A float of the book as the decimal it is written as."""
    return Decimal(repr(figure))


def _level(price: float) -> Decimal | None:
    return exact(price) if price > 0.0 else None
