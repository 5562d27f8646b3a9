"""Files that are either whole or absent, and that say when they are not what was written."""

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from data.objects import ObjectPath, Place, beside, unchanged
from models.types import Damaged, Unavailable

LOCK_SECONDS = 120.0
# Names of files that were being written when their process was killed.
UNFINISHED = ".writing-*"


def sha256_of(content: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def writing(target: Place) -> Iterator[None]:
    """Turn what the operating system says about a failed write into one sentence.

    Raises:
        Unavailable: disk full, read-only, not permitted, or something else stands in the way.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Unavailable(f"no space left to write {target}; free some room and run the command again") from error
        raise Unavailable(
            f"{target} cannot be written ({error.strerror}); make it writable or point KEEL_HOME elsewhere"
        ) from error


@contextlib.contextmanager
def reading(source: Place) -> Iterator[None]:
    """Turn what the operating system says about a failed read into one sentence.

    Raises:
        Unavailable: not permitted, or no file.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{source} cannot be read ({error.strerror}); look at what stands there") from error


def write_atomically(target: Place, content: bytes) -> None:
    """Replace `target` by `content`, durable before it is visible; a crash leaves the old file or the new one.

    Raises:
        Unavailable: the disk is full or cannot be written.
    """
    if isinstance(target, ObjectPath):
        target.write_bytes(content)
        return
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED.rstrip("*"))
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def read_regular(path: Path) -> bytes:
    """The bytes of a regular file; a pipe or a device in its place would be waited for, or read, without end.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return stream.read()


def read_document(path: Place) -> bytes:
    """A small file that is replaced now and then, as it is now.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read, or is no regular file.
        Unavailable: the object store did not answer.
    """
    return path.document() if isinstance(path, ObjectPath) else read_regular(path)


def write_document(path: Place, content: bytes) -> None:
    """Replace a small file; one in a bucket that was read under the lock that is held, only if nobody else has since.

    Raises:
        Unavailable: the disk is full or cannot be written; or another machine was faster, and nothing was written.
    """
    if isinstance(path, ObjectPath):
        path.replace_document(content)
    else:
        write_atomically(path, content)


def read_checked(path: Place, sha256: str, cure: str) -> bytes:
    """The bytes of `path`; `cure` tells a person how to replace a damaged file.

    Raises:
        Damaged: the file is missing or is not what was written.
        Unavailable: it is there and cannot be read.
    """
    with reading(path):
        try:
            content = _read_part(path, sha256)
        except FileNotFoundError as error:
            raise Damaged(f"{path} is missing; {cure}") from error
    if sha256_of(content) != sha256:
        raise Damaged(f"{path} does not match its checksum; {cure}")
    return content


def _read_part(path: Place, sha256: str) -> bytes:
    if not isinstance(path, ObjectPath):
        return read_regular(path)
    content = path.read_bytes()  # what was spoilt on the way is sound the second time
    return content if sha256_of(content) == sha256 else path.read_bytes()


@contextlib.contextmanager
def locked(path: Place, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock file `path`: one writer at a time, over all processes of this machine. What is in a bucket other
    machines may write all the same: the first to replace a document wins, see `write_document`.

    Raises:
        Unavailable: another process held it for `seconds`, or the folder cannot be written.
    """
    file = beside(path)
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file)
        try:
            lock.acquire(timeout=seconds)
        except Timeout as error:
            raise Unavailable(f"another process has been writing beside {path} for {seconds:.0f} s") from error
    try:
        with unchanged() if isinstance(path, ObjectPath) else contextlib.nullcontext():
            yield
    finally:
        lock.release()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
