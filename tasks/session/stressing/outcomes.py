"""One book through one scenario, as a row of the report."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.bootstrap import Recovery, recovery
from models.engine import Run, State
from models.engine.tables import FILL_LEG, FILL_ROW, FILL_T
from models.stress import Outcome, exposure_of, run_stress
from models.tails import common_days
from models.types import FloatArray, Leg, iso
from models.types.timeframes import DAY, HOUR
from tasks.session.market import MarketView
from tasks.session.stressing.books import Subject
from tasks.session.stressing.panels import Stressed, stressed_parameters
from tasks.session.stressing.report import Acted, StressRow
from tasks.session.tails import daily_closes

# Recovery times are the same each time.
SEED = 20_261_121
CLOSING = {Leg.STOP: "its stop was reached", Leg.LIQUIDATION: "its own margin was used up: it was liquidated"}
CARRY, CURRENCY = "carry", "currency"


@dataclass(frozen=True, slots=True)
class Drawing:
    """How recovery times are drawn: so many paths of so many days, in blocks of this mean length."""

    paths: int
    horizon_days: int
    block_days: float


def outcome_of(subject: Subject, stressed: Stressed) -> Outcome:
    """The book through the scenario, by the step."""
    return through(stressed, subject, subject.state)


def through(stressed: Stressed, subject: Subject, state: State) -> Outcome:
    """Another state of the book through the scenario, under the same limits."""
    panel = stressed.panel._replace(tails=stressed.tails[subject.profile])
    return run_stress(panel, stressed_parameters(subject.parameters, stressed), state, stressed.worth)


def row_of(subject: Subject, stressed: Stressed, found: Outcome, recovers: Recovery | None) -> StressRow:
    """What came of it."""
    scenario = stressed.scenario
    window = scenario.window
    return StressRow(
        book=subject.book,
        profile=subject.profile,
        in_force=subject.in_force,
        scenario=scenario.name,
        text=scenario.text,
        exposure=exposure_of(subject.state),
        loss=found.loss,
        drawdown=found.drawdown,
        limit=subject.limit,
        money=found.money,
        margin_calls=found.margin_calls,
        stops_hit=found.stops_hit,
        left=found.left,
        acted=acted_in(found.run, stressed),
        contributions=contributions_of(found),
        recovery=recovers,
        mapped=dict(stressed.mapped),
        first="" if window is None else iso(window.begin)[:10],
        last="" if window is None else iso(window.end - DAY)[:10],
    )


def acted_in(run: Run, stressed: Stressed) -> tuple[Acted, ...]:
    """Every breaker that tripped, and of each position the first time that a level of its own closed it; in order."""
    begin = stressed.starts - stressed.bar
    tripped = [one for one in run.ladder_events() if one.tripped]
    found = [(one.bar, one.breaker.text, one.level.name.lower(), one.system) for one in tripped]
    rows = run.parameters.rows
    for leg, text in CLOSING.items():
        of_leg = run.fills[run.fills[:, FILL_LEG] == leg]
        numbers, first = np.unique(of_leg[:, FILL_ROW].astype(np.int64), return_index=True)
        for number, at in zip(numbers.tolist(), first.tolist(), strict=True):
            system, slot = rows[number]
            bar = int(run.panel.ts[int(of_leg[at, FILL_T])])
            found.append((bar, text, "", f"{system.name} {slot.symbol}"))
    ordered = sorted(found, key=lambda one: one[0])
    return tuple(Acted(bar, (bar - begin) / HOUR, text, level, where) for bar, text, level, where in ordered)


def contributions_of(found: Outcome) -> dict[str, float]:
    """What each position made, and what is no position's: carry, and the worth of the account's own money."""
    rows = found.run.parameters.rows
    made = {
        f"{system.name} {slot.symbol}": one
        for (system, slot), one in zip(rows, found.contributions.tolist(), strict=True)
    }
    beside = {CARRY: found.carry, CURRENCY: found.currency}
    return {name: one for name, one in (made | beside).items() if one != 0.0}


def daily_returns_of(views: Sequence[MarketView], weights: FloatArray) -> FloatArray:
    """Returns of a book that holds these `weights` (n_symbols,) each day, over the days that all held ones have; shape
    (n_days,), empty where nothing is held.
    """
    held = np.flatnonzero(weights)
    if not held.size:
        return np.empty(0)
    days = common_days([daily_closes(views[k].inputs) for k in held.tolist()])
    returns = np.array([one.close[1:] / one.close[:-1] - 1.0 for one in days])
    total: FloatArray = (returns * weights[held, None]).sum(axis=0)
    return total


def recovery_of(daily: FloatArray, loss: float, drawing: Drawing) -> Recovery | None:
    """How long it takes to earn the loss back by holding what was held before it, as the lake's days went: `daily`
    (n_days,) are the returns of that; None where nothing was held, or nothing is known of it.
    """
    if not daily.size:
        return None
    generator = np.random.default_rng(SEED)
    return recovery(daily, loss, drawing.block_days, drawing.paths, drawing.horizon_days, generator)
