"""What limits the whole account."""

from operator import attrgetter

from conf.limits.merging import Limits, merged
from conf.limits.writing import candidate
from conf.load import Loaded
from models.types.limits import Limit

# Limits that one setting makes.
SINGLE = {
    "entries_drawdown": "risk.breakers.entries_drawdown",
    "daily_loss": "risk.breakers.daily_loss",
    "weekly_loss": "risk.breakers.weekly_loss",
    "halt_var": "risk.breakers.halt_var",
    "large_loss": "risk.breakers.large_loss",
    "pause_days": "risk.breakers.release_days.pause",
    "reduce_days": "risk.breakers.release_days.reduce",
    "flatten_days": "risk.breakers.release_days.flatten",
    "down_minutes": "feeds.down_minutes",
    "max_positions": "risk.limits.max_positions",
    "max_trades_per_day": "risk.limits.max_trades_per_day",
    "price_collar": "risk.controls.price_collar",
    "most_volatility_ratio": "risk.controls.most_volatility_ratio",
    "target_volatility": "risk.dynamic.target_volatility",
    "correlation_on": "risk.dynamic.correlation_on",
    "correlation_off": "risk.dynamic.correlation_off",
    "correlation_share": "risk.dynamic.correlation_share",
    "floor": "risk.dynamic.floor",
    "band": "risk.dynamic.band",
    "entry_cost_multiple": "risk.entry_cost_multiple",
    "volatile_share": "risk.regime_share.volatile",
    "trending_share": "risk.regime_share.trending",
    "ranging_share": "risk.regime_share.ranging",
    "crisis_share": "risk.regime_share.crisis",
}


def account_limits(loaded: Loaded) -> Limits:
    """Every candidate for every limit of the account, the systems' together.

    `max_capital` is the rung of the live ladder: it binds in the stage live only. A strategy's `max_var` binds the
    account, whose value at risk is never below that of one of its parts.
    """
    settings = loaded.settings
    risk, profile, stage = settings.risk, settings.trading.profile, settings.stage
    of_profile = ("risk", "profiles", profile)
    single = {name: [_single(loaded, name, dotted)] for name, dotted in SINGLE.items()}
    drawdown = [candidate(loaded, "max_drawdown", (*of_profile, "max_drawdown"), risk.profiles[profile].max_drawdown)]
    confidence = risk.profiles[profile].var_confidence
    return merged(
        single
        | {
            "max_drawdown": drawdown + _optional(loaded, "max_drawdown", [f"stages.{stage}"]),
            "max_var": [
                candidate(loaded, "max_var", ("risk", "limits", "max_var"), risk.limits.max_var),
                *_optional(loaded, "max_var", [f"stages.{stage}", *_strategies(loaded)]),
            ],
            "var_confidence": [candidate(loaded, "var_confidence", (*of_profile, "var_confidence"), confidence)],
            "max_capital": [
                candidate(loaded, "max_capital", ("risk", "ladder", "rung"), risk.ladder.rungs[risk.ladder.rung - 1])
            ],
        }
    )


def _single(loaded: Loaded, name: str, dotted: str) -> Limit:
    return candidate(loaded, name, tuple(dotted.split(".")), attrgetter(dotted)(loaded.settings))


def _optional(loaded: Loaded, name: str, groups: list[str]) -> list[Limit]:
    """Candidates of the groups below `risk` that have the key."""
    found = [(f"risk.{group}.{name}", attrgetter(f"{group}.{name}")(loaded.settings.risk)) for group in groups]
    return [candidate(loaded, name, tuple(key.split(".")), value) for key, value in found if value is not None]


def _strategies(loaded: Loaded) -> list[str]:
    """Groups of the strategies that trade."""
    systems = loaded.settings.systems
    return [f"strategies.{name}" for name in type(systems).model_fields if getattr(systems, name).share > 0.0]
