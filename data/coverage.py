"""The coverage ledger: what is known to be absent from a series, and what a refetch of it brought."""

import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass

from data.bucket import Overtaken
from data.files import UNFINISHED, locked
from data.lake import Lake
from data.objects import Place, beside
from data.sealed import read_sealed, write_sealed
from models.types import Damaged, Series

LEDGER = "ledger.json"
# How often a change is made before other machines count as always faster.
ATTEMPTS = 3
CURE = "run keel data repair, which makes it anew from the bars"


@dataclass(frozen=True, slots=True)
class Absence:
    """`missing` expected bars in a row that a series lacks; opens of the first and the last, UTC microseconds."""

    start: int
    end: int
    missing: int
    kind: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A refetch of the bars from `start` to `end`: when, from whom, and how many it brought (UTC microseconds)."""

    start: int
    end: int
    at: int
    source: str
    brought: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one series.

    Attributes:
        version: sha256 of what the figures were taken from: the manifest, and the settings that explain absences.
        reach: opens of the first and last bar that the series ever had; what is lost at its ends stays missing.
        first, last: opens of the first and last sound bar, UTC microseconds; None for an empty series.
        bars: sound bars.
        suspects: rows that are stored and kept out of every read.
        quiet: expected bars without a trade, as the local density of trades makes plausible.
        absences: runs of expected bars that are missing or fell into a known outage, ascending.
        asked: refetches, oldest first.
    """

    version: str
    reach: tuple[int, int] | None
    first: int | None
    last: int | None
    bars: int
    suspects: int
    quiet: int
    absences: tuple[Absence, ...]
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageStore:
    """Ledgers of all series. Absences are derived from the bars; what was asked of a venue is recorded only here."""

    lake: Lake

    def read(self, series: Series) -> Ledger | None:
        """The series' ledger, None where there is none yet.

        Raises:
            Damaged: it is not what was written.
        """
        body = read_sealed(self.path(series), CURE)
        if body is None:
            return None
        reach = body.pop("reach")
        absences = tuple(Absence(**one) for one in body.pop("absences"))
        asked = tuple(Asked(**one) for one in body.pop("asked"))
        return Ledger(**body, reach=None if reach is None else (reach[0], reach[1]), absences=absences, asked=asked)

    def change(self, series: Series, make: Callable[[Ledger | None], Ledger]) -> Ledger:
        """Replace the series' ledger by what `make` makes of it (None: there is none, or a damaged one). Nobody else
        changes it in between; where another machine did, in a bucket, it is made once more of what that one wrote.

        Raises:
            Overtaken: other machines were faster every time.
        """
        for _ in range(ATTEMPTS - 1):
            with contextlib.suppress(Overtaken):
                return self._changed(series, make)
        return self._changed(series, make)

    def _changed(self, series: Series, make: Callable[[Ledger | None], Ledger]) -> Ledger:
        path = self.path(series)
        with locked(path.parent / ".lock"):
            for leftover in beside(path.parent).glob(UNFINISHED):  # of a process that was killed while it held the lock
                leftover.unlink(missing_ok=True)
            try:
                known = self.read(series)
            except Damaged:
                known = None
            made = make(known)
            if made != known:
                write_sealed(path, asdict(made))
        return made

    def path(self, series: Series) -> Place:
        """Where the series' ledger is."""
        return self.lake.folder("coverage", series) / LEDGER
