"""Every file of the lake and of the models, held against the checksum that was written with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from data.actions import ActionStore
from data.arrays import ArrayCache
from data.books import book_store
from data.bucket import Unreachable
from data.catalogue import CATALOGUE, CHECKSUM, catalogue_damage
from data.coverage import CURE as LEDGER_CURE
from data.coverage import LEDGER
from data.features import CURE as FEATURES_CURE
from data.features import RECORD
from data.files import read_checked, reading, sha256_of
from data.lake import Lake
from data.manifest import CURE, NAME, Manifest, parts_in, require_manifest, verified_manifest
from data.model_files import ModelFiles
from data.news import news_store
from data.objects import Place, globbed
from data.opportunities import opportunity_store
from data.sealed import read_sealed
from data.tail_fits import TailFitStore
from data.tone_models import ToneModels
from data.trades import trade_store
from models.types import Damaged, Series, Unavailable

# Below the lake's folder: what repair has taken out of it, and what can be computed again from the rest.
ASIDE = "damaged"
DERIVED = "features"


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that cannot be trusted, and why; `derived` when it can be made anew from others."""

    path: Place
    reason: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """How many files were looked at, and those that cannot be trusted."""

    files: int
    damaged: tuple[Damage, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "files": self.files,
            "damaged": [{"path": str(one.path), "reason": one.reason} for one in self.damaged],
        }


Checked = Iterator[tuple[Place, Damage | None]]


def verify_lake(lake: Lake, report: Callable[[str], None]) -> Verification:
    """Look at every file of the lake; nothing is changed.

    Raises:
        Unreachable: the object store that it is in does not answer.
    """
    files, damaged = 0, list[Damage]()
    for check in (_datasets, _actions, _ledgers, _caches, _catalogue, _feature_records, _tail_fits, _hot):
        for path, damage in check(lake):
            files += 1
            report(f"{files} files, at {below(lake, path)}")
            if damage is not None:
                damaged.append(damage)
    return Verification(files, tuple(damaged))


def verify_models(models: ModelFiles | ToneModels, report: Callable[[str], None]) -> Verification:
    """Look at every pointer, card and file of every version of models or of scorers of news; nothing is changed. What
    is wrong is put right by a training, not by a repair.
    """
    files, damaged = 0, list[Damage]()
    for path, reason in models.checked():
        files += 1
        report(f"{files} files, at {path.relative_to(models.root)}")
        if reason is not None:
            damaged.append(Damage(path, reason))
    return Verification(files, tuple(damaged))


def _datasets(lake: Lake) -> Checked:
    for folder in _folders(lake):
        derived = below(lake, folder).parts[0] == DERIVED
        found = [(path, None if why is None else Damage(path, why, derived)) for path, why in _dataset(folder)]
        yield from found


def below(lake: Lake, path: Place) -> PurePath:
    """Where below the lake's root, or its folder on this machine, that is."""
    return path.relative_to(lake.local) if isinstance(path, Path) else path.relative_to(lake.root)


def _folders(lake: Lake) -> list[Place]:
    """Folders of all datasets, those whose manifest was lost too."""
    found = set[Place]()
    for root in (lake.root, lake.local / DERIVED):
        with_parts = [path.parent for path in root.rglob("*.parquet")]
        found.update(folder.parent if folder.name.startswith("period=") else folder for folder in with_parts)
        found.update(path.parent for path in root.rglob(NAME))
    return sorted((folder for folder in found if below(lake, folder).parts[0] != ASIDE), key=str)


def _dataset(folder: Place) -> list[tuple[Place, str | None]]:
    """Manifest and parts, each with what is wrong with it."""
    path = folder / NAME
    try:
        require_manifest(folder)
        manifest = verified_manifest(folder)
    except Unreachable:
        raise
    except (Damaged, Unavailable) as error:
        # The names of the parts are what is left to hold them against.
        return [(path, str(error)), *((part, _name_damage(part)) for part in parts_in(folder))]
    checked = [(folder / part.path, _damage(folder / part.path, part.sha256)) for part in manifest.parts]
    if any(why is not None for _, why in checked) and _overtaken(folder, manifest):
        return _dataset(folder)
    return [(path, None), *checked]


