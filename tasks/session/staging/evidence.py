"""What a book has shown in a window, from the journal's own pages."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.journal import AuditKind, AuditLog, Closing, Entry, Journal, Mark, StageLog, Trip
from models.portfolio import Account
from models.stages import Evidence, figures_of
from models.types import Damaged, FloatArray, Level, Stage, bar_micros
from models.types.timeframes import DAY, HOUR
from tasks.session.staging.crashes import crashes_of
from tasks.session.staging.stand_ins import stood_in
from tasks.session.staging.window import BEGINNING, Window

EQUITY = Account._fields.index("equity")
# A break of one of the account's limits; what only stops entries for a while is none.
BREACH = Level.REDUCE


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence and what it was computed from.

    Attributes:
        decisions, fills, trips, unwitnessed: how many; the last are decisions made as of an earlier time, that no
            session or scheduled cycle put its name to, or that were made for a stand-in of the venue.
        curve: equity at the end of each day, from before the first on, deposits and gains that nobody saw taken out.
        sha256: of the pages that it was computed from, hexadecimal.
        gap: number of the gap report in the audit chain, None without one.
    """

    evidence: Evidence
    window: Window
    decisions: int
    fills: int
    trips: int
    unwitnessed: int
    curve: tuple[float, ...]
    sha256: str
    gap: int | None


@dataclass(frozen=True, slots=True)
class _Step:
    """From one decision to the next: on which day, how much the account was worth before and after, deposits taken
    out, and whether somebody saw it.
    """

    bar: int
    day: int
    before: float
    after: float
    is_seen: bool

    @property
    def growth(self) -> float:
        """Factor; what nobody saw can cost and never earn."""
        if not self.before > 0.0:
            return 0.0
        grown = self.after / self.before
        return grown if self.is_seen else min(grown, 1.0)

    @property
    def gain(self) -> float:
        """Quote currency, by the same rule."""
        gained = self.after - self.before
        return gained if self.is_seen else min(gained, 0.0)


def gather(journal: Journal, window: Window) -> Found:
    """The evidence of the window. In exploration every decision counts; in every later stage those that were made by
    the machine's clock, as the sessions' pages know them, and at the venue itself: the others can cost and never earn.

    Raises:
        Damaged: the audit chain, or a figure of an account, cannot be.
    """
    log = StageLog(journal.engine)
    marks = [one for one in log.marks(window.book, window.since, window.until) if one.bar <= window.last]
    seen = log.witnessed(_books(window), window.until)
    own, flows = seen[window.book], log.flows(window.book)
    counts = {one.bar for one in marks}
    if window.stage is not Stage.EXPLORATION:
        others = stood_in(journal, window.stage)
        counts = {one.bar for one in marks if one.bar in own and one.version not in others}
    steps = _steps(marks, flows, counts)
    closings, trips = _closings(log, window, marks), _trips(log, window, marks)
    profits = _profits(closings, marks, counts)
    gap = _gap(journal, window)
    curve = _curve(steps)
    figures = figures_of(np.array(curve), profits, window.days_per_year)
    evidence = Evidence(
        stage=window.stage,
        days=float(len({one.day for one in steps if one.is_seen})),
        sharpe=figures.sharpe,
        drawdown=_drawdown(steps, figures.drawdown),
        win_rate=figures.win_rate,
        profit_factor=figures.profit_factor,
        trades=figures.trades,
        crashes=crashes_of(journal, window),
        breaches=sum(one.level >= BREACH for one in trips),
        release_hours=_hours(log, window, seen),
        gap_bps=_bps(gap),
        profit=math.fsum(one.gain for one in steps),
        gap_beyond=gap is not None and gap.detail.get("beyond") is not False,
    )
    number = None if gap is None else gap.id
    pages = _digest(marks, closings, trips, flows, counts)
    unseen = len(marks) - len(counts)
    return Found(evidence, window, len(marks), len(closings), len(trips), unseen, tuple(curve), pages, number)


def _books(window: Window) -> tuple[str, ...]:
    """Whose hours count for the release: paper, and exploration as long as it is not left; and the window's own."""
    trial = {Stage.PAPER, *({Stage.EXPLORATION} if window.stage is Stage.EXPLORATION else set())}
    names = [f"{stage.value}|{window.line}" for stage in Stage if stage in trial or stage is window.stage]
    return tuple(names)


