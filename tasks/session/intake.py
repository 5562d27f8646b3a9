"""Bars come in: every source goes through the same rules into the same lake."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.catalogue import refresh_catalogue
from models.quality import Flaw, Gap, count_flaws, find_gaps, flaws_of
from models.sessions import expected_opens
from models.types import BadInput, Bars, IntArray, Series, bar_micros, iso
from tasks.ports import Feed
from tasks.session.desk import Desk

# More bad rows than good ones: the file is not what it was taken for, and none of it can be trusted.
WORST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Intake:
    """What a series has now, and what this intake did to it.

    Attributes:
        bars: bars in the lake.
        added: of them new.
        gaps: runs of bars that the calendar expects and the lake lacks.
        quarantined: rows of this intake that may not become bars.
        flaws: how many of them by the name of the rule they broke.
        first, last: opens of the series' first and last bar, UTC microseconds; None for an empty series.
    """

    series: Series
    bars: int
    added: int
    gaps: tuple[Gap, ...]
    quarantined: int
    flaws: dict[str, int]
    first: int | None
    last: int | None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "series": str(self.series),
            "bars": self.bars,
            "added": self.added,
            "gaps": len(self.gaps),
            "missing_bars": sum(gap.missing for gap in self.gaps),
            "quarantined": self.quarantined,
            "flaws": self.flaws,
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            "gap_list": [{"start": iso(gap.start), "end": iso(gap.end), "missing": gap.missing} for gap in self.gaps],
        }


def take_in_archive(desk: Desk, series: Series, rows: Bars, store: bool = True) -> Intake:
    """Bring the raw rows of an archive into the lake; with `store` false only say what would happen.

    Raises:
        BadInput: most rows are bad, or the bars are of another size.
    """
    desk.venue(series.venue)
    step = bar_micros(series.timeframe)
    flaws = flaws_of(rows, step, desk.clock.now())
    _require_plausible(series, rows, flaws, step)
    added, quarantined = _store(desk, series, rows, flaws) if store else (_new(desk, series, rows, flaws), flaws)
    if store:
        refresh_catalogue(desk.lake)
    return _summary(desk, series, added, quarantined)


def ingest(
    desk: Desk, series: Series, feed: Feed, since: int | None, store: bool, report: Callable[[str], None]
) -> Intake:
    """Fetch what the lake does not have yet, page by page; interrupted, it goes on where it stopped.

    It starts after the newest stored bar, or at `since` for a series that has none (or begins later than that).
    """
    stored = desk.bars.dataset(series).manifest().parts
    begin = since
    if stored and (since is None or stored[0].first <= since):
        begin = stored[-1].last + bar_micros(series.timeframe)
    added, all_flaws = 0, [np.empty(0, np.int64)]
    try:
        for page in (one.bars for one in feed.pages(series.symbol, series.timeframe, begin)):
            flaws = flaws_of(page, bar_micros(series.timeframe), desk.clock.now())
            page, flaws = _without_open_bar(page, flaws)
            new, flaws = _store(desk, series, page, flaws) if store else (_new(desk, series, page, flaws), flaws)
            added += new
            all_flaws.append(flaws)
            if len(page):
                report(f"{series}: {new} bars up to {iso(int(page.ts[-1]))}")
    finally:
        # Interrupted or not: the catalogue names files that the stored pages have replaced.
        if store and added:
            refresh_catalogue(desk.lake)
    return _summary(desk, series, added, np.concatenate(all_flaws))


def _without_open_bar(page: Bars, flaws: IntArray) -> tuple[Bars, IntArray]:
    # A venue always sends the bar that is still growing; that is no flaw of its data.
    if len(page) and flaws[-1] == Flaw.UNFINISHED:
        return page.rows(slice(0, len(page) - 1)), flaws[:-1]
    return page, flaws


def _store(desk: Desk, series: Series, rows: Bars, flaws: IntArray) -> tuple[int, IntArray]:
    sound = np.flatnonzero(flaws == Flaw.NONE)
    merge = desk.bars.merge(series, rows.rows(sound))
    flaws = flaws.copy()
    flaws[sound[merge.conflicts]] = Flaw.CONFLICT_STORED
    bad = np.flatnonzero(flaws != Flaw.NONE)
    desk.bars.quarantine(series, rows.rows(bad), [Flaw(int(code)).name.lower() for code in flaws[bad]])
    return merge.added, flaws


def _new(desk: Desk, series: Series, rows: Bars, flaws: IntArray) -> int:
    stored = desk.bars.dataset(series).manifest()
    have = desk.bars.read(series).ts if stored.parts else np.empty(0, np.int64)
    return int((~np.isin(rows.ts[flaws == Flaw.NONE], have)).sum())


def _require_plausible(series: Series, rows: Bars, flaws: IntArray, step: int) -> None:
    stamps = np.unique(rows.ts[flaws != Flaw.NO_TIME])
    usual = float(np.median(np.diff(stamps))) if stamps.size > 1 else step
    if 2 * usual <= step:
        raise BadInput(
            f"most rows are {usual / 60_000_000:g} minutes apart, not {series.timeframe}; nothing was imported, give "
            "the archive's own --timeframe"
        )
    bad = int((flaws != Flaw.NONE).sum())
    if bad > WORST_SHARE * len(rows):
        listed = ", ".join(f"{count} with {Flaw[name.upper()].text}" for name, count in count_flaws(flaws).items())
        raise BadInput(f"{bad} of {len(rows)} rows are bad ({listed}); nothing was imported, correct the archive first")
    spacing = np.diff(rows.ts[flaws == Flaw.NONE])
    if spacing.size and int(spacing.min()) > step:
        closest = int(spacing.min()) // 60_000_000
        raise BadInput(
            f"no two rows are {series.timeframe} apart, the closest are {closest} minutes apart; nothing was imported, "
            "give the archive's own --timeframe"
        )


def _summary(desk: Desk, series: Series, added: int, flaws: IntArray) -> Intake:
    stored = desk.bars.dataset(series).manifest()
    bad = int((flaws != Flaw.NONE).sum())
    if not stored.parts:
        return Intake(series, 0, added, (), bad, count_flaws(flaws), None, None)
    ts = desk.bars.read(series).ts
    expected = expected_opens(desk.calendar(series), series.timeframe, int(ts[0]), int(ts[-1]))
    gaps = tuple(find_gaps(ts, expected))
    return Intake(series, len(ts), added, gaps, bad, count_flaws(flaws), int(ts[0]), int(ts[-1]))
