"""From what happened in the accounts to movements of assets, each with what is known about it for its row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

from models.actions import ActionKind, CorporateAction, as_known
from models.taxes import Kind, Method, Movement, Swap, movements_of
from models.types import BadInput, iso
from models.types.wire import VenueTrade
from tasks.session.desk import Desk
from tasks.session.ordering.accounting import NOTHING
from tasks.session.ordering.held import exact
from tasks.session.ordering.rows import base_of, quote_of
from tasks.session.taxing.accounts import CAPITAL, Account, Flow, FlowKey, without
from tasks.session.taxing.asking import Asked
from tasks.session.taxing.declared import BOUGHT, MOVED, SOLD, Declared
from tasks.session.taxing.valuing import Prices, Worth, known

ALL = "all"
# What no line has declared yet.
Open: TypeAlias = dict[FlowKey, tuple[Account, Flow]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a movement comes from.

    Attributes:
        trade: None of what was no trade.
        worth: how its money was found; flags: what a person must know.
    """

    account: Account
    trade: VenueTrade | None
    worth: Worth
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dividend:
    """Cash of a share that was held when it went ex."""

    account: Account
    symbol: str
    at: int
    units: Decimal
    cash: Decimal
    worth: Worth

    @property
    def money(self) -> Decimal | None:
        """In the currency of the taxes."""
        return self.worth.of(self.units * self.cash)


@dataclass(slots=True)
class Happenings:
    """All of it; `sources` by the movements' keys."""

    movements: list[Movement] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    dividends: list[Dividend] = field(default_factory=list)

    def add(self, movement: Movement, source: Source) -> None:
        """One more."""
        self.movements.append(movement)
        self.sources[movement.key] = source


def happenings(
    desk: Desk, asked: Asked, prices: Prices, accounts: Iterable[Account], declared: Iterable[Declared]
) -> Happenings:
    """Everything that happened.

    Raises:
        BadInput: a line of what a person declared fits nothing.
    """
    found, all_ = Happenings(), list(accounts)
    split: set[tuple[str, str, int]] = set()
    moved: list[tuple[Account, Flow]] = []
    for account in all_:
        for trade in account.trades:
            _add_trade(found, asked, prices, account, trade)
        left, actions = list(account.flows), _actions(desk, account)
        for number, one in enumerate(actions):
            if one.kind is ActionKind.SPLIT:
                left = _split(found, asked, account, one, left, actions[:number], split)
        _add_dividends(found, prices, account, left, actions)
        moved += [(account, flow) for flow in left if flow.units]
    _add_flows(found, asked, prices, moved, list(declared))
    return found


def pool_of(asked: Asked, account: Account) -> str:
    """Whose units may be taken for those of the account."""
    return ALL if asked.settings.pools == ALL or asked.method is Method.SHARE_POOL else account.name


def _add_trade(found: Happenings, asked: Asked, prices: Prices, account: Account, trade: VenueTrade) -> None:
    base, quote = base_of(trade.symbol), quote_of(trade.symbol)
    worth = prices.worth(quote, trade.at, account.venue, quote)
    # Of one unit of base: the fill is itself the best price of it.
    each = worth if worth.rate is None else replace(worth, rate=worth.rate * trade.price)
    paid = each.of(trade.quantity)
    if base == asked.settings.currency:
        worth = Worth(Decimal(1))
        paid = worth.of(trade.quantity)
    elif worth.rate is None:
        # What was bought with it may have a price of its own.
        other = prices.worth(base, trade.at, account.venue, quote)
        paid, each, worth = other.of(trade.quantity), other, worth if other.rate is None else other
    fee = Worth(Decimal(1)) if not trade.fee else each if trade.fee_asset == base else None
    fee = prices.worth(trade.fee_asset, trade.at, account.venue, quote) if fee is None else fee
    name = f"{account.name}/{trade.symbol}/{trade.trade_id}/{'buy' if trade.is_buy else 'sell'}"
    swap = Swap(
        key=name,
        at=trade.at,
        day=asked.day(trade.at),
        pool=pool_of(asked, account),
        base=base,
        quote=quote,
        is_buy=trade.is_buy,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        fee_asset=trade.fee_asset,
        worth=paid,
        fee_worth=fee.of(trade.fee),
    )
    missing = known((worth, fee))
    flags = (*([missing] if missing else []), *(["ordered by others"] if trade.cid is None else []))
    for one in movements_of(swap, asked.settings.currency):
        found.add(one, Source(account, trade, fee if one.kind is Kind.FEE else worth, flags))


