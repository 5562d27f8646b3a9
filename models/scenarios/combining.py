"""Several scenarios at the same time."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from models.scenarios.scenario import MOVING, Scenario
from models.scenarios.shock import Shock, changed_by
from models.scenarios.window import Window
from models.types import BadInput

FIGURES = ("volatility", "correlation", "spread", "liquidity", "funding_bps_per_day")
NAMED = ("moves", "halted", "depeg")
# They say how a move happens, so all parts that have moves need the same.
MANNERS = ("gap", "recovers")


def combined(name: str, text: str, parts: Sequence[Scenario]) -> Scenario:
    """All `parts` from the same moment on, as one scenario.

    What one part sets is taken from it; what several set has to be the same in each. Moves, halts and depegs stand in
    the order of the parts. `days` and `calm_days` are the longest of the parts, so a shorter part's move takes as long
    as the longest part.

    Raises:
        BadInput: fewer than two parts, a part twice, two windows, a window and a part that moves prices, or something
            that two parts set differently: a figure, what happens to one name, or how the moves of both happen.
    """
    _require_several(name, parts)
    figures: dict[str, Any] = {field: _same(name, _setting(parts, field), field) for field in FIGURES}
    pairs: dict[str, Any] = {field: _pairs(name, parts, field) for field in NAMED}
    moving = [one for one in parts if one.shock.moves]
    manners: dict[str, Any] = {field: _same(name, moving, field) for field in MANNERS} if moving else {}
    shock = Shock(days=max(one.shock.days for one in parts), **figures, **pairs, **manners)
    return Scenario(
        name=name,
        text=text,
        window=_window(name, parts),
        shock=shock,
        parts=tuple(one.name for one in parts),
        calm_days=max(one.calm_days for one in parts),
    )


def _require_several(name: str, parts: Sequence[Scenario]) -> None:
    if len(parts) < 2:
        raise BadInput(f"{name!r} combines {len(parts)} scenarios; give two or more")
    twice = [one for one, times in Counter(part.name for part in parts).items() if times > 1]
    if twice:
        raise BadInput(f"{name!r} combines {twice[0]!r} more than once; name each part once")


def _window(name: str, parts: Sequence[Scenario]) -> Window | None:
    replayed = [one for one in parts if one.window is not None]
    if not replayed:
        return None
    if len(replayed) > 1:
        first, second = replayed[:2]
        raise _contradiction(name, first, second, "both have a window, and the past is lived through once")
    for other in parts:
        moving = [one for one in changed_by(other.shock) if one in MOVING]
        if moving:
            why = f"the first has a window and the second {moving[0]}, and the past has moves of its own"
            raise _contradiction(name, replayed[0], other, why)
    return replayed[0].window


def _setting(parts: Sequence[Scenario], field: str) -> Sequence[Scenario]:
    return [one for one in parts if field in changed_by(one.shock)] or parts


def _same(name: str, parts: Sequence[Scenario], field: str) -> Any:
    first, *others = parts
    found = getattr(first.shock, field)
    for other in others:
        differs = getattr(other.shock, field)
        if differs != found:
            raise _contradiction(name, first, other, f"{field} is {found!r} in the first and {differs!r} in the second")
    return found


def _pairs(name: str, parts: Sequence[Scenario], field: str) -> tuple[tuple[str, float], ...]:
    for first, second in combinations(parts, 2):
        before = dict(getattr(first.shock, field))
        for key, figure in getattr(second.shock, field):
            if before.get(key, figure) != figure:
                why = f"{field} of {key!r} is {before[key]!r} in the first and {figure!r} in the second"
                raise _contradiction(name, first, second, why)
    merged = {key: figure for one in parts for key, figure in getattr(one.shock, field)}
    return tuple(merged.items())


def _contradiction(name: str, first: Scenario, second: Scenario, why: str) -> BadInput:
    return BadInput(
        f"{first.name!r} and {second.name!r} cannot be combined to {name!r}: {why}; change one of them or leave it out"
    )
