"""Two books that were led through the same bars, side by side."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np

from models.engine import Run
from models.engine.trades import trades_of
from models.portfolio import bar_returns, yearly_excess
from models.types import Calendar, Intent, LadderEvent, bars_per_year, iso
from models.types.timeframes import DAY
from tasks.session.backtesting.measuring import measured
from tasks.session.shadowing.report import Duel, Parting, Side

# Intervals are the same each time: one seed, and as many draws as make them stable.
SEED = 20_261_122
DRAWN = 1000
NOTHING = "nothing"
Placed = dict[tuple[str, str], Intent]


def duel_of(champion: Run, challenger: Run, models: Mapping[str, str], calendar: Calendar, timeframe: str) -> Duel:
    """Both over the same bars, two or more, of that timeframe and calendar; `models` as in `trades_of`."""
    ts, per_year = champion.panel.ts, bars_per_year(calendar, timeframe)
    ours, theirs = champion.intents(), challenger.intents()
    apart = _apart(ours, theirs)
    gained, others = bar_returns(challenger.equity), bar_returns(champion.equity)
    generator = np.random.default_rng(SEED)
    return Duel(
        first=int(ts[0]),
        last=int(ts[-1]),
        bars=ts.size,
        days=np.unique(ts[1:] // DAY).size,
        champion=_side(champion, ours, models, per_year),
        challenger=_side(challenger, theirs, models, per_year),
        excess=yearly_excess(gained, others, ts[1:], calendar.days_per_year, generator, DRAWN),
        differing=len(apart),
        ordered=sum(_kinds(one) != _kinds(other) for one, other in apart.values()),
        parting=_parting(apart),
    )


def _side(run: Run, intents: Sequence[Intent], models: Mapping[str, str], per_year: float) -> Side:
    found = measured(run, trades_of(run.executions(), intents, models), per_year)
    return Side(
        total_return=found.total_return,
        sharpe=found.sharpe,
        max_drawdown=found.max_drawdown,
        trades=found.trades,
        costs=found.costs,
        turnover=found.turnover,
        orders=len(intents),
        stopped="; ".join(_stop_text(one) for one in _stops(run)),
    )


def _stops(run: Run) -> list[LadderEvent]:
    """Those of the account and of its systems that nothing has released."""
    latest: dict[str, LadderEvent] = {}
    for one in run.ladder_events():
        latest[one.system] = one
    return [one for one in latest.values() if one.tripped]


def _stop_text(one: LadderEvent) -> str:
    return f"{one.system or 'account'} since {iso(one.bar)}: {one.breaker.text} ({one.level.name.lower()})"


def _apart(ours: Sequence[Intent], theirs: Sequence[Intent]) -> dict[int, tuple[Placed, Placed]]:
    """The bars on which not the same was ordered to the bit, with what each ordered there; ascending."""
    left, right = _by_bar(ours), _by_bar(theirs)
    pairs = {bar: (left[bar], right[bar]) for bar in sorted({*left, *right})}
    # By their texts: what is no number equals itself there, and a float is told to its last bit.
    return {bar: pair for bar, pair in pairs.items() if repr(pair[0]) != repr(pair[1])}


def _by_bar(intents: Sequence[Intent]) -> defaultdict[int, Placed]:
    found: defaultdict[int, Placed] = defaultdict(dict)
    for one in intents:
        found[one.bar][one.system, one.symbol] = one
    return found


def _kinds(placed: Placed) -> set[tuple[str, str, str, str]]:
    """Who ordered what and why, whatever its size and its levels."""
    return {(*owner, one.side, one.reason.name) for owner, one in placed.items()}


def _parting(apart: Mapping[int, tuple[Placed, Placed]]) -> Parting | None:
    for bar, (ours, theirs) in apart.items():
        for owner in dict.fromkeys([*ours, *theirs]):
            one, other = ours.get(owner), theirs.get(owner)
            if repr(one) != repr(other):
                return Parting(bar, *owner, _words(one, other), _words(other, one))
    return None


def _words(one: Intent | None, other: Intent | None) -> str:
    """What was ordered; beside another order, what is not the same about it."""
    if one is None:
        return NOTHING
    said = f"{one.side} {abs(one.quantity):.8g} ({one.reason.name.lower()})"
    if other is None:
        return said
    unlike = [each.name for each in fields(one) if repr(getattr(one, each.name)) != repr(getattr(other, each.name))]
    return ", ".join([said, *(f"{name} {getattr(one, name)!r}" for name in unlike)])
