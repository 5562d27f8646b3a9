"""Which models speak for an instrument: the first rule that applies says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.types import BadInput, BoolArray, IntArray, Regime
from models.types.routes import Rule
from models.types.speakers import MODELS


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Who speaks for one instrument over one horizon.

    Attributes:
        rules: by regime code, the rule that applies.
        speaks: (n_regimes, n_models) whose words count in which regime, columns as MODELS.
    """

    rules: tuple[Rule, ...]
    speaks: BoolArray


class Router(dict[tuple[str, str, int], Route]):
    """Routes by symbol, asset class and horizon in bars: `router["BTC/USDT", "crypto", 24].rules[Regime.CRISIS]`. Of
    several rules that apply the first wins. A route is worked out when it is first asked for, and kept.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        super().__init__()
        self._rules = tuple(rules)

    def __missing__(self, key: tuple[str, str, int]) -> Route:
        """Work the route out.

        Raises:
            BadInput: in some regime no rule applies, or the one that does names a model that is not known. Both are
                faults of the configuration, and not the same as nobody speaks.
        """
        rules = tuple(self._first(*key, regime) for regime in Regime)
        route = Route(rules, np.array([speakers(one.models) for one in rules]))
        self[key] = route
        return route

    def _first(self, symbol: str, asset_class: str, horizon: int, regime: Regime) -> Rule:
        for rule in self._rules:
            if rule.applies(symbol, asset_class, horizon, regime):
                return rule
        known = ", ".join(one.name for one in self._rules) or "none"
        raise BadInput(
            f"no rule says which models speak for {symbol} ({asset_class}) over {horizon} bars while it is "
            f"{regime.name.lower()}; found the rules {known}: add one that applies to router.rules"
        )


def speakers(models: Iterable[str]) -> BoolArray:
    """Whose words count, shape (n_models,), of the models by name.

    Raises:
        BadInput: one of them is not known.
    """
    named = set(models)
    unknown = sorted(named - set(MODELS))
    if unknown:
        raise BadInput(f"found the models {', '.join(unknown)}; those that can be routed are {', '.join(MODELS)}")
    return np.array([one in named for one in MODELS])


def named(speaks: BoolArray) -> tuple[str, ...]:
    """Names of the models whose words count, in the order of MODELS; `speakers` backwards."""
    return tuple(name for name, one in zip(MODELS, speaks, strict=True) if one)


def routes_per_bar(route: Route, regimes: IntArray) -> BoolArray:
    """Whose words count at each bar, shape (n_bars, n_models), by the regime codes of the bars, shape (n_bars,).

    Raises:
        BadInput: a code is no regime's.
    """
    if regimes.size and not 0 <= regimes.min() <= regimes.max() < len(route.rules):
        raise BadInput(f"regime codes from {regimes.min()} to {regimes.max()}, allowed is 0 to {len(route.rules) - 1}")
    return route.speaks[regimes]
