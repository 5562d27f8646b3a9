"""Paper trading over a stretch of the past: one ordinary cycle per bar, each with the clock at that bar's close."""

from collections.abc import Callable

from data.journal import Journal
from models.types import BadInput, bar_micros
from tasks.ports import Broker, Checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk


def run_stretch(
    desk: Desk,
    journal: Journal,
    broker_at: Callable[[Desk], Broker],
    checkpoint: Checkpoint,
    as_of: int,
    bars: int,
) -> list[Cycle]:
    """The last `bars` bars that had closed by `as_of` (UTC microseconds), bar by bar.

    `broker_at` gives the broker that works by a desk's clock. Run again after an interruption it goes on with the
    newest bar that was decided.

    Raises:
        BadInput: the lake has no bar that old.
        Refused: the book has already decided for a bar after the last of them.
    """
    moments = decision_moments(desk, as_of, bars)
    last = journal.last_decision(configured_book(desk).name)
    step = bar_micros(desk.universe()[0].timeframe)
    left = [moment for moment in moments if last is None or moment - step >= last.bar]
    desks = [desk.at(moment) for moment in left or moments[-1:]]
    return [run_cycle(one, journal, broker_at(one), checkpoint) for one in desks]


def decision_moments(desk: Desk, as_of: int, bars: int) -> list[int]:
    """Closes of the last `bars` bars of the book that had closed by `as_of`, UTC microseconds, ascending."""
    universe = desk.universe()
    step = bar_micros(universe[0].timeframe)
    opens = sorted({int(ts) for one in universe for ts in desk.bars.read(one, as_of - step).ts[-bars:]})[-bars:]
    if not opens:
        raise BadInput("the lake has no bar that had closed by then; give a later --as-of or import older bars")
    return [ts + step for ts in opens]
