"""Paper trading over a stretch of the past: one ordinary cycle per bar, each with the clock at that bar's close."""

from collections.abc import Callable

from data.journal import Journal
from models.types import BadInput, bar_micros
from tasks.ports import Broker, Checkpoint
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk


def run_stretch(
    desk_at: Callable[[int], Desk],
    journal: Journal,
    broker_at: Callable[[Desk], Broker],
    checkpoint: Checkpoint,
    as_of: int,
    bars: int,
) -> list[Cycle]:
    """The last `bars` bars that had closed by `as_of` (UTC microseconds), bar by bar.

    `desk_at` gives a desk whose clock stands at a moment, `broker_at` the broker of such a desk.

    Raises:
        BadInput: the lake has no bar that old.
    """
    moments = decision_moments(desk_at(as_of), as_of, bars)
    desks = [desk_at(moment) for moment in moments]
    return [run_cycle(desk, journal, broker_at(desk), checkpoint) for desk in desks]


def decision_moments(desk: Desk, as_of: int, bars: int) -> list[int]:
    """Closes of the last `bars` bars of the book that had closed by `as_of`, UTC microseconds, ascending."""
    universe = desk.universe()
    step = bar_micros(universe[0].timeframe)
    opens = sorted({int(ts) for one in universe for ts in desk.bars.read(one, as_of - step).ts[-bars:]})[-bars:]
    if not opens:
        raise BadInput("the lake has no bar that had closed by then; give a later --as-of or import older bars")
    return [ts + step for ts in opens]
