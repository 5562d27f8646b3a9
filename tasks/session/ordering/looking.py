"""A look at a whole account: orders, fills and balances, held against the journal; believed when it is seen twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from data.journal import Holding, HoldingKind, Moved, VenueLedger
from models.types import Unavailable
from models.types.wire import MarketRules, OrderState, Report, WireOrder
from tasks.session.ordering.accounting import NOTHING, Difference, differences, flows
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.hearing import fetch_fills, follow, lacking, listen, quoted
from tasks.session.ordering.rows import base_of, quote_of

# So often an account is looked at that changes from look to look.
LOOKS = 4


@dataclass(frozen=True, slots=True)
class Look:
    """How an account stands.

    Attributes:
        strays: open orders that are none of ours.
        unsure: assets of orders of which it is not known what became, or at what prices they were filled: nothing is
            concluded about them.
        fresh: units of assets that were never looked at, but for what fills of ours brought.
        noted: every holding that counts.
        whys: what was ever said of a holding there.
    """

    venue: str
    strays: tuple[Report, ...]
    unsure: frozenset[str]
    fresh: Mapping[str, Decimal]
    differences: tuple[Difference, ...]
    noted: tuple[Holding, ...]
    whys: tuple[str, ...]
    moved: Mapping[str, Moved]
    rules: tuple[MarketRules, ...]

    @property
    def is_first(self) -> bool:
        """Whether nobody ever looked."""
        return all(one.kind is not HoldingKind.BASELINE for one in self.noted)

    @property
    def found(self) -> tuple[object, ...]:
        """What there is to be told of it; nothing where all agrees."""
        strays = frozenset((one.symbol, one.exchange_id) for one in self.strays)
        told = (self.differences, dict(self.fresh), strays)
        return told if any(told) else ()


def steady_look(desk: OrderDesk, venue: str, symbols: Iterable[str]) -> Look:
    """The account as two looks, one after another, find it; as one does where that finds nothing to tell.

    Raises:
        Unavailable: the venue did not say, or what it says is another thing every time.
    """
    wanted = tuple(symbols)
    before = _look(desk, venue, wanted)
    for _ in range(LOOKS):
        if not before.found:
            return before
        desk.clock.sleep(desk.poll)
        again = _look(desk, venue, wanted)
        if again.found == before.found:
            return again
        before = again
    raise Unavailable(
        f"what {venue} says of its orders and balances changes from look to look, so that it is not known how things "
        "stand; see who else trades there"
    )


def _look(desk: OrderDesk, venue: str, symbols: tuple[str, ...]) -> Look:
    ledger, account = VenueLedger(desk.log.engine, venue), desk.account(venue)
    listed = listen(desk, venue)
    there = quoted(desk, venue, symbols)
    followed = [_followed(desk, one) for one in listed.missing]
    fetch_fills(desk, venue, there)
    unsure = _assets([one for one in followed if not one.state.is_over] + lacking(desk, venue))
    found = {asset: one.total for asset, one in account.balances().items()}
    notes, moved = ledger.notes(), ledger.moved()
    noted = tuple(one for one, counts in notes if counts)
    rules = tuple(account.rules(symbol) for symbol in there)
    every = differences(venue, found, noted, moved, rules)
    return Look(
        venue=venue,
        strays=listed.strays,
        unsure=unsure,
        fresh=_fresh(found, noted, moved, rules, unsure),
        differences=tuple(one for one in every if one.asset not in unsure),
        noted=noted,
        whys=tuple(one.why for one, _ in notes),
        moved=moved,
        rules=rules,
    )


def _followed(desk: OrderDesk, order: WireOrder) -> WireOrder:
    return follow(desk, order) if order.state is OrderState.OPEN else order


def _assets(orders: Iterable[WireOrder]) -> frozenset[str]:
    return frozenset(asset for one in orders for asset in (base_of(one.symbol), quote_of(one.symbol)))


def _fresh(
    found: Mapping[str, Decimal],
    noted: tuple[Holding, ...],
    moved: Mapping[str, Moved],
    rules: tuple[MarketRules, ...],
    unsure: frozenset[str],
) -> dict[str, Decimal]:
    brought = flows(moved)
    known = {one.asset for one in noted if one.kind is HoldingKind.BASELINE} | unsure
    wanted = {*brought, *(asset for one in rules for asset in (one.base, one.quote))} - known
    return {asset: max(found.get(asset, NOTHING) - brought.get(asset, NOTHING), NOTHING) for asset in sorted(wanted)}
