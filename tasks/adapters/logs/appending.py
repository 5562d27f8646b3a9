"""Lines at the end of a file that several processes write, and its rotation: no line is lost, and nobody waits.

A line is one write to a file that was opened for appending, which the kernel does whole. Only rotating takes a lock,
and whoever does not get it at once goes on with the file as it is: a process that was stopped, or killed, as it rotated
keeps nobody from writing. A line that meets a rotation stands in the rotated file. (On a network file system, which
knows no appending, lines may overwrite each other: state/ has to be on a local one, as the journal's SQLite wants too.)
"""

import fcntl
import os
from pathlib import Path

MODE = 0o600
# Not blocking: a pipe in the file's place must not hold up whoever logs. No link is followed, which may lead to the
# journal.
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_NOFOLLOW


class RotatedFile:
    """One process' hold of the file. `most` bytes, then it becomes `<name>.1`; `files` rotated ones stay."""

    def __init__(self, path: Path, most: int, files: int) -> None:
        self.path, self.most, self.files = path, most, files
        self._number: int | None = None
        self._is_torn = False

    def append(self, line: bytes) -> None:
        """Write the line, which ends with a line break.

        Raises:
            OSError: it could not be written, or not whole.
        """
        number = self._opened()
        # What a full disk has cut off is a line of its own, which nobody can read.
        whole = b"\n" + line if self._is_torn else line
        written = os.write(number, whole)
        self._is_torn = written < len(whole)
        if self._is_torn:
            raise OSError(f"{written} of {len(whole)} bytes were written")
        if os.fstat(number).st_size >= self.most:
            self._rotate()

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._number is not None:
            os.close(self._number)
            self._number = None

    def _opened(self) -> int:
        """The file that has the name now: another process may have rotated the one that we hold."""
        if self._number is not None and not _is_at(self._number, self.path):
            self.close()
        if self._number is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._number = os.open(self.path, FLAGS, MODE)
        return self._number

    def _rotate(self) -> None:
        lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self.path.stat().st_size >= self.most:  # nobody was faster
                self._move_up()
        except BlockingIOError:
            return  # somebody rotates
        finally:
            os.close(lock)

    def _move_up(self) -> None:
        """Each file one place up, as far as the first free place: a crash on the way leaves a gap, and loses none."""
        places = [self.path, *(self.path.with_name(f"{self.path.name}.{one}") for one in range(1, self.files + 1))]
        free = next((one for one, place in enumerate(places) if not place.exists()), self.files)
        for one in range(free, 0, -1):
            places[one - 1].replace(places[one])


def _is_at(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except FileNotFoundError:
        return False