def _overtaken(folder: Place, manifest: Manifest) -> bool:
    """Whether a writer has replaced what the manifest named."""
    try:
        return verified_manifest(folder) != manifest
    except Unreachable:
        raise
    except (Damaged, Unavailable):
        return True


def _damage(path: Place, sha256: str) -> str | None:
    try:
        read_checked(path, sha256, CURE)
    except Unreachable:
        raise
    except (Damaged, Unavailable) as error:
        return str(error)
    return None


def _name_damage(path: Place) -> str | None:
    """What is wrong with a part that no manifest names; its name is the beginning of its checksum."""
    try:
        with reading(path):
            sound = sha256_of(path.read_bytes()).startswith(path.stem)
    except Unreachable:
        raise
    except Unavailable as error:
        return str(error)
    return None if sound else f"{path} does not match its name, which is its checksum; {CURE}"


def _actions(lake: Lake) -> Checked:
    store = ActionStore(lake)
    damaged = dict(store.damaged())
    for path in store.paths():
        yield path, Damage(path, damaged[path]) if path in damaged else None


def _feature_records(lake: Lake) -> Checked:
    for path in sorted(lake.local.glob(f"{DERIVED}/*/*/*/version=*/{RECORD}")):
        try:
            read_sealed(path, FEATURES_CURE)
        except (Damaged, Unavailable) as error:
            yield path, Damage(path, str(error), derived=True)
        else:
            yield path, None


def _tail_fits(lake: Lake) -> Checked:
    """Fits are derived: one that is gone is made again from its window."""
    store = TailFitStore(lake)
    damaged = dict(store.damaged())
    for _, path in store.files():
        yield path, Damage(path, damaged[path], derived=True) if path in damaged else None


def _hot(lake: Lake) -> Checked:
    """Rows of streams that are not in Parquet yet; a file that is still being written ends where its frames end."""
    for store in (book_store(lake), trade_store(lake), news_store(lake), opportunity_store(lake)):
        for market in store.markets():
            for path, reason in store.checked_hot(market):
                yield path, None if reason is None else Damage(path, reason)


def _ledgers(lake: Lake) -> Checked:
    for path in globbed(lake.root / "coverage", f"*/*/*/{LEDGER}"):
        try:
            read_sealed(path, LEDGER_CURE)
        except Unreachable:
            raise
        except (Damaged, Unavailable) as error:
            yield path, Damage(path, str(error), derived=True)
        else:
            yield path, None


def _caches(lake: Lake) -> Checked:
    damaged = dict(ArrayCache(lake).damaged())
    for path in sorted([*lake.local.glob("cache/*/*/*/index.json"), *lake.local.glob("cache/*/*/*/*.columns")]):
        yield path, Damage(path, damaged[path], derived=True) if path in damaged else None


def _catalogue(lake: Lake) -> Checked:
    found = catalogue_damage(lake)
    for path in (lake.local / CATALOGUE, lake.local / CHECKSUM):
        if found is not None and found[0] == path:
            yield path, Damage(*found, derived=True)
        elif path.exists():
            yield path, None


def damaged_of(lake: Lake, series: Series) -> Iterator[tuple[str, Damage]]:
    """What cannot be trusted of one series, by kind: its bars, the words of models about them, and its features."""
    for kind in ("bars", "predictions", DERIVED):
        below: Place = lake.derived(kind, series) if kind == DERIVED else lake.folder(kind, series)
        folders = {path.parent for path in below.rglob(NAME)}
        folders |= {path.parent.parent for path in below.rglob("period=*/*.parquet")}
        for folder in sorted(folders, key=str):
            yield from ((kind, Damage(path, why, kind == DERIVED)) for path, why in _dataset(folder) if why is not None)
    for path in sorted(lake.derived(DERIVED, series).glob(f"version=*/{RECORD}")):
        try:
            read_sealed(path, FEATURES_CURE)
        except (Damaged, Unavailable) as error:
            yield DERIVED, Damage(path, str(error), derived=True)
