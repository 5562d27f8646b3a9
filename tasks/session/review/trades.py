"""Every closed trade with the decision behind it, and its profit in parts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from data.journal import BookedFill, Decision
from models.engine.trades import trades_of
from models.portfolio import Trade
from models.types import Intent, Leg, iso
from models.types.timeframes import HOUR

OPENING = (Leg.ENTRY, Leg.ADD)


@dataclass(frozen=True, slots=True)
class TradeReview:
    """A closed (part of a) position.

    Attributes:
        cid: client order id of its entry.
        entry_reason, bound: why it was entered and which limit set its size, lower-case names.
        bound_by: key, file and line of that limit; empty where the journal does not say.
        hours: from the open of the bar of its entry to that of its exit.
        move: what the price moved between the reference prices of its entry and exit, quote currency: the profit is
            this less fees and slippage. Funding, borrowing and dividends are the system's, not a trade's.
        put_in: value of what was closed when it was entered, quote currency.
    """

    trade: Trade
    cid: str
    entry_reason: str
    bound: str
    bound_by: str
    hours: float
    move: float
    fees: float
    slippage: float
    put_in: float

    @property
    def result(self) -> float:
        """Profit, fraction of what was put in."""
        return self.trade.profit / self.put_in

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        own = {name: getattr(self, name) for name in TradeReview.__slots__ if name != "trade"}
        times = {"entered": iso(self.trade.entered), "exited": iso(self.trade.exited)}
        return asdict(self.trade) | times | own | {"result": self.result}


def review_trades(decisions: Sequence[Decision], fills: Sequence[BookedFill]) -> tuple[TradeReview, ...]:
    """One for each fill that left (a part of) a position, in the order of the fills.

    Raises:
        BadInput: a fill leaves a position whose entry is not among the fills.
    """
    intents = intents_by_cid(decisions)
    bounds = {cid: one for decision in decisions for cid, one in decision.bound_by.items()}
    closings = [one for one in fills if one.fill.leg not in OPENING]
    entries = {(one.fill.system, one.fill.symbol, one.fill.ts): one.cid for one in fills if one.fill.leg is Leg.ENTRY}
    trades = trades_of([one.fill for one in fills], intents.values(), {})
    return tuple(
        _reviewed(replace(trade, model=closing.model), intents, bounds, entries)
        for trade, closing in zip(trades, closings, strict=True)
    )


def intents_by_cid(decisions: Sequence[Decision]) -> dict[str, Intent]:
    """Every order that was decided, by its client order id, in the order of the decisions."""
    return {decision.cid(intent): intent for decision in decisions for intent in decision.intents}


def _reviewed(
    trade: Trade,
    intents: Mapping[str, Intent],
    bounds: Mapping[str, str],
    entries: Mapping[tuple[str, str, int], str],
) -> TradeReview:
    cid = entries[trade.system, trade.symbol, trade.entered]
    intent = intents[cid]
    # What the price gave between the fills, less the profit, went into fees.
    fees = trade.quantity * (trade.exit_price - trade.entry_price) - trade.profit
    return TradeReview(
        trade=trade,
        cid=cid,
        entry_reason=intent.reason.name.lower(),
        bound=intent.bound.name.lower(),
        bound_by=bounds.get(cid, ""),
        hours=(trade.exited - trade.entered) / HOUR,
        move=trade.profit + trade.costs,
        fees=fees,
        slippage=trade.costs - fees,
        put_in=abs(trade.quantity) * trade.entry_price,
    )
