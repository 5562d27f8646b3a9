"""All limits of a configuration, where each holds once."""

from collections.abc import Iterable
from dataclasses import dataclass

from conf.limits.account import SINGLE, account_limits
from conf.limits.systems import OF_SYMBOL, OF_SYSTEM, limits_of
from conf.load import Loaded
from models.types.limits import Limit

OF_ACCOUNT = (*SINGLE, "max_drawdown", "max_var", "var_confidence", "max_capital")
NAMES = tuple(dict.fromkeys((*OF_SYSTEM, *OF_SYMBOL, *OF_ACCOUNT)))


@dataclass(frozen=True, slots=True)
class Held:
    """A limit that holds, before the looser ones.

    Attributes:
        system, symbol: what it holds for; empty: all of them.
    """

    system: str
    symbol: str
    name: str
    candidates: tuple[Limit, ...]

    @property
    def winner(self) -> Limit:
        """The one that holds."""
        return self.candidates[0]

    @property
    def scope(self) -> str:
        """What it holds for, for people."""
        return f"{self.system} in {self.symbol}" if self.symbol else self.system or "the account"


def held_limits(loaded: Loaded, systems: Iterable[str], symbols: Iterable[str]) -> list[Held]:
    """Those of the account, of each system, and of each system in each symbol, of the class that the book's venue has.

    Raises:
        BadInput: there is no such system.
    """
    account = account_limits(loaded)
    found = [Held("", "", name, account.all(name)) for name in OF_ACCOUNT]
    settings, columns = loaded.settings, tuple(symbols)
    asset_class = settings.venues[settings.trading.venue].asset_class
    for system in systems:
        rows = [limits_of(loaded, system, symbol, asset_class) for symbol in columns]
        found += [Held(system, "", name, rows[0].all(name)) for name in OF_SYSTEM]
        found += [
            Held(system, symbol, name, row.all(name))
            for symbol, row in zip(columns, rows, strict=True)
            for name in OF_SYMBOL
            if row.all(name)
        ]
    return found


def book_symbols(loaded: Loaded) -> tuple[str, ...]:
    """What the configured book holds: its symbols, and the haven."""
    trading = loaded.settings.trading
    return trading.symbols if trading.haven is None else (*trading.symbols, trading.haven)
