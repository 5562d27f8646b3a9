"""The merged limits as the engine reads them, and which of them stands behind a decision."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from conf import Loaded
from conf.limits import Limits, account_limits
from conf.limits.systems import SYMBOL_PART, SYSTEM_PART
from models.risk import House, RiskProfile
from models.types import Bound, Instrument, Stage
from models.types.limits import Limit

# Bounds that are a limit of the system in the symbol, and of the account.
OF_SYSTEM = {
    Bound.PROFILE_POSITION: SYSTEM_PART,
    Bound.ASSET_CLASS: SYMBOL_PART,
    Bound.KELLY: "kelly_fraction",
    Bound.POSITION_RISK: "max_position_risk",
    Bound.PORTFOLIO_RISK: "max_portfolio_risk",
    Bound.LEVERAGE: "max_leverage",
}
OF_ACCOUNT = {Bound.VAR: "max_var", Bound.CAPITAL: "max_capital"}

Own = Mapping[tuple[str, str, Bound, str], Limit]


@dataclass(frozen=True, slots=True)
class BookLimits:
    """What stands behind the bounds of a book's decisions.

    Attributes:
        rows: the limits of each system in each symbol.
        account: the account's; None where there are none.
        own: limits of the strategies themselves, by system, symbol, bound and specialist.
    """

    rows: Mapping[tuple[str, str], Limits]
    account: Limits | None
    own: Own

    def bound_by(self, system: str, symbol: str, bound: Bound, specialist: str = "") -> Limit | None:
        """The limit behind the bound of an intent; None for what no setting limits, such as cash.

        `specialist` is the one that answers for the intent: what it limits itself is its genome's. Without it only what
        all specialists of the system limit alike, or one of them alone, has a name.
        """
        if bound in OF_SYSTEM and (system, symbol) in self.rows:
            return self.rows[system, symbol].winner(OF_SYSTEM[bound])
        if bound in OF_ACCOUNT and self.account is not None:
            return self.account.winner(OF_ACCOUNT[bound])
        if specialist:
            return self.own.get((system, symbol, bound, specialist))
        found = {limit for (*row, _), limit in self.own.items() if row == [system, symbol, bound]}
        return found.pop() if len(found) == 1 else None


def no_limits() -> BookLimits:
    """Of a book that was not configured."""
    return BookLimits(MappingProxyType({}), None, MappingProxyType({}))


def risk_profile(loaded: Loaded, limits: Limits, timed: bool) -> RiskProfile:
    """What bounds a system whose limits in any of its symbols are these; `timed` is explained in `house_of`."""
    return RiskProfile(
        max_portfolio_risk=limits.winner("max_portfolio_risk").value,
        max_position_risk=limits.winner("max_position_risk").value,
        max_position=limits.winner(SYSTEM_PART).value,
        max_leverage=limits.winner("max_leverage").value,
        max_drawdown=limits.winner("max_drawdown").value,
        kelly_fraction=limits.winner("kelly_fraction").value,
        pause_days=loaded.settings.risk.breakers.release_days.pause if timed else 0.0,
        horizon=float(loaded.settings.model.horizon),
    )


def house_of(loaded: Loaded, timed: bool) -> House:
    """What bounds the account. `timed`: stops end by themselves after a time; else a person ends them."""
    limits = account_limits(loaded)
    return House(
        entries_drawdown=limits.winner("entries_drawdown").value,
        max_drawdown=limits.winner("max_drawdown").value,
        daily_loss=limits.winner("daily_loss").value,
        weekly_loss=limits.winner("weekly_loss").value,
        max_var=limits.winner("max_var").value,
        halt_var=limits.winner("halt_var").value,
        pause_days=limits.winner("pause_days").value if timed else 0.0,
        reduce_days=limits.winner("reduce_days").value if timed else 0.0,
        flatten_days=limits.winner("flatten_days").value if timed else 0.0,
        max_positions=limits.winner("max_positions").value,
        max_trades=limits.winner("max_trades_per_day").value,
        max_capital=limits.winner("max_capital").value if Stage(loaded.settings.stage).is_money else math.inf,
        delever_floor=limits.winner("floor").value,
        delever_band=limits.winner("band").value,
    )


def limited(instrument: Instrument, limits: Limits) -> Instrument:
    """The instrument with what its symbol is limited to; a symbol's leverage raises the venue's margin."""
    least = limits.all("least_size")
    return instrument._replace(
        class_limit=limits.winner(SYMBOL_PART).value,
        margin=max(instrument.margin, 1.0 / limits.winner("leverage").value),
        least_size=least[0].value if least else 0.0,
    )
