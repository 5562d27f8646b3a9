"""Taking stock: what a series has, what it lacks and why, as its ledger says."""

import numpy as np

from data.coverage import Absence, Asked, Ledger
from data.manifest import require_manifest
from models.quality import GapKind, graded_absences
from models.sessions import expected_opens
from models.types import Damaged, IntArray, Series, parse_time
from tasks.session.desk import Desk


def take_stock(desk: Desk, series: Series, store: bool = True) -> Ledger:
    """The series' ledger as of what is committed now; with `store` it is written where it was out of date.

    Raises:
        Damaged: a part does not match its checksum.
    """
    manifest = desk.bars.dataset(series).manifest()
    known = known_ledger(desk, series)
    if known is not None and known.version == manifest.sha256:
        return known
    asked = () if known is None else known.asked
    if not manifest.parts:
        require_manifest(desk.bars.dataset(series).folder)
        return Ledger(manifest.sha256, None, None, 0, 0, 0, (), asked)
    present, flaws = desk.bars.times(series)
    sound = present[flaws == 0]
    absences = graded_absences(present, expected_bars(desk, series, present), outages_of(desk, series))
    ledger = Ledger(
        version=manifest.sha256,
        first=int(sound[0]) if sound.size else None,
        last=int(sound[-1]) if sound.size else None,
        bars=int(sound.size),
        suspects=int(present.size - sound.size),
        quiet=absences.quiet,
        absences=tuple(
            Absence(gap.start, gap.end, gap.missing, gap.kind.value)
            for gap in absences.gaps(GapKind.MISSING, GapKind.OUTAGE)
        ),
        asked=asked,
    )
    if store:
        desk.coverage.write(series, ledger)
    return ledger


def known_ledger(desk: Desk, series: Series) -> Ledger | None:
    """The ledger as it was written last; a damaged one counts as none, and is made anew from the bars."""
    try:
        return desk.coverage.read(series)
    except Damaged:
        return None


def record_asked(desk: Desk, series: Series, asked: Asked) -> None:
    """Note a refetch in the series' ledger."""
    ledger = take_stock(desk, series)
    desk.coverage.write(
        series,
        Ledger(
            **{name: getattr(ledger, name) for name in Ledger.__slots__ if name != "asked"},
            asked=(*ledger.asked, asked),
        ),
    )


def expected_bars(desk: Desk, series: Series, present: IntArray) -> IntArray:
    """Opens that the series' calendar expects between its first and last stored bar, while the symbol is listed."""
    listed, delisted = desk.listed_span(series)
    first, last = max(int(present[0]), listed), min(int(present[-1]), delisted)
    if last < first:
        return np.empty(0, np.int64)
    return expected_opens(desk.calendar(series), series.timeframe, first, last)


def outages_of(desk: Desk, series: Series) -> tuple[tuple[int, int], ...]:
    """Known outages of the series' venue: begin and end, UTC microseconds, the end excluded."""
    return tuple((parse_time(one.start), parse_time(one.end)) for one in desk.venue(series.venue).outages)