def _actions(desk: Desk, account: Account) -> list[CorporateAction]:
    """Splits and dividends of what was traded there, as they are known now, by symbol the oldest first."""
    symbols = sorted({one.symbol for one in account.trades if "/" not in one.symbol})
    now = desk.clock.now()
    found = [one for symbol in symbols for one in as_known(desk.actions.read(account.venue, symbol), now)]
    return sorted(found, key=lambda one: (one.symbol, one.ex_ts))


def _held_before(
    account: Account, flows: Iterable[Flow], actions: Iterable[CorporateAction], asset: str, at: int
) -> Decimal:
    """Units by trades, splits and flows before that moment, UTC microseconds; `flows` without what splits brought."""
    moves = [
        (trade.at, trade.quantity if trade.is_buy else -trade.quantity)
        for trade in account.trades
        if base_of(trade.symbol) == asset
    ]
    moves += [(one.at, one.units) for one in flows if one.asset == asset]
    # A dividend has a ratio of one.
    ratios = [(one.ex_ts, exact(one.ratio)) for one in actions if base_of(one.symbol) == asset and one.ex_ts < at]
    return sum((_split_since(units, since, ratios) for since, units in moves if since < at), NOTHING)


def _split_since(units: Decimal, since: int, ratios: Iterable[tuple[int, Decimal]]) -> Decimal:
    for at, ratio in ratios:
        units = units * ratio if at > since else units
    return units


def _split(
    found: Happenings,
    asked: Asked,
    account: Account,
    one: CorporateAction,
    flows: list[Flow],
    before: Iterable[CorporateAction],
    seen: set[tuple[str, str, int]],
) -> list[Flow]:
    """The lots become others; what a split brought is noted as units that came, and is taken off that note."""
    asset, pool = base_of(one.symbol), pool_of(asked, account)
    if (pool, asset, one.ex_ts) not in seen:
        seen.add((pool, asset, one.ex_ts))
        key = f"split/{pool}/{asset}/{one.ex_ts}"
        made = Movement(key, one.ex_ts, asked.day(one.ex_ts), Kind.SPLIT, asset, pool, exact(one.ratio))
        found.add(made, Source(account, None, Worth(Decimal(1))))
    brought = _held_before(account, flows, before, asset, one.ex_ts) * (exact(one.ratio) - 1)
    for number, flow in enumerate(flows):
        if flow.asset == asset and flow.at >= one.ex_ts and flow.units * brought > NOTHING:
            return [*flows[:number], without(flow, brought), *flows[number + 1 :]]
    return flows


def _add_dividends(
    found: Happenings, prices: Prices, account: Account, flows: Iterable[Flow], actions: Sequence[CorporateAction]
) -> None:
    for one in actions:
        units = _held_before(account, flows, actions, base_of(one.symbol), one.ex_ts)
        if one.kind is ActionKind.DIVIDEND and units:
            quote = quote_of(one.symbol)
            worth = prices.worth(quote, one.ex_ts, account.venue, quote)
            found.dividends.append(Dividend(account, one.symbol, one.ex_ts, units, exact(one.cash), worth))


