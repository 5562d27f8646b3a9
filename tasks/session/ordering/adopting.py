"""A person decides about what is at a venue and is not the book's: the book takes it in, or it stays outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from data.journal import (
    ADOPTION,
    Changes,
    Decision,
    Holding,
    HoldingKind,
    HoldingLog,
    HoldingMoves,
    Journal,
    OrderLog,
    RiskEvent,
    RiskKind,
    TakenIn,
    parted,
)
from data.journal.taking_in import intent_of_units
from models.portfolio import Position
from models.types import BadInput, Refused
from models.types.wire import MarketRules, OrderKind, Role, VenueTrade, WireOrder
from tasks.session.ordering.accounting import NOTHING, OUTSIDE, noted
from tasks.session.ordering.held import exact
from tasks.session.ordering.writing import Writing, only_writer

ORDERED = Position._fields.index("ordered")


@dataclass(frozen=True, slots=True)
class Wish:
    """Units of a symbol's base that a system of the book is to take in at `price` (quote currency)."""

    book: str
    system: str
    symbol: str
    quantity: Decimal
    price: Decimal
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was taken in, or would be.

    Attributes:
        cid: client order id that it is booked by; empty where nothing was written.
        left: units that stay outside of the book.
    """

    wish: Wish
    venue: str
    cid: str
    left: Decimal

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        wish = self.wish
        return {
            "book": wish.book,
            "system": wish.system,
            "venue": self.venue,
            "symbol": wish.symbol,
            "quantity": str(wish.quantity),
            "price": str(wish.price),
            "value": str(wish.quantity * wish.price),
            "order": self.cid,
            "left": str(self.left),
        }


@dataclass(frozen=True, slots=True)
class Left:
    """What was external and stays outside, acknowledged."""

    venue: str
    asset: str
    quantity: Decimal
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        said = {"venue": self.venue, "asset": self.asset, "quantity": str(self.quantity)}
        return said | {"acknowledged": list(self.notes)}


def adopt(journal: Journal, writing: Writing, rules: MarketRules, lot: Decimal, wish: Wish, dry_run: bool) -> Adopted:
    """Take units in that were there before: they become a fill of the book, its capital grows by what they are worth,
    and its next decision books both. `lot` is the book's quantity step; a dry run writes nothing.

    Raises:
        BadInput: the quantity or price cannot be used, or the book trades no such symbol for that system.
        Refused: the book has not decided yet, an order of the symbol is under way, or its newest decision wants
            something of it; another process is at work.
    """
    _require_figures(rules, lot, wish)
    with only_writer(writing) as lease:
        log, now = OrderLog(journal.engine, lease), writing.clock.now()
        decision = _decision(journal, log, wish)
        holdings = HoldingLog(journal.engine).open_of(rules.venue)
        outside = noted(holdings, OUTSIDE).get(rules.base, NOTHING)
        if wish.quantity > outside:
            raise BadInput(
                f"found {outside} {rules.base} at {rules.venue} outside of the book, wanted {wish.quantity}; take in "
                "that much at most"
            )
        given, left = parted([one for one in holdings if _is_outside(one, rules.base)], wish.quantity)
        taken = _taken(decision, rules, wish, given, now)
        value = float(wish.quantity * wish.price)
        event = RiskEvent(wish.book, now, RiskKind.FLOW, wish.who, wish.why, amount=value)
        cleared = tuple(one.id for one in given if one.id is not None)
        if not dry_run:
            HoldingMoves(journal.engine, lease).write(Changes(wish.who, now, left, cleared, event, taken))
    return Adopted(wish, rules.venue, "" if dry_run else taken.order.cid, outside - wish.quantity)


def leave(journal: Journal, writing: Writing, venue: str, asset: str, who: str, why: str, dry_run: bool) -> Left:
    """What others brought or took stays outside of the book, and trading in the asset is no longer only reducing.

    Raises:
        Refused: nothing of the asset is external there; another process is at work.
    """
    with only_writer(writing) as lease:
        every = HoldingLog(journal.engine).open_of(venue)
        mine = [one for one in every if (one.asset, one.kind) == (asset, HoldingKind.EXTERNAL)]
        if not mine:
            there = sorted({one.asset for one in every if one.kind is HoldingKind.EXTERNAL})
            others = f"only {', '.join(there)} is; name that" if there else "nor is anything else"
            raise Refused(f"nothing of {asset} at {venue} is external, {others}")
        units, now = sum((one.quantity for one in mine), NOTHING), writing.clock.now()
        stays = Holding(venue, asset, HoldingKind.BASELINE, units, None, now, why, who)
        cleared = tuple(one.id for one in mine if one.id is not None)
        if not dry_run:
            HoldingMoves(journal.engine, lease).write(Changes(who, now, (stays,) if units else (), cleared))
    return Left(venue, asset, units, tuple(one.why for one in mine))


def _require_figures(rules: MarketRules, lot: Decimal, wish: Wish) -> None:
    for name, figure in (("quantity", wish.quantity), ("price", wish.price)):
        if not figure.is_finite() or figure <= NOTHING:
            raise BadInput(f"found a {name} of {figure}; give a positive figure")
    for step in (lot, rules.lot):
        if step and wish.quantity % step:
            raise BadInput(f"found a quantity of {wish.quantity}; give a multiple of {step}, the lot of {wish.symbol}")


def _decision(journal: Journal, log: OrderLog, wish: Wish) -> Decision:
    decision = journal.last_decision(wish.book)
    if decision is None:
        raise Refused(f"the book {wish.book} has not decided yet; run keel trade --once first")
    positions = decision.state_after.positions
    if wish.symbol not in positions.get(wish.system, {}):
        rows = ", ".join(f"{system} {symbol}" for system, mine in positions.items() for symbol in mine)
        raise BadInput(f"the book has no row {wish.system} {wish.symbol}, only {rows}; name one of those")
    if (wish.system, wish.symbol) in {(one.system, one.symbol) for one in decision.intents}:
        raise Refused(f"the decision {decision.id} orders {wish.symbol} itself; take it in after the next one")
    doubtful = [one.cid for one in log.doubtful(wish.book) if one.symbol == wish.symbol]
    if doubtful or positions[wish.system][wish.symbol][ORDERED] != 0.0:
        found = ", ".join(doubtful) or "its newest order waits"
        raise Refused(f"an order of {wish.symbol} is under way ({found}); take it in when that is over")
    return decision


def _is_outside(one: Holding, asset: str) -> bool:
    return one.asset == asset and one.kind in OUTSIDE and one.quantity > NOTHING


def _taken(decision: Decision, rules: MarketRules, wish: Wish, given: Sequence[Holding], now: int) -> TakenIn:
    number = len(decision.intents)
    intent = intent_of_units(decision, wish.system, wish.symbol, float(wish.quantity), float(wish.price))
    parent = f"{decision.id}-{number}"
    order = WireOrder(
        cid=f"{parent}-1",
        parent=parent,
        book=wish.book,
        system=wish.system,
        venue=rules.venue,
        symbol=wish.symbol,
        role=Role.ENTRY,
        kind=OrderKind.MARKET,
        is_buy=True,
        quantity=wish.quantity,
        limit=wish.price,
        stop=None,
        reference=wish.price,
        decided_at=decision.decided_at,
        created_at=now,
    )
    trade = VenueTrade(
        venue=rules.venue,
        symbol=wish.symbol,
        trade_id=f"{ADOPTION}{given[0].id}-{number}",
        exchange_id="",
        cid=order.cid,
        is_buy=True,
        quantity=exact(intent.quantity),
        price=wish.price,
        fee=NOTHING,
        fee_asset=rules.quote,
        at=now,
    )
    return TakenIn(decision, intent, order, trade)
