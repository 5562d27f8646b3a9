"""Whether an open position is left at market; its levels are the market's business."""

from models.kernels import compiled
from models.portfolio import Position
from models.specialists.rules import Rules
from models.types import Reason

HOLD_POSITION = int(Reason.HOLD_POSITION)
EXIT_EDGE = int(Reason.EXIT_EDGE)
EXIT_TIME = int(Reason.EXIT_TIME)


@compiled
def exit_reason(position: Position, edge: float, rules: Rules) -> int:
    """Code of the first exit rule that fires at a close, HOLD_POSITION when none does.

    An unknown edge (NaN) is no reason to leave.
    """
    if position.age >= rules.max_bars:
        return EXIT_TIME
    toward = edge if position.quantity > 0.0 else -edge
    if toward < rules.exit_edge:
        return EXIT_EDGE
    return HOLD_POSITION
