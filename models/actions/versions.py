"""Which actions speak at a moment: announcements are corrected, and what was known before stays known."""

from collections.abc import Iterable
from itertools import groupby

from models.actions.action import ActionKind, CorporateAction
from models.types import BadInput


def order(action: CorporateAction) -> tuple[str, int, str, int, float, float]:
    """The one order in which actions are stored and applied: by symbol, ex-date, kind, then as they became known."""
    return action.symbol, action.ex_ts, action.kind, action.known_at, action.ratio, action.cash


def as_known(actions: Iterable[CorporateAction], moment: int) -> tuple[CorporateAction, ...]:
    """What was known at `moment` (UTC microseconds): one action a symbol, kind and ex-date, in `order`.

    Two actions of one symbol, kind and ex-date are two versions of it, and the one that became known last speaks; of
    two known at the same time the larger one does, whoever reported it.
    """
    known = sorted((one for one in actions if one.known_at <= moment), key=order)
    return tuple({(one.symbol, one.ex_ts, one.kind): one for one in known}.values())


def combined(actions: Iterable[CorporateAction]) -> tuple[CorporateAction, ...]:
    """Actions as one source lists them, with one a symbol, kind and ex-date: dividends of one day (a special one beside
    the regular one) are summed, splits multiplied, the later `known_at` holds. A row that is there twice counts once.
    """
    ordered = sorted(set(actions), key=order)
    return tuple(_one(list(group)) for _, group in groupby(ordered, key=lambda one: order(one)[:3]))


def require_one_symbol(actions: Iterable[CorporateAction]) -> None:
    """Raises BadInput when the actions are of more than one symbol."""
    symbols = sorted({one.symbol for one in actions})
    if len(symbols) > 1:
        raise BadInput(f"actions of {', '.join(symbols)} for the bars of one symbol; give those of the bars' own")


def _one(same: list[CorporateAction]) -> CorporateAction:
    ratio, cash = 1.0, 0.0
    for one in same:
        ratio *= one.ratio
        cash += one.cash
    first = same[0]
    kind = ActionKind(first.kind)
    return CorporateAction(first.symbol, kind, first.ex_ts, max(one.known_at for one in same), ratio, cash)
