"""An invented blow to the market, and which assets it moves by how much."""

import math
from collections import Counter
from dataclasses import dataclass, fields

from models.types import BadInput

ALL = "all"
LONGEST_DAYS = 3650.0
LARGEST_MULTIPLE = 1e6
SMALLEST_MULTIPLE = 1e-9


@dataclass(frozen=True, slots=True)
class Shock:
    """What happens during the shocked stretch; the defaults change nothing.

    Multiples and funding are LARGEST_MULTIPLE at most.

    Attributes:
        days: how long the stretch lasts, calendar days, above 0 and up to LONGEST_DAYS.
        moves: (symbol, asset class or "all"; change of price over the stretch, above -1); the more exact name wins.
        gap: the whole move lies between the last close and the first open.
        recovers: share of the move that comes back in the second half of the stretch, 0..1 (a flash crash).
        volatility: multiple of how far bars move around their mean, 0 or more.
        correlation: mean pair correlation of the assets' bar returns, 0..1; None leaves it as it is.
        spread, liquidity: multiples of the half spread and of the volume, SMALLEST_MULTIPLE or more.
        halted: (venue, days from the start without a bar), above 0 and no longer than `days`.
        funding_bps_per_day: charged on longs and shorts alike of what carries, basis points per day, 0 or more.
        depeg: (coin, fraction of its worth lost over the stretch), 0 or more and below 1.

    Raises:
        BadInput: a figure is not what it says above, a name comes twice, or `gap` or `recovers` without a move.
    """

    days: float = 1.0
    moves: tuple[tuple[str, float], ...] = ()
    gap: bool = False
    recovers: float = 0.0
    volatility: float = 1.0
    correlation: float | None = None
    spread: float = 1.0
    liquidity: float = 1.0
    halted: tuple[tuple[str, float], ...] = ()
    funding_bps_per_day: float = 0.0
    depeg: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        _require_figures(self)
        for words, pairs in (("moves", self.moves), ("halted", self.halted), ("depeg", self.depeg)):
            _require_once(words, pairs)
        _require_agreement(self)


def move_of(shock: Shock, symbol: str, asset_class: str) -> float:
    """Change of `symbol`'s price over the stretch: of its own name, else its class, else "all"; 0.0 without any."""
    moves = dict(shock.moves)
    for name in (symbol, asset_class, ALL):
        if name in moves:
            return moves[name]
    return 0.0


def changed_by(shock: Shock) -> tuple[str, ...]:
    """Those fields that change something: all that are not at their defaults, `days` aside."""
    return tuple(one.name for one in fields(Shock) if one.name != "days" and getattr(shock, one.name) != one.default)


def _require_figures(shock: Shock) -> None:
    multiples = f"from {SMALLEST_MULTIPLE:g} to {LARGEST_MULTIPLE:g}"
    _require("days", shock.days, 0.0 < shock.days <= LONGEST_DAYS, f"above 0 and up to {LONGEST_DAYS:g}")
    _require("recovers", shock.recovers, 0.0 <= shock.recovers <= 1.0, "a share from 0 to 1")
    _require(
        "volatility", shock.volatility, 0.0 <= shock.volatility <= LARGEST_MULTIPLE, f"from 0 to {LARGEST_MULTIPLE:g}"
    )
    if shock.correlation is not None:
        _require("correlation", shock.correlation, 0.0 <= shock.correlation <= 1.0, "from 0 to 1")
    _require("spread", shock.spread, SMALLEST_MULTIPLE <= shock.spread <= LARGEST_MULTIPLE, multiples)
    _require("liquidity", shock.liquidity, SMALLEST_MULTIPLE <= shock.liquidity <= LARGEST_MULTIPLE, multiples)
    funding = shock.funding_bps_per_day
    _require("funding_bps_per_day", funding, 0.0 <= funding <= LARGEST_MULTIPLE, f"from 0 to {LARGEST_MULTIPLE:g}")
    for name, move in shock.moves:
        allowed = math.isfinite(move) and move > -1.0
        _require(f"the move of {name!r}", move, allowed, "a finite change above -1 (-0.35 is 35 % down)")
    for venue, days in shock.halted:
        _require(f"the halt of {venue!r}", days, 0.0 < days <= shock.days, f"above 0 and up to the {shock.days:g} days")
    for coin, lost in shock.depeg:
        _require(f"the depeg of {coin!r}", lost, 0.0 <= lost < 1.0, "a fraction of 0 or more and below 1")


def _require(words: str, found: float, allowed: bool, what: str) -> None:
    """Comparisons with a NaN are false, so `allowed` is too."""
    if not allowed:
        raise BadInput(f"{words} is {found!r}; allowed is {what}: correct the shock")


def _require_once(words: str, pairs: tuple[tuple[str, float], ...]) -> None:
    for name, times in Counter(name for name, _ in pairs).items():
        if not name.strip():
            raise BadInput(f"{words} has an entry without a name; give each a name, or leave it out")
        if times > 1:
            raise BadInput(f"{words} has {name!r} {times} times; a name comes once: keep one of them")


def _require_agreement(shock: Shock) -> None:
    if not shock.moves and (shock.gap or shock.recovers):
        words = "gap" if shock.gap else f"recovers {shock.recovers!r}"
        raise BadInput(f"{words} stands without moves; it says how a move happens: give moves, or leave it out")
    if shock.gap and shock.recovers:
        raise BadInput(
            f"gap and recovers {shock.recovers!r} contradict each other: a gap is over at the first open; keep one"
        )
