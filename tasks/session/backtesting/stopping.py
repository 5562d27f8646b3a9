"""How often breakers tripped in a backtest, and how long the stops held: there nobody releases them but time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.engine import Run
from models.types import Breaker, IntArray, LadderEvent, Level
from models.types.timeframes import DAY


@dataclass(frozen=True, slots=True)
class Stopping:
    """The stops of the account, or the pauses of one of its systems.

    Attributes:
        trips: by the lower-case name of what tripped.
        days: for how long each level held, by its lower-case name, days.
        share: part of the window in which any held, 0..1.
        in_force: the level that held at the end, its lower-case name; None without one.
    """

    trips: dict[str, int]
    days: dict[str, float]
    share: float
    in_force: str | None


def stoppings(run: Run) -> dict[str, Stopping]:
    """Of the account (`account`), and of each system by its name."""
    events = run.ladder_events()
    scopes = {"account": "", **{one.name: one.name for one in run.parameters.systems}}
    return {
        name: _stopping([one for one in events if one.system == scope], run.panel.ts) for name, scope in scopes.items()
    }


def _stopping(events: Sequence[LadderEvent], ts: IntArray) -> Stopping:
    held = dict.fromkeys((one for one in Level if one is not Level.NONE), 0)
    level, since = Level.NONE, int(ts[0])
    for event in events:
        if level is not Level.NONE:
            held[level] += event.bar - since
        level, since = event.level if event.tripped else Level.NONE, event.bar
    if level is not Level.NONE:
        held[level] += int(ts[-1]) - since
    trips = Counter(event.breaker for event in events if event.tripped)
    window = int(ts[-1]) - int(ts[0])
    stopped = sum(held.values())
    return Stopping(
        trips={breaker.name.lower(): trips[breaker] for breaker in Breaker if trips[breaker]},
        days={one.name.lower(): time / DAY for one, time in held.items()},
        share=stopped / window if window > 0 else 0.0,
        in_force=None if level is Level.NONE else level.name.lower(),
    )
