"""The array cache: a series' sound bars as memory-mapped columns, derived from the Parquet parts and never the truth.

New bars at the end are appended in place, behind what any reader looks at; changed history gets a new file. Checksums
are verified when a process opens a file first, and after that as long as it is the same file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data.array_file import (
    INDEX,
    SUFFIX,
    Index,
    Opened,
    Span,
    digest,
    new_file,
    open_file,
    open_sound,
    read_index,
    write_index,
    write_rows,
)
from data.columns import Columns, stacked
from data.files import UNFINISHED, locked
from data.lake import Lake
from data.manifest import Manifest, Part
from models.types import Series, Unavailable

# Room for what comes, so that a new bar does not copy the history.
GROWTH = 1.25
LEAST_CAPACITY = 4096

Load = Callable[[Part], Columns]


@dataclass(frozen=True, slots=True)
class ArrayCache:
    """Cached columns below `lake`, one folder per series; nothing is lost when they are deleted."""

    lake: Lake
    _opened: dict[Path, Opened] = field(default_factory=dict, compare=False)

    def read(self, series: Series, manifest: Manifest, load: Load) -> Columns:
        """All sound bars of the manifest's parts; `load` reads one part. Built or extended when it has to be.

        Where the cache cannot be written, or another process takes it away, the parts are read and nothing is cached.
        """
        folder = self.lake.derived("cache", series)
        try:
            opened = self._current(folder, manifest)
            if opened is None:
                with locked(folder / ".lock"):
                    opened = self._current(folder, manifest) or _made(folder, manifest, load)
        except Unavailable:
            return stacked([load(part) for part in manifest.parts])
        self._opened[folder] = opened
        return opened.columns()

    def holds(self, series: Series, manifest: Manifest) -> bool:
        """Whether exactly this content is open in this process."""
        opened = self._opened.get(self.lake.derived("cache", series))
        return opened is not None and _covers(opened.index, manifest)

    def damaged(self) -> Iterator[tuple[Path, str]]:
        """Every cache file whose rows do not match their checksums, with the reason."""
        for path in sorted(self.lake.local.glob(f"cache/venue=*/symbol=*/timeframe=*/{INDEX}")):
            index = read_index(path.parent)
            if index is None:
                yield path, f"{path} is not a readable index; it is derived: keel data repair removes it"
            elif open_sound(path.parent, index) is None:
                file = path.parent / index.file
                yield file, f"{file} does not match its checksums; it is derived: keel data repair removes it"

    def _current(self, folder: Path, manifest: Manifest) -> Opened | None:
        opened = self._opened.get(folder)
        if opened is not None and _covers(opened.index, manifest) and opened.is_current(folder):
            return opened
        index = read_index(folder)
        return None if index is None or not _covers(index, manifest) else open_sound(folder, index)


def _made(folder: Path, manifest: Manifest, load: Load) -> Opened:
    """Bring the folder's file up to the manifest; the caller holds the lock."""
    found = read_index(folder)
    old = None if found is None else open_sound(folder, found)
    index = None if old is None else _extended(folder, old, manifest, load)
    if index is None:
        index = _rewritten(folder, old, manifest, load)
    write_index(folder, index)
    for other in (*folder.glob(f"*{SUFFIX}*"), *folder.glob(UNFINISHED)):
        if other.name != index.file:
            other.unlink(missing_ok=True)
    return open_file(folder, index)


def _extended(folder: Path, opened: Opened, manifest: Manifest, load: Load) -> Index | None:
    """The old file with rows appended; None when there is no room, or a row that a reader may look at has changed."""
    old = opened.index
    kept = _common(old, manifest)
    if manifest.rows > old.capacity or kept < len(old.spans) - 1:
        return None
    fresh = [load(part) for part in manifest.parts[kept:]]
    start = sum(span.rows for span in old.spans[:kept])
    added = stacked(fresh)
    shown = opened.columns().rows(slice(start, old.rows))
    if len(added.bars) < len(shown.bars) or digest(added.rows(slice(0, len(shown.bars)))) != digest(shown):
        return None
    write_rows(folder / old.file, old.capacity, start, added)
    spans = [_span(part, one) for part, one in zip(manifest.parts[kept:], fresh, strict=True)]
    return Index(old.file, old.capacity, (*old.spans[:kept], *spans))


def _rewritten(folder: Path, old: Opened | None, manifest: Manifest, load: Load) -> Index:
    """A new file, written part by part; what an old one holds already is copied from it."""
    capacity = max(int(manifest.rows * GROWTH), LEAST_CAPACITY)
    kept = 0 if old is None else _common(old.index, manifest)
    before = None if old is None else old.columns()
    name = f"{manifest.sha256[:16]}{SUFFIX}"
    spans: list[Span] = []
    start = 0
    with new_file(folder / name, capacity) as path:
        for number, part in enumerate(manifest.parts):
            if before is not None and old is not None and number < kept:
                columns = before.rows(slice(start, start + old.index.spans[number].rows))
            else:
                columns = load(part)
            write_rows(path, capacity, start, columns)
            spans.append(_span(part, columns))
            start += len(columns.bars)
    return Index(name, capacity, tuple(spans))


def _span(part: Part, columns: Columns) -> Span:
    return Span(part.sha256, len(columns.bars), digest(columns))


def _covers(index: Index, manifest: Manifest) -> bool:
    return len(index.spans) == len(manifest.parts) and _common(index, manifest) == len(index.spans)


def _common(index: Index, manifest: Manifest) -> int:
    """How many parts at the beginning are the same in both."""
    pairs = zip(index.spans, manifest.parts, strict=False)
    same = np.array([span.part == part.sha256 for span, part in pairs], np.bool_)
    return int(same.size if same.all() else np.argmin(same))
