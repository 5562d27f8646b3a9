"""What a split and a dividend do to a symbol's position, written from the docstrings alone. See plain_engine."""

import math

from plain_grid import above, down
from plain_stalls import Stall


def go_ex(branch, stall: Stall, split: float, dividend: float) -> None:
    """Dividends on old units; then the split: an entry that waits is void, fractions of a lot are paid out."""
    trade, rules = stall.trade, stall.venue.rules
    branch.cash += stall.held * dividend
    branch.money["income"] += stall.held * dividend
    if split == 1.0:
        return
    last, stall.last = stall.last, stall.last / split
    if trade is None or not trade.held:
        stall.trade = None
        return
    new = trade.held * split
    kept = math.copysign(down(abs(new), rules.lot), new)
    paid, gone = (new - kept) * last / split, trade.cost - trade.cost * (kept / new)
    branch.cash += paid
    branch.money["realised"] += paid - gone
    trade.earned += paid - gone
    if kept == 0.0:
        stall.trade = None
        return
    if trade.change:
        units = min(down(abs(trade.change) * split, rules.lot), abs(kept))
        trade.change = 0.0 if trade.grows else math.copysign(units, trade.change)
    trade.held, trade.cost = kept, trade.cost - gone
    trade.entry, trade.best, trade.atr = trade.entry / split, trade.best / split, trade.atr / split
    trade.part = down(trade.part * split, rules.lot)
    below, over = (down, above) if trade.is_long else (above, down)
    trade.stop = (below(trade.stop / split, rules.tick) or None) if trade.stop else None
    trade.target = (over(trade.target / split, rules.tick) or None) if trade.target else None
    trade.partial = (over(trade.partial / split, rules.tick) or None) if trade.partial else None
