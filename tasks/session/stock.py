"""Taking stock: what a series has, what it lacks and why, as its ledger says."""

from dataclasses import replace

import numpy as np

from data.coverage import Absence, Asked, Ledger
from data.files import sha256_of
from data.manifest import Manifest, require_manifest
from models.quality import GapKind, graded_absences
from models.sessions import expected_opens
from models.types import Damaged, IntArray, Series, bar_micros, parse_time
from tasks.session.desk import Desk

# Counts up whenever absences are judged by other rules, so that no ledger is left from the old ones.
RULES = 1


def take_stock(desk: Desk, series: Series, store: bool = True) -> Ledger:
    """The series' ledger as of what is committed now; with `store` it is written where it was out of date.

    Raises:
        Damaged: a part does not match its checksum.
    """
    manifest, known = desk.bars.dataset(series).manifest(), known_ledger(desk, series)
    if known is not None and known.version == _version(desk, series, manifest):
        return known
    had = bool(manifest.parts) or (known is not None and known.reach is not None)
    if not store or not had:
        return _made(desk, series, known)
    return desk.coverage.change(series, lambda now: _made(desk, series, now))


def _made(desk: Desk, series: Series, known: Ledger | None) -> Ledger:
    """The ledger as of what is committed now: `known`, where that is."""
    manifest = desk.bars.dataset(series).manifest()
    version = _version(desk, series, manifest)
    if known is not None and known.version == version:
        return known
    if not manifest.parts:
        require_manifest(desk.bars.dataset(series).folder)
    present, flaws = desk.bars.times(series)
    sound = present[flaws == 0]
    reach = _reach(None if known is None else known.reach, present)
    absences = graded_absences(present, expected_bars(desk, series, present), outages_of(desk, series))
    inside = [
        Absence(gap.start, gap.end, gap.missing, gap.kind.value)
        for gap in absences.gaps(GapKind.MISSING, GapKind.OUTAGE)
    ]
    return Ledger(
        version=version,
        reach=reach,
        first=int(sound[0]) if sound.size else None,
        last=int(sound[-1]) if sound.size else None,
        bars=int(sound.size),
        suspects=int(present.size - sound.size),
        quiet=absences.quiet,
        absences=tuple(sorted([*inside, *_lost_ends(desk, series, reach, present)], key=lambda one: one.start)),
        asked=() if known is None else known.asked,
    )


def _version(desk: Desk, series: Series, manifest: Manifest) -> str:
    explains = (outages_of(desk, series), desk.listed_span(series), desk.calendar(series).name, RULES)
    return sha256_of(f"{manifest.sha256} {explains}".encode())


def _reach(before: tuple[int, int] | None, present: IntArray) -> tuple[int, int] | None:
    if not present.size:
        return before
    first, last = int(present[0]), int(present[-1])
    return (first, last) if before is None else (min(before[0], first), max(before[1], last))


def _lost_ends(desk: Desk, series: Series, reach: tuple[int, int] | None, present: IntArray) -> list[Absence]:
    """What the series once reached to and no longer has: missing, however quiet its market was."""
    if reach is None:
        return []
    step = bar_micros(series.timeframe)
    ends = [(reach[0], int(present[0]) - step), (int(present[-1]) + step, reach[1])] if present.size else [reach]
    found = [expected_opens(desk.calendar(series), series.timeframe, *end) for end in ends if end[0] <= end[1]]
    return [Absence(int(opens[0]), int(opens[-1]), opens.size, GapKind.MISSING.value) for opens in found if opens.size]


def known_ledger(desk: Desk, series: Series) -> Ledger | None:
    """The ledger as it was written last; a damaged one counts as none, and is made anew from the bars."""
    try:
        return desk.coverage.read(series)
    except Damaged:
        return None


def record_asked(desk: Desk, series: Series, asked: Asked) -> None:
    """Note a refetch in the series' ledger."""

    def noted(known: Ledger | None) -> Ledger:
        ledger = _made(desk, series, known)
        return replace(ledger, asked=(*ledger.asked, asked))

    desk.coverage.change(series, noted)


def expected_bars(desk: Desk, series: Series, present: IntArray) -> IntArray:
    """Opens that the series' calendar expects between its first and last stored bar, while the symbol is listed."""
    if not present.size:
        return np.empty(0, np.int64)
    listed, delisted = desk.listed_span(series)
    first, last = max(int(present[0]), listed), min(int(present[-1]), delisted)
    if last < first:
        return np.empty(0, np.int64)
    return expected_opens(desk.calendar(series), series.timeframe, first, last)


def outages_of(desk: Desk, series: Series) -> tuple[tuple[int, int], ...]:
    """Known outages of the series' venue: begin and end, UTC microseconds, the end excluded."""
    return tuple((parse_time(one.start), parse_time(one.end)) for one in desk.venue(series.venue).outages)
