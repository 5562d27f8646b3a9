"""What limits a system in a symbol."""

from conf.layers import Key
from conf.limits.merging import Limits, merged
from conf.limits.writing import candidate
from conf.load import Loaded
from conf.schema.group import Group
from models.types.errors import BadInput
from models.types.limits import Limit

# Hold for a system in all symbols together, or in each alike.
OF_SYSTEM = ("max_portfolio_risk", "max_position_risk", "max_leverage", "max_drawdown", "kelly_fraction")
OF_SYMBOL = ("max_position", "leverage", "least_size")
# The two parts of max_position that the engine is given apart: what the system may hold of any symbol, and what may be
# held of this one.
SYSTEM_PART, SYMBOL_PART = "max_position of the system", "max_position of the symbol"


def limits_of(loaded: Loaded, system: str, symbol: str, asset_class: str) -> Limits:
    """Every candidate for every limit of `system` in `symbol`, a symbol of `asset_class` at the book's venue.

    Values are fractions of the system's equity, of leverage multiples. `max_drawdown` is the system's own.

    Raises:
        BadInput: there is no such system or asset class.
    """
    risk, trading = loaded.settings.risk, loaded.settings.trading
    known = type(risk.strategies).model_fields
    if system not in known:
        raise BadInput(f"system {system!r} is not known; it is one of {', '.join(known)}")
    if asset_class not in risk.asset_classes:
        raise BadInput(f"asset class {asset_class!r} is not known; it is one of {', '.join(risk.asset_classes)}")
    profile: tuple[Key, Group] = ("risk", "profiles", trading.profile), risk.profiles[trading.profile]
    strategy: tuple[Key, Group] = ("risk", "strategies", system), getattr(risk.strategies, system)
    stage: tuple[Key, Group] = ("risk", "stages", loaded.settings.stage), getattr(risk.stages, loaded.settings.stage)
    whole: tuple[Key, Group] = ("risk", "limits"), risk.limits
    of_class: tuple[Key, Group] = ("risk", "asset_classes", asset_class), risk.asset_classes[asset_class]
    own = _of(loaded, "max_position", profile, strategy, stage)
    of_symbol = _of(loaded, "max_position", of_class) + _of_symbol(loaded, symbol)
    return merged(
        {
            "max_portfolio_risk": _of(loaded, "max_portfolio_risk", profile, strategy, stage, whole),
            "max_position_risk": _of(loaded, "max_position_risk", strategy, stage, whole),
            "max_leverage": _of(loaded, "max_leverage", profile, strategy, stage, of_class),
            "max_drawdown": [
                *_of(loaded, "max_drawdown", strategy),
                candidate(
                    loaded, "max_drawdown", ("risk", "breakers", "strategy_drawdown"), risk.breakers.strategy_drawdown
                ),
            ],
            "kelly_fraction": [candidate(loaded, "kelly_fraction", ("risk", "kelly_fraction"), risk.kelly_fraction)],
            "max_position": own + of_symbol,
            SYSTEM_PART: own,
            SYMBOL_PART: of_symbol,
            "leverage": _leverage(loaded, symbol),
            "least_size": _least(loaded, symbol),
        }
    )


def _of(loaded: Loaded, name: str, *layers: tuple[Key, Group]) -> list[Limit]:
    """The candidates of the layers that have the key."""
    found = [(key, getattr(group, name)) for key, group in layers]
    return [candidate(loaded, name, (*key, name), value) for key, value in found if value is not None]


def _of_symbol(loaded: Loaded, symbol: str) -> list[Limit]:
    """Largest values of a position in the symbol, its class's aside."""
    risk = loaded.settings.risk
    found = [candidate(loaded, "max_position", ("risk", "limits", "max_asset"), risk.limits.max_asset)]
    own = risk.symbols.get(symbol)
    if own is not None and own.size_range is not None:
        key = ("risk", "symbols", symbol, "size_range")
        found.append(candidate(loaded, "max_position", key, own.size_range[1]))
    if own is not None and own.weight is not None:
        found.append(candidate(loaded, "max_position", ("risk", "symbols", symbol, "weight"), own.weight))
    return found


def _leverage(loaded: Loaded, symbol: str) -> list[Limit]:
    """Value that a position may have, times the equity that it binds: the symbol's, and what the venue asks for."""
    settings = loaded.settings
    venue = settings.trading.venue
    found = [candidate(loaded, "leverage", ("venues", venue, "margin"), 1.0 / settings.venues[venue].margin)]
    own = settings.risk.symbols.get(symbol)
    if own is not None and own.leverage is not None:
        found.append(candidate(loaded, "leverage", ("risk", "symbols", symbol, "leverage"), own.leverage))
    return found


def _least(loaded: Loaded, symbol: str) -> list[Limit]:
    own = loaded.settings.risk.symbols.get(symbol)
    if own is None or own.size_range is None:
        return []
    return [candidate(loaded, "least_size", ("risk", "symbols", symbol, "size_range"), own.size_range[0])]
