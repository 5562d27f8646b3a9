"""The paper account: takes every order, and the next bars fill it by the simulator that the backtest uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.types import Instrument, Unavailable
from models.types.wire import Balance, KeyRights, MarketRules, OrderState, Quote, Report, VenueTrade, WireOrder
from tasks.ports import Clock

SAYS_NOTHING = "a paper account has no market of its own; its fills come with the bars"


@dataclass(frozen=True, slots=True)
class PaperAccount:
    """It has no memory: the journal's orders are its order book, and the same order twice is one."""

    clock: Clock
    instruments: Mapping[str, Instrument]
    name: str = "paper"
    sends_within: int = 60_000_000
    keeps_ids: bool = True

    def submit(self, order: WireOrder) -> Report:
        """Accept the order."""
        return _report(order, OrderState.OPEN, self.clock.now())

    def cancel(self, order: WireOrder) -> Report | None:
        """Take it back."""
        return _report(order, OrderState.CANCELED, self.clock.now())

    def find(self, order: WireOrder) -> Report | None:
        """It is there: whatever the journal has was accepted."""
        state = OrderState.OPEN if order.state.is_doubtful else order.state
        return _report(order, state, self.clock.now())

    def open_orders(self) -> list[Report]:
        """The journal's are all there are."""
        raise Unavailable(SAYS_NOTHING)

    def trades(self, symbol: str, since: int) -> list[VenueTrade]:  # noqa: ARG002 - a port's
        """None beside the journal's fills."""
        raise Unavailable(SAYS_NOTHING)

    def balances(self) -> dict[str, Balance]:
        """The book's own accounts are all there is."""
        raise Unavailable(SAYS_NOTHING)

    def quote(self, symbol: str) -> Quote:  # noqa: ARG002 - a port's
        """It quotes nothing."""
        raise Unavailable(SAYS_NOTHING)

    def rules(self, symbol: str, fresh: bool = False) -> MarketRules:  # noqa: ARG002 - they do not change
        """The configured ones."""
        rules = self.instruments[symbol]
        base, _, quote = symbol.partition("/")
        return MarketRules(
            venue=self.name,
            symbol=symbol,
            base=base,
            quote=quote,
            tick=Decimal(repr(rules.tick)),
            lot=Decimal(repr(rules.lot)),
            least_quantity=Decimal(repr(rules.lot)),
            most_quantity=None,
            min_notional=Decimal(repr(rules.min_notional)),
            is_trading=True,
            takes_stops=False,
            taker_fee=Decimal(repr(rules.taker_fee)),
        )

    def rights(self) -> KeyRights:
        """There is no key."""
        return KeyRights(self.name, True, False, False, True, True)

    def time(self) -> int:
        """The desk's."""
        return self.clock.now()


def _report(order: WireOrder, state: OrderState, at: int) -> Report:
    return Report(
        venue=order.venue,
        symbol=order.symbol,
        cid=order.cid,
        exchange_id="",
        state=state,
        is_buy=order.is_buy,
        quantity=order.quantity,
        filled=order.filled,
        value=order.value,
        at=at,
    )
