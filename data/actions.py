"""Corporate actions in the lake: one sealed document a venue and symbol, beside the bars as traded."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from data.files import UNFINISHED, locked, sha256_of
from data.lake import Lake
from data.objects import Place, beside, globbed
from data.sealed import read_sealed, write_sealed
from models.actions import ActionKind, CorporateAction
from models.actions.versions import order
from models.types import BadInput, Damaged
from models.types.series import VENUE

NAME = "actions.json"
SCHEMA = 1
CURE = "restore it from a backup, or delete it and bring the symbol's actions in again"


@dataclass(frozen=True, slots=True)
class ActionMerge:
    """What a merge did.

    Attributes:
        added: actions that were not there yet.
        conflicts: of those given, the ones that say something else than another source about the same symbol, kind
            and ex-date as known at the same moment; both are kept, and the larger one speaks (models.actions).
    """

    added: int
    conflicts: tuple[CorporateAction, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ActionStore:
    """Actions by venue and symbol. What is stored stays: a merge only ever adds, a correction is one more version."""

    lake: Lake

    def read(self, venue: str, symbol: str) -> tuple[CorporateAction, ...]:
        """Every version of every action, in their one order; none where nothing was brought in.

        Raises:
            Damaged: the document does not match its checksum, or holds what is no action.
            Unavailable: it is there and cannot be read.
        """
        return _read(self._path(venue, symbol))

    def version(self, venue: str, symbol: str) -> str:
        """SHA-256 of what `read` gives: equal exactly when every action is."""
        return sha256_of(json.dumps(_rows(self.read(venue, symbol))).encode())

    def merge(self, venue: str, actions: Iterable[CorporateAction]) -> ActionMerge:
        """Add what is not there yet; whatever the order of the batches, the same actions end in the same bytes.

        Each symbol is committed for itself: after an error some may have been added, and the same call again adds the
        others.

        Raises:
            Damaged: a symbol's document does not match its checksum.
            Unavailable: the disk is full or cannot be written.
        """
        added = 0
        conflicts: list[CorporateAction] = []
        for symbol, group in groupby(sorted(set(actions), key=order), key=lambda one: one.symbol):
            batch = set(group)
            path = self._path(venue, symbol)
            with locked(path.parent / ".lock"):
                _sweep(beside(path.parent))
                before = set(_read(path))
                conflicts.extend(_conflicts(batch, before))
                added += len(batch - before)
                if not batch <= before:
                    write_sealed(path, {"schema": SCHEMA, "actions": _rows(sorted(before | batch, key=order))})
        return ActionMerge(added, tuple(conflicts))

    def paths(self) -> Iterator[Place]:
        """Every document there is."""
        yield from globbed(self.lake.root / "actions", f"venue=*/symbol=*/{NAME}")

    def damaged(self) -> Iterator[tuple[Place, str]]:
        """Every document that cannot be trusted, with the reason."""
        for path in self.paths():
            try:
                _read(path)
            except Damaged as error:
                yield path, str(error)

    def _path(self, venue: str, symbol: str) -> Place:
        if not VENUE.fullmatch(venue):
            raise BadInput(f"venue {venue!r} is not a name of small letters, digits and underscores")
        return self.lake.root / "actions" / f"venue={venue}" / f"symbol={quote(symbol, safe='')}" / NAME


def _read(path: Place) -> tuple[CorporateAction, ...]:
    body = read_sealed(path, CURE)
    if body is None:
        return ()
    try:
        if body["schema"] != SCHEMA:
            raise Damaged(f"{path} has layout {body['schema']}, this version of Keel reads {SCHEMA}; {CURE}")
        return tuple(CorporateAction(**row | {"kind": ActionKind(row["kind"])}) for row in body["actions"])
    except (KeyError, TypeError, ValueError, BadInput) as error:
        raise Damaged(f"{path} holds what is no corporate action ({error}); {CURE}") from error


def _rows(actions: Iterable[CorporateAction]) -> list[dict[str, object]]:
    return [asdict(one) for one in actions]


def _conflicts(batch: set[CorporateAction], before: set[CorporateAction]) -> list[CorporateAction]:
    figures: dict[tuple[str, int, int], set[CorporateAction]] = {}
    for one in batch | before:
        figures.setdefault((one.kind, one.ex_ts, one.known_at), set()).add(one)
    return sorted((one for same in figures.values() if len(same) > 1 for one in same & batch), key=order)


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(UNFINISHED):  # of a process that was killed while it held the lock
        leftover.unlink(missing_ok=True)
