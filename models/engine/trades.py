"""Fills paired into closed trades: each part of a position that was left, with its share of the entry."""

from collections.abc import Iterable, Mapping

from models.portfolio import Trade
from models.types import BadInput, Fill, Intent, Leg, Reason, iso

# A ratio of floats is off in its last digits; no split is announced with more than these.
SPLIT_DIGITS = 9


def trades_of(
    fills: Iterable[Fill], intents: Iterable[Intent], system: str, models: Mapping[str, str]
) -> tuple[Trade, ...]:
    """One trade for each fill that left (a part of) a position, in the order of the fills.

    `fills` and `intents` are those of one account from a time on at which it held nothing; `system` is the name of the
    trading system, `models` has the version of the model behind each symbol's entries. Profits are what the fills
    realised: together the account's `realised`, but for what cash in lieu of fractions of shares realised.

    Raises:
        BadInput: a fill leaves a position whose entry is not among the fills.
    """
    exits = _exits(intents)
    entries: dict[str, Fill] = {}
    begun: dict[str, str] = {}
    trades = []
    for fill in fills:
        symbol = fill.symbol
        if fill.leg == Leg.ENTRY:
            entries[symbol], begun[symbol] = fill, "exit"
            continue
        if symbol not in entries:
            raise BadInput(
                f"{symbol}: the fill of {iso(fill.ts)} leaves a position whose entry is not among the fills; give them "
                "from a time on at which nothing was held"
            )
        begun[symbol] = _reason(fill, entries[symbol].ts, exits.get(symbol, []), begun[symbol])
        trades.append(_closed(entries[symbol], fill, begun[symbol], system, models.get(symbol, "")))
    return tuple(trades)


def _exits(intents: Iterable[Intent]) -> dict[str, list[tuple[int, str]]]:
    """Bar and reason of every decision to leave, by symbol, the latest first: they are taken off the end."""
    found: dict[str, list[tuple[int, str]]] = {}
    for one in intents:
        if one.reason != Reason.ENTER_EDGE:
            found.setdefault(one.symbol, []).append((one.bar, one.reason.name.lower()))
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


def _closed(entry: Fill, fill: Fill, reason: str, system: str, model: str) -> Trade:
    """The trade of one closing fill.

    A split while held changes the units, and no fill tells of it, but money does: the part of the entry's cost that
    the ledger took off the fill's profit, over the whole, is its share of the entry.
    """
    cost_gone = -fill.quantity * fill.price - fill.fee - fill.realised
    share = cost_gone / (entry.quantity * entry.price + entry.fee)
    split = float(f"{-fill.quantity / (share * entry.quantity):.{SPLIT_DIGITS}g}")
    regime = entry.regime.name.lower()
    return Trade(
        symbol=fill.symbol,
        entered=entry.ts,
        exited=fill.ts,
        quantity=-fill.quantity,
        entry_price=entry.price / split,
        exit_price=fill.price,
        profit=fill.realised,
        costs=share * (entry.fee + entry.slip) + fill.fee + fill.slip,
        leg=fill.leg.name.lower(),
        reason=reason,
        system=system,
        specialist=regime,
        regime=regime,
        model=model,
    )
