"""What was really decided, held against what the rules here decide from the same state by the same figures."""

from dataclasses import dataclass

from models.engine import State
from models.engine.parameters import Parameters, instrument_at
from models.engine.state import ORDERED, QUANTITY
from models.kernels import nearest_step
from models.portfolio import Position
from models.types import FloatArray

PART = Position._fields.index("part")
LEVELS = tuple(Position._fields.index(name) for name in ("limit", "stop", "target", "partial"))
# Of an entry that nobody here decided: by whom it lives.
OWNED = tuple(Position._fields.index(name) for name in ("atr", "regime", "owner"))
DECIDED = (ORDERED, PART, *LEVELS)


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """A row of the book after a decision: as it was recorded, and as the rules here leave it."""

    row: int
    real: FloatArray
    rules: FloatArray


def ordered_apart(rules: State, real: State) -> tuple[Ordered, ...]:
    """Rows of which order or levels are not the same."""
    columns = list(DECIDED)
    rows = (rules.book[:, columns] != real.book[:, columns]).any(axis=1).nonzero()[0]
    return tuple(Ordered(int(row), real.book[row].copy(), rules.book[row].copy()) for row in rows)


def order_in(state: State, one: Ordered, parameters: Parameters) -> None:
    """Write into a world's state, after its decision, what was really ordered and protected; what this world orders of
    its own keeps its size in proportion. Where the world holds something else by now, nothing is written.
    """
    mine = state.book[one.row]
    if (mine[QUANTITY] == 0.0) != (one.real[QUANTITY] == 0.0) or mine[QUANTITY] * one.real[QUANTITY] < 0.0:
        return
    lot = instrument_at(parameters.instruments, one.row).lot
    real, rules, ordered = one.real[ORDERED], one.rules[ORDERED], mine[ORDERED]
    if real != rules:
        if rules != 0.0:
            ordered = ordered * (real / rules)
        elif real * one.real[QUANTITY] < 0.0:
            ordered = mine[QUANTITY] * (real / one.real[QUANTITY])
        else:
            ordered = real
        mine[ORDERED] = real if rules == mine[ORDERED] else nearest_step(ordered, lot)
    for column in LEVELS:
        if one.real[column] != one.rules[column]:
            mine[column] = one.real[column]
    if one.real[PART] != one.rules[PART]:
        share = mine[ORDERED] / real if real != 0.0 else 1.0
        mine[PART] = max(nearest_step(one.real[PART] * share, lot), 0.0)
    if real != rules and mine[QUANTITY] == 0.0 and real != 0.0:
        for column in OWNED:
            mine[column] = one.real[column]
