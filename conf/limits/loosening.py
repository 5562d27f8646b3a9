"""Which limits a change loosens: those that hold, not those that are written and bind nothing."""

from conf.limits.merging import looser
from conf.limits.table import book_symbols, held_limits
from conf.load import Loaded
from models.types.limits import Limit


def loosened(before: Loaded, after: Loaded) -> tuple[str, ...]:
    """A sentence for every limit that allows more after than before, empty where none does.

    Limits are compared where they hold: of the account, of each system, and of each system in each symbol that either
    configuration trades or names. A limit that another one is tighter than on both sides is not among them.
    """
    symbols = {*book_symbols(before), *before.settings.risk.symbols, *book_symbols(after), *after.settings.risk.symbols}
    olds, news = _holding(before, sorted(symbols)), _holding(after, sorted(symbols))
    found = []
    for (scope, name), old in olds.items():
        new = news.get((scope, name))
        if new is None:
            found.append(f"{name} of {scope}: {old.text} before, no limit after")
        elif looser(name, new.value, old.value):
            found.append(f"{name} of {scope}: {old.text} before, {new.text} after")
    return (*found, *_newly_allowed(before, after))


def _holding(loaded: Loaded, symbols: list[str]) -> dict[tuple[str, str], Limit]:
    """The limits that hold, by what they hold for and their name."""
    systems = type(loaded.settings.risk.strategies).model_fields
    return {(one.scope, one.name): one.winner for one in held_limits(loaded, systems, symbols)}


def _newly_allowed(before: Loaded, after: Loaded) -> list[str]:
    old, new = before.settings.risk.limits.allowed, after.settings.risk.limits.allowed
    if old is None or (new is not None and set(new) <= set(old)):
        return []
    more = "every symbol" if new is None else ", ".join(one for one in new if one not in old)
    return [f"allowed of the account: {', '.join(old)} before, {more} too after"]
