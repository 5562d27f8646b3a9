"""What a person is told of, once each: the outbox knows an alert by its key."""

from collections import defaultdict
from collections.abc import Iterable

from data.journal import Journal
from models.types import iso
from tasks.session.review.executions import Doubtful
from tasks.session.review.trades import TradeReview


def large_losses(trades: Iterable[TradeReview], limit: float) -> dict[str, str]:
    """Key and text by position whose closed parts lost `limit` (fraction) of what was put into them, or more."""
    positions: defaultdict[tuple[str, str, int], list[TradeReview]] = defaultdict(list)
    for one in trades:
        positions[one.trade.system, one.trade.symbol, one.trade.entered].append(one)
    found = {}
    for (system, symbol, entered), parts in positions.items():
        lost, put_in = -sum(one.trade.profit for one in parts), sum(one.put_in for one in parts)
        if lost >= limit * put_in:
            share = f"{lost / put_in:.2%} of the {put_in:.2f} that were put in"
            text = f"{system} lost {lost:.2f} on {symbol} entered at {iso(entered)}: {share}, from {limit:.2%} on told"
            found[f"{system} {symbol} {entered}"] = text
    return found


def announce(journal: Journal, book: str, losses: dict[str, str], doubtful: Iterable[Doubtful], at: int) -> None:
    """Put every alert into the outbox; those that are there already stay as they are."""
    for key, text in losses.items():
        journal.raise_alert(f"large loss {book} {key}", "warning", text, at)
    for one in doubtful:
        journal.raise_alert(f"manual review {book} {one.key}", "error", f"look at this execution: {one.text}", at)
