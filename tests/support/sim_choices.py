"""What a simulated book is told to want of its first row, instead of throwing dice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim_book import ROWS, SimRun, opens_at

from models.portfolio import Position, with_order
from models.types import Bound, Intent, Reason, Regime

UNITS = 0.02
# Above the market, so that it rests when it sells, and below it for what buys.
AWAY = 0.004

Chosen = tuple[Position, dict[str, Any] | None]
Choice = Callable[[Position, float], Chosen]


def hold(position: Position, price: float) -> Chosen:
    """Nothing is wanted."""
    return position, None


def enter(position: Position, price: float) -> Chosen:
    """Two slices of the row, with a stop and a target and a partial."""
    levels = {"stop": price * 0.95, "target": price * 1.1, "partial": price * 1.04, "part": UNITS / 4}
    return position._replace(ordered=UNITS, **levels), {"quantity": UNITS, "reason": Reason.ENTER_EDGE}


def enter_patiently(position: Position, price: float) -> Chosen:
    """A limit order that rests in vain, then goes to market."""
    after, wanted = enter(position, price)
    assert wanted is not None
    return after, wanted | {"limit": round(price * (1 - AWAY), 2)}


def add(position: Position, price: float) -> Chosen:
    return with_order(position, UNITS / 2, position.stop), {"quantity": UNITS / 2, "reason": Reason.ADD_WEIGHT}


def add_patiently(position: Position, price: float) -> Chosen:
    after, wanted = add(position, price)
    assert wanted is not None
    return after, wanted | {"limit": round(price * (1 - AWAY), 2)}


def leave(position: Position, price: float) -> Chosen:
    units = position.quantity
    return with_order(position, -units, position.stop), {"quantity": -units, "reason": Reason.EXIT_EDGE}


def leave_patiently(position: Position, price: float) -> Chosen:
    after, wanted = leave(position, price)
    assert wanted is not None
    return after, wanted | {"limit": round(price * (1 + AWAY), 2)}


def trail(position: Position, price: float) -> Chosen:
    """The stop follows: what rests is taken back and placed anew."""
    return position._replace(stop=price * 0.97), None


def flatten(position: Position, price: float) -> Chosen:
    """What an earlier exit has left waits to be sold, and no intent says so again."""
    return with_order(position, -position.quantity, position.stop), None


ACTS: dict[str, Choice] = {
    one.__name__: one
    for one in (hold, enter, enter_patiently, add, add_patiently, leave, leave_patiently, trail, flatten)
}


def chosen(run: SimRun, bar: int, choice: Choice, price: float) -> SimRun:
    """The first row does what it is told to, the others do nothing."""
    system, symbol = ROWS[0]
    position, wanted = choice(run.state.position(0), price)
    intents: tuple[Intent, ...] = ()
    if wanted is not None:
        said = {"price": price, "bound": Bound.KELLY, "edge_bps": 0.0, "regime": Regime.TRENDING, "system": system}
        intents = (Intent(opens_at(bar), symbol, **said, **wanted),)
    positions = (position, *run.state.positions[1:])
    return replace(run, state=replace(run.state, positions=positions), wanted=intents)
