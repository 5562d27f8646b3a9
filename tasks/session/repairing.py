"""The repair queue: damaged files are set aside, and what is missing is asked for again."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from data.catalogue import refresh_catalogue
from data.coverage import Asked, Ledger
from data.repair import lost_spans, set_aside
from data.verify import Damage, Verification, verify_lake, verify_models
from models.quality import GapKind
from models.sessions import expected_opens
from models.types import BadInput, Damaged, KeelError, Series, iso
from models.types.timeframes import DAY
from tasks.ports import Feed, Page
from tasks.session.desk import Desk
from tasks.session.intake import desk_flaws, require_clock, take_in
from tasks.session.news.scorers import kept_in
from tasks.session.stock import known_ledger, record_asked, take_stock

# What a venue did not have a week ago, it will not have today.
ASK_AGAIN = 7 * DAY

OpenFeed = Callable[[Desk, Series], Feed]


@dataclass(frozen=True, slots=True)
class Refetch:
    """One span of the queue: what was asked for, from whom, what it brought, or why it brought no more."""

    series: Series
    start: int
    end: int
    wanted: int
    brought: int
    source: str
    why: str
    silent: bool = False

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "series": str(self.series),
            "start": iso(self.start),
            "end": iso(self.end),
            "wanted": self.wanted,
            "brought": self.brought,
            "source": self.source,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did."""

    set_aside: tuple[Damage, ...]
    refetched: tuple[Refetch, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "set_aside": [{"path": str(one.path), "reason": one.reason} for one in self.set_aside],
            "refetched": [one.as_json() for one in self.refetched],
            "brought": sum(one.brought for one in self.refetched),
            "left": sum(one.wanted - one.brought for one in self.refetched),
        }


def repair(desk: Desk, wanted: list[Series], open_feed: OpenFeed, store: bool, report: Callable[[str], None]) -> Repair:
    """Set damaged files aside, then work through the queue of the wanted series in order.

    With `store` false it only says what would be done.
    """
    found = verify_lake(desk.lake, lambda _: None)
    if store:
        for series in desk.lake.series():
            _remember_reach(desk, series)
        for damage in found.damaged:
            report(f"setting aside {damage.path}")
            set_aside(desk.lake, damage)
        for series in desk.lake.series():
            desk.bars.regrade(series)
        refresh_catalogue(desk.lake)
    refetched: list[Refetch] = []
    for series in wanted:
        for span in _queue(desk, series, found, store):
            if any(one.silent and one.series.venue == series.venue for one in refetched):
                refetched.append(Refetch(series, *span, 0, "", f"not asked: {series.venue} did not answer before"))
            else:
                refetched.append(_refetch(desk, series, *span, open_feed, store, report))
    if store and any(one.brought for one in refetched):
        refresh_catalogue(desk.lake)
    return Repair(found.damaged, tuple(refetched))


def _remember_reach(desk: Desk, series: Series) -> None:
    """Write down how far the series went, before a part of it is set aside."""
    ledger = known_ledger(desk, series)
    try:
        parts = desk.bars.dataset(series).manifest().parts
    except Damaged:
        return  # the ledger is all that is left to say so
    if parts and (ledger is None or ledger.reach is None):
        reach = (parts[0].first, parts[-1].last)
        blank = Ledger("", reach, None, None, 0, 0, 0, ())
        desk.coverage.change(
            series, lambda known: blank if known is None else replace(known, reach=known.reach or reach)
        )


def verification(desk: Desk, report: Callable[[str], None]) -> Verification:
    """Every file of the lake, of the models and of the trained scorers of news held against its checksum."""
    found = [verify_lake(desk.lake, report)]
    found += [verify_models(one, report) for one in (desk.models, kept_in(desk.home))]
    return Verification(sum(one.files for one in found), tuple(damage for one in found for damage in one.damaged))


def _queue(desk: Desk, series: Series, found: Verification, store: bool) -> list[tuple[int, int, int]]:
    """Spans to fetch (first open, last open, bars wanted): what the ledger misses, the lost ends included. A dry run
    leaves the damage where it is: then it is what the damaged parts hold.
    """
    try:
        spans = _missing(take_stock(desk, series, store), desk.clock.now() - ASK_AGAIN)
    except Damaged:
        spans = []
    lost = [] if store else _spans_of(desk, series, found)
    return sorted([*spans, *((start, end, _expected(desk, series, start, end)) for start, end in lost)])


def _spans_of(desk: Desk, series: Series, found: Verification) -> list[tuple[int, int]]:
    try:
        return lost_spans(desk.bars, series, list(found.damaged))
    except Damaged:
        return []  # the manifest is: what else is lost shows when it is written anew


def _missing(ledger: Ledger, since: int) -> list[tuple[int, int, int]]:
    """The ledger's missing runs that nobody was asked for after `since` (UTC microseconds)."""
    asked = [one for one in ledger.asked if one.at > since]
    return [
        (one.start, one.end, one.missing)
        for one in ledger.absences
        if one.kind == GapKind.MISSING and not any(past.start <= one.start and one.end <= past.end for past in asked)
    ]


def _expected(desk: Desk, series: Series, start: int, end: int) -> int:
    return int(expected_opens(desk.calendar(series), series.timeframe, start, end).size)


def _refetch(
    desk: Desk,
    series: Series,
    start: int,
    end: int,
    missing: int,
    open_feed: OpenFeed,
    store: bool,
    report: Callable[[str], None],
) -> Refetch:
    report(f"{series}: asking for {missing} bars from {iso(start)}")
    brought, source = 0, ""
    try:
        if not store:
            return Refetch(series, start, end, missing, 0, "", "dry run: nothing was asked")
        for page in open_feed(desk, series).pages(series.symbol, series.timeframe, start):
            inside = (page.bars.ts >= start) & (page.bars.ts <= end)
            rows = Page(page.bars.rows(inside), page.source)
            source = page.source
            require_clock(desk, series, page)
            flaws = desk_flaws(desk, series, rows.bars)
            brought += take_in(desk, series, rows, flaws)[0]
            if not len(page.bars) or int(np.max(page.bars.ts)) > end:
                break
    except BadInput as error:
        return Refetch(series, start, end, missing, brought, source, str(error))
    except KeelError as error:
        return Refetch(series, start, end, missing, brought, source, f"interrupted: {error}", silent=True)
    record_asked(desk, series, Asked(start, end, desk.clock.now(), source or series.venue, brought))
    why = "" if brought >= missing else f"{series.venue} has no more than that"
    return Refetch(series, start, end, missing, brought, source, why)
