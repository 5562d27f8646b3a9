"""What may be lost in a day as it would be known after each bar of a scenario, out of fits that are known already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.engine import Links, Panel
from models.engine.panel import SCALE, TAIL_LONG, TAIL_SHORT
from models.features import FeatureInputs
from models.kernels import as_of
from models.sessions import bar_closes
from models.tails import (
    CONFIDENCES,
    EVERY_DAYS,
    DailyCloses,
    Fit,
    Garch,
    TailHistory,
    TailSettings,
    average_correlation,
    common_days,
    confidence_column,
    correlation_history,
    fit_key,
    forecast,
    market_scale,
    tail_history,
)
from models.types import FloatArray, IntArray, bars_per_day
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.market import MarketView
from tasks.session.stressing.present import Asset
from tasks.session.stressing.splicing import Spliced
from tasks.session.tails import TailPlan, daily_closes, stand_in, tail_plan


@dataclass(frozen=True, slots=True)
class FitsSoFar:
    """Of the windows that were asked for before; any other has none."""

    known: dict[str, Garch | None] = field(default_factory=dict)

    def __call__(self, returns: FloatArray) -> Garch | None:
        """As `fit_garch`."""
        return self.known.get(fit_key(returns))


@dataclass(frozen=True, slots=True, eq=False)
class TailNow:
    """One column of the book up to now: its `days`, of all of its past, what could be lost after each of them, and the
    fits by which that goes on.
    """

    days: DailyCloses
    history: TailHistory
    fits: FitsSoFar


@dataclass(frozen=True, slots=True, eq=False)
class TailsNow:
    """The book up to now.

    Attributes:
        links: how its columns moved together; `average` (k,) are the mean correlations of the traded ones.
        since: first of the common days that a correlation still looks back on, UTC microseconds, and `passed` the
            matrices that were known before it; it lies whole steps of the matrices behind the first common day.
        confidences: of value at risk, by profile.
    """

    columns: tuple[TailNow, ...]
    links: Links
    average: FloatArray
    since: int
    passed: int
    traded: int
    plan: TailPlan
    confidences: Mapping[str, float]


def tails_now(desk: Desk, book: Book, views: Sequence[MarketView]) -> TailsNow:
    """What `book_inputs` makes of the same views: it is found once, and kept by the desk."""
    plan = tail_plan(desk.loaded)
    settings = plan.settings
    days = [daily_closes(view.inputs) for view in views]
    columns = tuple(
        TailNow(own, desk.tails.history(view.series, own, settings), fits_so_far(own, settings, desk.tails.fit))
        for view, own in zip(views, days, strict=True)
    )
    links = desk.tails.links(book.series, days, settings)
    common = common_days(days)[0].ts
    passed = max(0, common.size - settings.correlation_days) // EVERY_DAYS
    return TailsNow(
        columns=columns,
        links=links,
        average=_average(links, book.traded),
        since=int(common[passed * EVERY_DAYS]) if common.size else 0,
        passed=passed,
        traded=book.traded,
        plan=plan,
        confidences={name: one.var_confidence for name, one in desk.loaded.settings.risk.profiles.items()},
    )


def fits_so_far(days: DailyCloses, settings: TailSettings, fit: Fit) -> FitsSoFar:
    """Those that tomorrow's forecast asks `fit` for: the newest, and where it failed the ones before."""
    found = FitsSoFar()

    def noted(returns: FloatArray) -> Garch | None:
        made = fit(returns)
        found.known[fit_key(returns)] = made
        return made

    forecast(days, settings, noted)
    return found


def links_after(now: TailsNow, days: Sequence[DailyCloses]) -> Links:
    """The correlations that become known in the scenario, as `Tails.links` goes on with them."""
    recent = [one.rows(slice(int(np.searchsorted(one.ts, now.since)), None)) for one in days]
    known = now.links.known_at.size
    return Links(*correlation_history(recent, now.plan.settings, first=known - now.passed))


def days_after(now: TailNow, asset: Asset, inputs: FeatureInputs) -> DailyCloses:
    """All days of a column, those of the scenario at the level of the past ones."""
    seen = daily_closes(inputs)
    last = int(now.days.ts[-1]) if len(now.days) else -1
    new = seen.rows(slice(int(np.searchsorted(seen.ts, last, side="right")), None))
    new = replace(new, close=new.close * asset.level)
    return DailyCloses(
        *(np.concatenate((getattr(now.days, name), getattr(new, name))) for name in DailyCloses.__slots__)
    )


def tails_after(
    panel: Panel, now: TailsNow, assets: Sequence[Asset], columns: Sequence[Spliced], step: int
) -> tuple[Panel, dict[str, FloatArray]]:
    """The panel with its correlations, and its tails under every profile, by name, as `align` would look them up; bars
    are `step` microseconds long. What the desk keeps is only read.
    """
    own = assets[: len(columns)]
    days = [days_after(*one) for one in zip(now.columns, own, [column.inputs for column in columns], strict=True)]
    new = links_after(now, days)
    panel = _linked(panel, now.links, new, panel.ts + step)
    known_at = np.concatenate((now.links.known_at, new.known_at))
    average = np.concatenate((now.average, _average(new, now.traded)))
    ends = panel.ts + step
    found = np.empty((panel.ts.size, len(columns), 3, 3))
    for i, (tail, whole, column) in enumerate(zip(now.columns, days, columns, strict=True)):
        history = tail.history.then(tail_history(whole, now.plan.settings, tail.fits, first=len(tail.days)))
        together = np.append(average, np.nan)[as_of(history.known_at, known_at)]
        _write_figures(found[:, i], history, together, column, now.plan, ends)
    tails = {}
    for name, confidence in now.confidences.items():
        at = confidence_column(confidence)
        tails[name] = panel.tails.copy()
        tails[name][:, :, [TAIL_LONG, TAIL_SHORT, SCALE]] = found[:, :, :, at]
    return panel, tails


def _write_figures(
    out: FloatArray, history: TailHistory, together: FloatArray, column: Spliced, plan: TailPlan, ends: IntArray
) -> None:
    """Long, short and scale as `book_tails` has them, for every confidence, as of `ends` (n_times,); `out` is of shape
    (n_times, 3, 3).
    """
    inputs, bars = column.inputs, column.row.ts.size + 1
    calendar, timeframe = inputs.calendar, inputs.timeframe
    closes = bar_closes(calendar, timeframe, inputs.bars.ts[-bars:])
    rows = as_of(closes, history.known_at)
    at = np.searchsorted(closes, ends, side="right") - 1
    volatility, per_day = column.volatility[-bars:, None], bars_per_day(calendar, timeframe)
    unknown = np.full((1, len(CONFIDENCES)), np.nan)
    for place, var in enumerate((history.long_var, history.short_var)):
        out[:, place] = stand_in(np.concatenate((var, unknown))[rows], volatility, per_day)[at]
    scale = market_scale(history.sigma, together, plan.scale, float(calendar.days_per_year))
    out[:, 2] = np.append(scale, 1.0)[rows][at][:, None]


def _linked(panel: Panel, before: Links, new: Links, ends: IntArray) -> Panel:
    """With the newest correlations of the present, and those that follow; at first all move together."""
    known_at = np.concatenate((before.known_at[-1:], new.known_at))
    matrices = np.concatenate((panel.links, before.matrices[-1:], new.matrices))
    return panel._replace(links=matrices, link_rows=np.searchsorted(known_at, ends, side="right"))


def _average(links: Links, traded: int) -> FloatArray:
    return average_correlation(np.ascontiguousarray(links.matrices[:, :traded, :traded]))
