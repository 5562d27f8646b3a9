"""What one risk profile made of the window."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from conf.schema import ValidationConfig
from models.portfolio import Intervals, bar_returns, doubts, intervals
from tasks.session.backtesting.measuring import measured, outside_trades
from tasks.session.desk import Desk
from tasks.session.validating.bootstrapping import Redrawn, of_candles, of_trades
from tasks.session.validating.cases import Side, cases_of, count_of, side_of
from tasks.session.validating.figures import Beside, OfSystem, Part, Traded
from tasks.session.validating.gains import NAMES
from tasks.session.validating.ground import Contender, Ground, contender
from tasks.session.validating.measuring import regimes_of, specialists_of, years_of
from tasks.session.validating.report import ProfileFound
from tasks.session.validating.verdict import verdict_of

T = TypeVar("T")

SEED = 20_260_203
REPLICATES = 1000
# Beside the cases: the run as it is, redrawn trades, redrawn candles.
OTHER_STEPS = 3
UNTRADED = Traded(0, 0.0, None, None)


def steps_of(tried: ValidationConfig) -> int:
    """How often `profile_found` takes a step."""
    return count_of(tried) + OTHER_STEPS


def profile_found(desk: Desk, ground: Ground, name: str, step: Callable[[str], None]) -> ProfileFound:
    """Everything about the profile; `step` hears what comes next."""
    step(f"{name}: as it is")
    one, tried = contender(desk, ground, name), desk.loaded.settings.validation
    honest, told = (side_of(one.book, inputs, ground, ground.market.models) for inputs in (one.honest, one.told))
    whole = Beside(*(measured(side.run, side.trades, ground.per_year) for side in (honest, told)))
    spans = _intervals(honest, ground)
    found = doubts(whole.out_of_sample, honest.trades, outside_trades(honest.run, honest.trades))
    texts = tuple(doubt.text for doubt in found)
    years = _paired(*(years_of(side.run, side.trips, ground.days_per_year) for side in (honest, told)))
    cases = cases_of(honest, told, ground, tried, lambda text: step(f"{name}: {text}"))
    redrawn = _redrawn(desk, ground, one, honest, step)
    total = None if spans is None else spans.total_return
    return ProfileFound(
        name=name,
        limit=one.limit,
        whole=whole,
        intervals=spans,
        doubts=texts,
        years=years,
        regimes=_regimes(ground, honest, told, None),
        systems=_systems(ground, honest, told),
        specialists=_specialists(honest, told),
        cases=cases,
        redrawn=redrawn,
        verdict=verdict_of(name, one.limit, whole, ground.hold, total, texts, years, cases, redrawn),
        ts=honest.panel.ts,
        equity=Beside(honest.run.equity, told.run.equity),
    )


def _intervals(side: Side, ground: Ground) -> Intervals | None:
    generator = np.random.default_rng(SEED)
    returns = bar_returns(side.run.equity)
    return intervals(returns, side.panel.ts[1:], ground.days_per_year, generator, REPLICATES)


def _redrawn(desk: Desk, ground: Ground, one: Contender, honest: Side, step: Callable[[str], None]) -> Redrawn:
    settings = desk.loaded.settings
    paths = settings.validation.paths
    step(f"{one.profile}: its trades redrawn {paths:,} times")
    trades = of_trades(honest.run, honest.trades, one.limit, paths)
    step(f"{one.profile}: {paths:,} years of redrawn candles")
    return Redrawn(trades, of_candles(one, ground, honest.panel, paths, settings.stress.block_days))


def _regimes(ground: Ground, honest: Side, told: Side, system: int | None) -> dict[str, Beside[Part]]:
    traded, days = ground.market.book.traded, ground.days_per_year
    return _paired(*(regimes_of(side.run, traded, days, system) for side in (honest, told)))


def _systems(ground: Ground, honest: Side, told: Side) -> dict[str, OfSystem]:
    found = {}
    for k, one in enumerate(honest.book.parameters.systems):
        whole = Beside(*(measured(side.run, side.trades, ground.per_year, k) for side in (honest, told)))
        found[one.name] = OfSystem(whole, _regimes(ground, honest, told, k))
    return found


def _specialists(honest: Side, told: Side) -> dict[str, dict[str, Beside[Traded]]]:
    """Every regime in which one of the two traded; the other beside it, if need be without a trade."""
    own, seen = (specialists_of(side.run, side.trips) for side in (honest, told))
    found: dict[str, dict[str, Beside[Traded]]] = {}
    for name in sorted(own.keys() | seen.keys()):
        left, right = own.get(name, {}), seen.get(name, {})
        found[name] = {
            regime: Beside(left.get(regime, UNTRADED), right.get(regime, UNTRADED))
            for regime in NAMES
            if regime in left or regime in right
        }
    return found


def _paired(out_of_sample: dict[str, T], in_sample: dict[str, T]) -> dict[str, Beside[T]]:
    return {key: Beside(one, in_sample[key]) for key, one in out_of_sample.items()}
