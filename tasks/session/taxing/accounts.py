"""What the journal says happened in each account: trades, units that came or left without one, and what is held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from data.journal import ADOPTION, AccountHistory, BookedFill, Journal, Noted, VenueLedger, moved_by
from models.portfolio import Position
from models.types.wire import VenueTrade
from tasks.session.ordering.accounting import NOTHING, flows, noted
from tasks.session.ordering.held import exact
from tasks.session.ordering.rows import base_of, quote_of

PAPER_BROKER = "paper"
REAL = ("micro", "live")
# Of the money that a paper book begins with; the journal's own begin with 1.
CAPITAL = 0
# Note, asset and moment.
FlowKey: TypeAlias = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """Units that came to an account, negative for left, without a trade that is known.

    Attributes:
        at: when it was noted, UTC microseconds.
        note: number of the holding in the journal.
        why: as the journal says it.
    """

    venue: str
    asset: str
    at: int
    units: Decimal
    note: int
    why: str

    @property
    def key(self) -> FlowKey:
        """No other has it."""
        return self.note, self.asset, self.at


@dataclass(frozen=True, slots=True)
class Account:
    """One venue, or one book on paper.

    Attributes:
        name: venue or book; units are held there.
        venue: whose prices and actions count.
        trades: the oldest first.
        held: units by asset as the journal counts them, without those that it does not count.
        lacking: orders of which more is filled than their fills say.
    """

    name: str
    venue: str
    trades: tuple[VenueTrade, ...]
    flows: tuple[Flow, ...]
    held: dict[str, Decimal]
    lacking: tuple[str, ...] = ()


def live_accounts(journal: Journal) -> list[Account]:
    """Every venue at which real orders were filled or holdings noted."""
    history = AccountHistory(journal.engine)
    return [_live(journal, history, venue) for venue in history.venues() if venue != PAPER_BROKER]


def paper_accounts(journal: Journal, capital: Decimal) -> list[Account]:
    """Every book on paper that has fills; each begins with `capital` of its quote currency."""
    books = [name for name in journal.books() if name.partition("|")[0] not in REAL]
    found = [_paper(journal, name, capital) for name in books]
    return [one for one in found if one.trades]


def _live(journal: Journal, history: AccountHistory, venue: str) -> Account:
    every, notes = history.trades(venue), history.notes(venue)
    moments = _moments(notes, every)
    ours = [one for one in every if one.cid is not None and not one.trade_id.startswith(ADOPTION)]
    others, left = _explained([one for one in every if one.cid is None], moments)
    counting = [one.holding for one in notes if one.cleared_at is None]
    held = _summed(flows(VenueLedger(journal.engine, venue).moved()), noted(counting))
    trades = sorted([*ours, *others], key=lambda one: (one.at, one.symbol, one.trade_id, one.is_buy))
    moved = tuple(_flow(venue, notes, at, asset, units) for at, all_ in left.items() for asset, units in all_.items())
    return Account(venue, venue, tuple(trades), moved, held, tuple(history.lacking(venue)))


def _moments(notes: Iterable[Noted], trades: Iterable[VenueTrade]) -> dict[int, dict[str, Decimal]]:
    """Units by asset that came at each moment, notes written and cleared taken together: what a person took in, or left
    outside, came and went at once.
    """
    found: dict[int, dict[str, Decimal]] = {}

    def add(at: int, asset: str, units: Decimal) -> None:
        found.setdefault(at, {})[asset] = found.get(at, {}).get(asset, NOTHING) + units

    for one in notes:
        add(one.since, one.holding.asset, one.holding.quantity)
        if one.cleared_at is not None:
            add(one.cleared_at, one.holding.asset, -one.holding.quantity)
    for trade in trades:
        if trade.trade_id.startswith(ADOPTION):
            add(trade.at, base_of(trade.symbol), trade.quantity)
    return dict(sorted(found.items()))


def _explained(
    others: Sequence[VenueTrade], moments: dict[int, dict[str, Decimal]]
) -> tuple[list[VenueTrade], dict[int, dict[str, Decimal]]]:
    """(fills of others that a note speaks of; what the notes say beyond them, without what is nothing). A fill belongs
    to the first note after it that moved its base the same way. What was only taken in, or left outside, moved nothing:
    whoever did so has not looked.
    """
    found: list[VenueTrade] = []
    left: dict[int, dict[str, Decimal]] = {}
    before: int | None = None
    for at, units in moments.items():
        mine = [one for one in others if before is not None and before < one.at <= at and _is_of(one, units)]
        found += mine
        known = flows({symbol: moved_by(some) for symbol, some in _by_symbol(mine).items()})
        rest = _summed(units, {asset: -one for asset, one in known.items()})
        left[at] = {asset: one for asset, one in rest.items() if one}
        before = at if before is None or any(units.values()) else before
    return found, left


def _is_of(trade: VenueTrade, units: dict[str, Decimal]) -> bool:
    moved = units.get(base_of(trade.symbol), NOTHING)
    return moved != NOTHING and (moved > NOTHING) is trade.is_buy


def _flow(venue: str, notes: Sequence[Noted], at: int, asset: str, units: Decimal) -> Flow:
    written = [one.holding for one in notes if one.since == at]
    every = [*written, *(one.holding for one in notes if one.cleared_at == at)]
    # Of an asset that others' fills alone moved there is no note: the fills' own base has one of the moment.
    first = next((one for one in every if one.asset == asset), every[0])
    return Flow(venue, asset, at, units, first.id or CAPITAL, first.why)


def _paper(journal: Journal, name: str, capital: Decimal) -> Account:
    venue = name.split("|")[1] if "|" in name else name
    trades = tuple(_paper_trade(venue, one) for one in journal.fills_of(name) if one.fill.quantity)
    last = journal.last_decision(name)
    held: dict[str, Decimal] = {}
    for positions in () if last is None else last.state_after.positions.values():
        for symbol, one in positions.items():
            asset = base_of(symbol)
            held[asset] = held.get(asset, NOTHING) + exact(Position(*one).quantity)
    begun = {quote_of(one.symbol): one.at for one in reversed(trades)}
    paid_in = tuple(Flow(venue, quote, at, capital, CAPITAL, "what the book began with") for quote, at in begun.items())
    return Account(name, venue, trades, paid_in, held)


def _paper_trade(venue: str, one: BookedFill) -> VenueTrade:
    fill = one.fill
    return VenueTrade(
        venue=venue,
        symbol=fill.symbol,
        trade_id=one.trade_id(PAPER_BROKER),
        exchange_id="",
        cid=one.cid,
        is_buy=fill.quantity > 0.0,
        quantity=exact(abs(fill.quantity)),
        price=exact(fill.price),
        fee=exact(fill.fee),
        fee_asset=quote_of(fill.symbol),
        at=fill.ts,
    )


def _by_symbol(trades: Iterable[VenueTrade]) -> dict[str, list[VenueTrade]]:
    found: dict[str, list[VenueTrade]] = {}
    for one in trades:
        found.setdefault(one.symbol, []).append(one)
    return found


def _summed(one: dict[str, Decimal], other: dict[str, Decimal]) -> dict[str, Decimal]:
    return {asset: one.get(asset, NOTHING) + other.get(asset, NOTHING) for asset in sorted({*one, *other})}


def without(flow: Flow, units: Decimal) -> Flow:
    """The same with so many units less."""
    return replace(flow, units=flow.units - units)
