"""Fills paired into closed trades: each part of a position that was left, with its share of what it was bought for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.portfolio import Trade
from models.types import BadInput, Fill, Intent, Leg, Reason, iso
from models.types.reasons import BUYING

# Shares of money are off in their last digits; no price is quoted with more than these.
PRICE_DIGITS = 12


@dataclass(slots=True)
class _Open:
    """What is still open of a position: its first fill, why it is being left, and what it was bought for: value of the
    fills (signed), their fees and slips.
    """

    entry: Fill
    reason: str
    value: float
    fees: float
    slips: float


def trades_of(fills: Iterable[Fill], intents: Iterable[Intent], models: Mapping[str, str]) -> tuple[Trade, ...]:
    """One trade for each fill that left (a part of) a position, in the order of the fills.

    `fills` and `intents` are those of one account from a time on at which it held nothing; `models` has the version of
    the model behind each symbol's entries: what is held by its weight has none. Profits are what the fills realised:
    together the account's `realised`, but for what cash in lieu of fractions of shares realised.

    Raises:
        BadInput: a fill leaves a position whose entry is not among the fills.
    """
    decided = list(intents)
    exits = _exits(decided)
    by_weight = {(one.system, one.symbol) for one in decided if one.reason == Reason.ENTER_WEIGHT}
    held: dict[tuple[str, str], _Open] = {}
    trades = []
    for fill in fills:
        key = fill.system, fill.symbol
        if fill.leg == Leg.ENTRY:
            held[key] = _Open(fill, "exit", fill.quantity * fill.price, fill.fee, fill.slip)
            continue
        if key not in held:
            raise BadInput(
                f"{fill.symbol}: the fill of {iso(fill.ts)} leaves a position whose entry is not among the fills; give "
                "them from a time on at which nothing was held"
            )
        position = held[key]
        if fill.leg == Leg.ADD:
            position.value += fill.quantity * fill.price
            position.fees += fill.fee
            position.slips += fill.slip
            continue
        position.reason = _reason(fill, position.entry.ts, exits.get(key, []), position.reason)
        trades.append(_closed(position, fill, "" if key in by_weight else models.get(fill.symbol, "")))
    return tuple(trades)


def _exits(intents: Iterable[Intent]) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """Bar and reason of every decision to leave, by system and symbol, the latest first: they are taken off the end."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for one in intents:
        if one.reason not in BUYING:
            found.setdefault((one.system, one.symbol), []).append((one.bar, one.reason.name.lower()))
    for exits in found.values():
        exits.reverse()
    return found


def _reason(fill: Fill, entered: int, exits: list[tuple[int, str]], begun: str) -> str:
    """Why a fill left: a level's own name; an exit by the decision before it, or, where there was none, by what an
    earlier bar began and could not finish (`begun`).
    """
    if fill.leg != Leg.EXIT:
        return fill.leg.name.lower()
    reason = begun
    while exits and exits[-1][0] < fill.ts:
        bar, decided = exits.pop()
        if bar >= entered:
            reason = decided
    return reason


def _closed(position: _Open, fill: Fill, model: str) -> Trade:
    """The trade of one closing fill; its share of the position is taken off what is open.

    A split while held changes the units, and no fill tells of it, but money does: the part of the cost that the ledger
    took off the fill's profit, over all of it, is its share.
    """
    cost_gone = -fill.quantity * fill.price - fill.fee - fill.realised
    share = cost_gone / (position.value + position.fees)
    value, fees, slips = share * position.value, share * position.fees, share * position.slips
    position.value, position.fees, position.slips = position.value - value, position.fees - fees, position.slips - slips
    return Trade(
        symbol=fill.symbol,
        entered=position.entry.ts,
        exited=fill.ts,
        quantity=-fill.quantity,
        entry_price=float(f"{value / -fill.quantity:.{PRICE_DIGITS}g}"),
        exit_price=fill.price,
        profit=fill.realised,
        costs=fees + slips + fill.fee + fill.slip,
        leg=fill.leg.name.lower(),
        reason=position.reason,
        system=fill.system,
        specialist=fill.specialist,
        regime=fill.regime.name.lower(),
        model=model,
    )
