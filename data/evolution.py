"""Files of the evolutions, one folder for each run: how far its searches are, and what was written about them."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from data.files import reading, write_atomically, writing
from data.sealed_arrays import sealed, unsealed
from models.types import BadInput, Damaged, Unavailable

RUN = re.compile(r"[0-9a-f]{12}")
PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
CHECKPOINTS, BEGAN, LOCK = "checkpoints", "began", ".lock"


@dataclass(frozen=True, slots=True)
class EvolutionFiles:
    """Runs below `root`. Every file is replaced whole: a crash leaves the old one or the new one.

    Everything raises:
        BadInput: a run is not 12 hexadecimal digits, or a name would lead out of its folder.
        Unavailable: the disk is full, or cannot be read or written.
    """

    root: Path

    def folder(self, run: str) -> Path:
        """Of one run; it need not be there yet."""
        if not RUN.fullmatch(run):
            raise BadInput(f"{run!r} is no run of an evolution; allowed are 12 hexadecimal digits")
        return self.root / run

    @contextmanager
    def claimed(self, run: str) -> Iterator[None]:
        """Nobody else works on the run meanwhile: two would delete and overwrite each other's checkpoints.

        Raises:
            Unavailable: another process does.
        """
        folder = self.folder(run)
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / LOCK)
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                said = f"run {run} is under way in another process"
                raise Unavailable(f"{said}; wait for it, or stop it and go on with --resume") from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, run: str, at: int) -> None:
        """Note that the run was begun, or taken up again, at `at` (UTC microseconds)."""
        write_atomically(self.folder(run) / BEGAN, str(at).encode())

    def runs(self) -> list[str]:
        """Ids of all runs, the one last begun first; those that never said when they began come last."""
        with reading(self.root):
            found = [one.name for one in self.root.iterdir() if RUN.fullmatch(one.name)] if self.root.exists() else []
        return sorted(found, key=lambda run: (-self._began(run), run))

    def save_checkpoint(self, run: str, search: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Replace the checkpoint of one of the run's searches.

        Raises:
            ValueError: an array holds Python objects, which cannot be stored without pickle.
        """
        write_atomically(self._checkpoint(run, search), sealed(arrays))

    def load_checkpoint(self, run: str, search: str) -> dict[str, np.ndarray] | None:
        """What was saved last, to the bit; None where nothing was.

        Raises:
            Damaged: the file is not what was written.
        """
        path = self._checkpoint(run, search)
        with reading(path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        arrays = unsealed(content)
        if arrays is None:
            raise Damaged(f"{path} does not match its checksum; delete it, and this search begins anew")
        return arrays

    def drop(self, run: str) -> None:
        """Delete the run's checkpoints; what was written about it stays."""
        folder = self.folder(run) / CHECKPOINTS
        with writing(folder):
            if folder.exists():
                shutil.rmtree(folder)

    def save_text(self, run: str, name: str, text: str) -> Path:
        """Replace a text of the run, such as `report.json` or `genomes/volatile.json`; returns where it is."""
        path = self._path(run, name)
        write_atomically(path, text.encode())
        return path

    def read_text(self, run: str, name: str) -> str | None:
        """A text of the run, None where there is none.

        Raises:
            Damaged: the file is no text.
        """
        path = self._path(run, name)
        with reading(path):
            try:
                return path.read_bytes().decode()
            except FileNotFoundError:
                return None
            except UnicodeDecodeError as error:
                raise Damaged(f"{path} is no text ({error.reason}); delete it, and run keel evolve again") from error

    def _checkpoint(self, run: str, search: str) -> Path:
        if "/" in search:
            raise BadInput(f"{search!r} is no name of a search; allowed are letters, digits and _.-")
        return self._path(run, f"{CHECKPOINTS}/{search}.npz")

    def _path(self, run: str, name: str) -> Path:
        parts = name.split("/")
        if len(parts) > 2 or not all(PART.fullmatch(one) for one in parts):
            raise BadInput(
                f"{name!r} is no name of a run's file; allowed are letters, digits and _.-, in one folder at most"
            )
        return self.folder(run).joinpath(*parts)

    def _began(self, run: str) -> int:
        text = self.read_text(run, BEGAN)
        if text is None:
            return 0
        if not text.isascii() or not text.isdigit():
            raise Damaged(f"{self.root / run / BEGAN} holds no time ({text[:40]!r}); delete it")
        return int(text)
