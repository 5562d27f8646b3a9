"""Bars come in: every source goes through the same rules into the same lake."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from data.bar_rows import Batch
from data.catalogue import refresh_catalogue
from data.coverage import Absence, Ledger
from models.quality import Flaw, clock_skew, count_flaws, flaws_of
from models.sessions import expected_opens
from models.types import BadInput, Bars, IntArray, Series, Unavailable, bar_micros, iso
from models.types.timeframes import DAY, SECOND
from tasks.ports import Feed, Page
from tasks.session.desk import Desk
from tasks.session.stock import take_stock

# More bad rows than good ones: the file is not what it was taken for, and none of it can be trusted.
WORST_SHARE = 0.5
# So few rows may well be apart: a Friday and a Monday, two minutes of a quiet market.
EVIDENCE = 8
ARCHIVE = "archive"
# An HTTP date has whole seconds and the answer was some time on its way.
LARGEST_SKEW = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Intake:
    """What a series has now, and what this intake did to it.

    Attributes:
        bars: bars in the lake.
        added: of them new.
        gaps: runs of bars that are truly missing or fell into a known outage.
        quiet: expected bars without a trade, which is no gap.
        quarantined: rows of this intake that may not become bars.
        flaws: how many of them by the name of the rule they broke.
        first, last: opens of the series' first and last bar, UTC microseconds; None for an empty series.
    """

    series: Series
    bars: int
    added: int
    gaps: tuple[Absence, ...]
    quiet: int
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
            "quiet_bars": self.quiet,
            "quarantined": self.quarantined,
            "flaws": self.flaws,
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            "gap_list": [
                {"start": iso(gap.start), "end": iso(gap.end), "missing": gap.missing, "kind": gap.kind}
                for gap in self.gaps
            ],
        }


def take_in_archive(desk: Desk, series: Series, rows: Bars, store: bool = True) -> Intake:
    """Bring the raw rows of an archive into the lake; with `store` false only say what would happen.

    Raises:
        BadInput: most rows are bad, or the bars are of another size.
    """
    desk.venue(series.venue)
    flaws = desk_flaws(desk, series, rows)
    _require_plausible(series, rows, flaws, bar_micros(series.timeframe))
    if store:
        added, flaws = take_in(desk, series, Page(rows, ARCHIVE), flaws)
        refresh_catalogue(desk.lake)
    else:
        added = _new(desk, series, rows, flaws)
    return _summary(series, take_stock(desk, series, store), added, flaws)


def ingest(
    desk: Desk,
    series: Series,
    feed: Feed,
    since: int | None,
    store: bool,
    report: Callable[[str, float], None],
    catalogue: bool = True,
) -> Intake:
    """Fetch what the lake does not have yet, page by page; interrupted, it goes on where it stopped.

    It fetches what lies before the first stored bar from `since` on, and what came after the newest one. When nothing
    can have come since then, the feed is not asked. `report` is told what came, and which share of the time is done.
    Without `catalogue` its views for other tools are left as they are: making them anew takes longer than a bar.
    """
    added, all_flaws, begin = 0, [np.empty(0, np.int64)], desk.clock.now()
    try:
        for page in _pages(desk, series, feed, since):
            require_clock(desk, series, page)
            flaws = desk_flaws(desk, series, page.bars)
            page, flaws = _without_open_bar(page, flaws)
            new, flaws = take_in(desk, series, page, flaws) if store else (_new(desk, series, page.bars, flaws), flaws)
            added += new
            all_flaws.append(flaws)
            if len(page.bars):
                newest = int(page.bars.ts[-1])
                begin = min(begin, int(page.bars.ts[0]))
                share = (newest - begin) / max(1, desk.clock.now() - begin)
                report(f"{series}: {new} bars up to {iso(newest)} from {page.source}", min(share, 1.0))
    finally:
        # Interrupted or not: the catalogue names files that the stored pages have replaced.
        if store and added and catalogue:
            refresh_catalogue(desk.lake)
    return _summary(series, take_stock(desk, series, store), added, np.concatenate(all_flaws))


def take_in(desk: Desk, series: Series, page: Page, flaws: IntArray) -> tuple[int, IntArray]:
    """Store the sound rows of a page and quarantine the others; rows added, and the flaws that remain."""
    sound = np.flatnonzero(flaws == Flaw.NONE)
    bars = page.bars.rows(sound)
    merge = desk.bars.merge(series, Batch(bars, desk.closes(series, bars.ts), page.source))
    flaws = flaws.copy()
    flaws[sound[merge.conflicts]] = Flaw.CONFLICT_STORED
    bad = np.flatnonzero(flaws != Flaw.NONE)
    desk.bars.quarantine(series, page.bars.rows(bad), [Flaw(int(code)).name.lower() for code in flaws[bad]])
    flaws[sound[merge.suspects]] = Flaw.SPIKE
    return merge.added, flaws


def _pages(desk: Desk, series: Series, feed: Feed, since: int | None) -> Iterator[Page]:
    parts = desk.bars.dataset(series).manifest().parts
    if not parts:
        yield from feed.pages(series.symbol, series.timeframe, since)
        return
    first, last = parts[0].first, parts[-1].last
    if since is not None and since < first:
        for page in feed.pages(series.symbol, series.timeframe, since):
            yield Page(page.bars.rows(page.bars.ts < first), page.source)
            if not len(page.bars) or int(page.bars.ts.max()) >= first:
                break
    begin = last + bar_micros(series.timeframe)
    if _may_have_closed(desk, series, begin):
        yield from feed.pages(series.symbol, series.timeframe, begin)


def _may_have_closed(desk: Desk, series: Series, begin: int) -> bool:
    now = desk.clock.now()
    opens = expected_opens(desk.calendar(series), series.timeframe, begin, max(begin, now))
    return bool(opens.size) and int(desk.closes(series, opens[:1])[0]) <= now


def desk_flaws(desk: Desk, series: Series, rows: Bars) -> IntArray:
    """Flaw code of every raw row by the rules that need no neighbours, shape (n,)."""
    step, now = bar_micros(series.timeframe), desk.clock.now()
    calendar = desk.calendar(series)
    known = rows.ts[(rows.ts >= 0) & (rows.ts <= now)]
    if calendar.name == "24/7" or step >= DAY or not known.size:
        return flaws_of(rows, step, now)
    return flaws_of(rows, step, now, expected_opens(calendar, series.timeframe, int(known.min()), int(known.max())))


def _without_open_bar(page: Page, flaws: IntArray) -> tuple[Page, IntArray]:
    # A venue always sends the bar that is still growing; that is no flaw of its data.
    rows = page.bars
    if len(rows) and flaws[-1] == Flaw.UNFINISHED:
        return Page(rows.rows(slice(0, len(rows) - 1)), page.source), flaws[:-1]
    return page, flaws


def require_clock(desk: Desk, series: Series, page: Page) -> None:
    """With a wrong clock nobody can say which bars have closed.

    Raises:
        Unavailable: our clock and the venue's are too far apart.
    """
    if page.venue_now is None or not len(page.bars):
        return
    found = clock_skew(int(page.bars.ts[-1]), page.venue_now, desk.clock.now(), LARGEST_SKEW)
    if found is not None:
        raise Unavailable(f"{series}: {found.sentence}; nothing was taken from {page.source}")


def _new(desk: Desk, series: Series, rows: Bars, flaws: IntArray) -> int:
    stored = desk.bars.dataset(series).manifest()
    have = desk.bars.times(series)[0] if stored.parts else np.empty(0, np.int64)
    return int((~np.isin(rows.ts[flaws == Flaw.NONE], have)).sum())


def _require_plausible(series: Series, rows: Bars, flaws: IntArray, step: int) -> None:
    steps = np.diff(np.sort(rows.ts[flaws != Flaw.NO_TIME]))
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else step
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
    if spacing.size >= EVIDENCE and int(spacing.min()) > step:
        closest = int(spacing.min()) // 60_000_000
        raise BadInput(
            f"no two rows are {series.timeframe} apart, the closest are {closest} minutes apart; nothing was imported, "
            "give the archive's own --timeframe"
        )


def _summary(series: Series, ledger: Ledger, added: int, flaws: IntArray) -> Intake:
    return Intake(
        series=series,
        bars=ledger.bars,
        added=added,
        gaps=ledger.absences,
        quiet=ledger.quiet,
        quarantined=int((flaws != Flaw.NONE).sum()),
        flaws=count_flaws(flaws),
        first=ledger.first,
        last=ledger.last,
    )