def _add_flows(
    found: Happenings, asked: Asked, prices: Prices, moved: list[tuple[Account, Flow]], declared: list[Declared]
) -> None:
    open_ = {flow.key: (account, flow) for account, flow in moved if flow.note != CAPITAL}
    for number, line in enumerate(declared):
        (account, flow), key = _of_note(open_, line.note), f"declared/{number}"
        units = abs(flow.units) if line.quantity is None else line.quantity
        if (flow.units < NOTHING) is not (line.was == SOLD) or units > abs(flow.units) or not units:
            raise BadInput(f"note {line.note} is of {flow.units:+f} {flow.asset}: {units} of it cannot be {line.was}")
        if line.acquired is not None and line.acquired > flow.at:
            raise BadInput(
                f"note {line.note} came at {iso(flow.at)}: it cannot be acquired at {iso(line.acquired)}, later"
            )
        if line.was == MOVED:
            _move(found, asked, open_, line, units, key)
        else:
            kind = Kind.ARRIVED if line.was == BOUGHT else Kind.DISPOSED
            one = _movement(asked, account, flow, key, kind, units, line.value, line.acquired)
            found.add(one, Source(account, None, Worth(Decimal(1)), (f"note {flow.note} was {line.was}, as declared",)))
        left = without(flow, units if flow.units > NOTHING else -units)
        open_[flow.key] = account, left
    rest = [*open_.values(), *((account, flow) for account, flow in moved if flow.note == CAPITAL)]
    for account, flow in rest:
        if flow.units:
            _add_unknown(found, asked, prices, account, flow)


def _add_unknown(found: Happenings, asked: Asked, prices: Prices, account: Account, flow: Flow) -> None:
    if flow.asset == asked.settings.currency:
        return
    key, units = f"note/{account.name}/{flow.note}/{flow.asset}/{flow.at}", abs(flow.units)
    if flow.note == CAPITAL:
        worth = prices.worth(flow.asset, flow.at, account.venue, flow.asset)
        one = _movement(asked, account, flow, key, Kind.ARRIVED, units, worth.of(units), flow.at)
        found.add(one, Source(account, None, worth, (flow.why, *([worth.trouble] if worth.trouble else []))))
        return
    kind = Kind.ARRIVED if flow.units > NOTHING else Kind.LEFT
    said = "cost and date not known" if kind is Kind.ARRIVED else "left the account, not known for what"
    flags = f"note {flow.note}: {said} ({flow.why}); declare it with --declared"
    found.add(
        _movement(asked, account, flow, key, kind, units, None, None),
        Source(account, None, Worth(None, trouble=said), (flags,)),
    )


def _of_note(open_: Open, note: int) -> tuple[Account, Flow]:
    mine = [one for (number, *_), one in open_.items() if number == note and one[1].units]
    if not mine:
        there = ", ".join(sorted({str(number) for (number, *_), one in open_.items() if one[1].units})) or "none"
        raise BadInput(f"no units are left of a note {note}; open are {there}")
    return mine[0]


def _move(found: Happenings, asked: Asked, open_: Open, line: Declared, units: Decimal, key: str) -> None:
    to, arrived = _of_note(open_, line.note)
    account, gone = _of_note(open_, line.source or CAPITAL)
    if gone.asset != arrived.asset or gone.units > NOTHING or units > -gone.units:
        raise BadInput(
            f"note {line.source} is of {gone.units:+f} {gone.asset}: {units} {arrived.asset} cannot have come from it"
        )
    if pool_of(asked, account) != pool_of(asked, to):
        at = max(arrived.at, gone.at)
        one = Movement(
            key=key,
            at=at,
            day=asked.day(at),
            kind=Kind.MOVED,
            asset=gone.asset,
            pool=pool_of(asked, account),
            quantity=units,
            to=pool_of(asked, to),
        )
        found.add(one, Source(account, None, Worth(Decimal(1)), (f"note {gone.note} to note {arrived.note}",)))
    open_[gone.key] = account, without(gone, -units)


def _movement(
    asked: Asked,
    account: Account,
    flow: Flow,
    key: str,
    kind: Kind,
    units: Decimal,
    value: Decimal | None,
    acquired: int | None,
) -> Movement:
    return Movement(
        key=key,
        at=flow.at,
        day=asked.day(flow.at),
        kind=kind,
        asset=flow.asset,
        pool=pool_of(asked, account),
        quantity=units,
        value=value,
        acquired=acquired,
    )