def _hours(log: StageLog, window: Window, seen: Mapping[str, Mapping[int, str]]) -> float:
    """Of bars that simulated money was decided on under the release; one bar once, and no more than have passed since
    the first of them was decided: a bar of a day that had closed already is no day of this release.
    """
    books = {book: releases for book, releases in seen.items() if not Stage(book.partition("|")[0]).is_money}
    bars = {bar for releases in books.values() for bar, release in releases.items() if release == window.release}
    first = log.first_witnessed(tuple(books), window.release, window.until)
    passed = 0.0 if first is None else (window.until - first) / HOUR
    return min(len(bars) * bar_micros(window.line.split("|")[1]) / HOUR, passed)


def _steps(marks: Sequence[Mark], flows: Mapping[int, float], counts: set[int]) -> list[_Step]:
    steps, known = list[_Step](), None
    for one in marks:
        before = _equity(one.before, one) if known is None else known
        known = _equity(one.after, one)
        after = known - flows.get(one.bar, 0.0)
        steps.append(_Step(one.bar, one.decided_at // DAY, before, after, one.bar in counts))
    return steps


def _equity(accounts: Mapping[str, list[float]], mark: Mark) -> float:
    equity = math.fsum(figures[EQUITY] for figures in accounts.values())
    if not math.isfinite(equity):
        raise Damaged(f"the decision {mark.id} has an equity of {equity}; find out who wrote to the journal")
    return equity


def _curve(steps: Sequence[_Step]) -> list[float]:
    """Equity before the first day and at the end of each on which somebody saw a decision; the others' losses are in
    the next one's.
    """
    if not steps:
        return []
    curve, worth = [steps[0].before], steps[0].before
    seen = {one.day for one in steps if one.is_seen}
    for k, one in enumerate(steps):
        worth *= one.growth
        ends = k + 1 == len(steps) or steps[k + 1].day != one.day
        if ends and one.day in seen:
            curve.append(worth)
    return curve


def _drawdown(steps: Sequence[_Step], by_day: float) -> float:
    """The deepest fall from decision to decision: no day hides what happened within it."""
    worth, peak, deepest = 1.0, 1.0, 0.0
    for one in steps:
        worth *= one.growth
        peak = max(peak, worth)
        deepest = max(deepest, 1.0 - worth / peak)
    return max(deepest, by_day) if steps else by_day


def _closings(log: StageLog, window: Window, marks: Sequence[Mark]) -> list[Closing]:
    """On the bars that the window's decisions settled."""
    if not marks:
        return []
    before = log.bar_before(window.book, marks[0].bar)
    return log.closings(window.book, BEGINNING if before is None else before, marks[-1].bar)


def _trips(log: StageLog, window: Window, marks: Sequence[Mark]) -> list[Trip]:
    return log.trips(window.book, marks[0].bar, marks[-1].bar) if marks else []


def _profits(closings: Sequence[Closing], marks: Sequence[Mark], counts: set[int]) -> FloatArray:
    """Of closed trades, quote currency; of those that nobody saw the losses alone."""
    bars = np.array([one.bar for one in marks], np.int64)
    kept = []
    for one in closings:
        profit = math.nan if one.realised is None else float(one.realised)
        settled = int(bars[np.searchsorted(bars, one.bar)])
        if settled in counts or not profit > 0.0:
            kept.append(profit)
    profits = np.array(kept, np.float64)
    # Where a profit is not known, none of the figures is.
    return profits if np.isfinite(profits).all() else np.zeros(0)


def _gap(journal: Journal, window: Window) -> Entry | None:
    """The newest gap report on the book since the stage was entered."""
    found = [
        one
        for one in AuditLog(journal.engine).entries((AuditKind.GAP,), window.line)
        if one.detail.get("book") == window.book and window.since < one.at <= window.until
    ]
    return found[-1] if found else None


def _bps(gap: Entry | None) -> float:
    """What the report says; not known where it does not say."""
    said = None if gap is None else gap.detail.get("bps")
    return float(said) if isinstance(said, int | float) else math.nan


def _digest(
    marks: Sequence[Mark],
    closings: Sequence[Closing],
    trips: Sequence[Trip],
    flows: Mapping[int, float],
    counts: set[int],
) -> str:
    bars = {one.bar for one in marks}
    pages = {
        "decisions": [[one.id, one.bar, one.decided_at, one.before, one.after] for one in marks],
        "fills": [
            [one.trade_id, one.bar, one.symbol, one.quantity, one.price, one.fee, one.realised] for one in closings
        ],
        "trips": [[one.bar, one.level.name, one.breaker] for one in trips],
        "flows": sorted([bar, amount] for bar, amount in flows.items() if bar in bars),
        "seen": sorted(counts),
    }
    return hashlib.sha256(json.dumps(pages, sort_keys=True).encode()).hexdigest()
