"""Hot files: rows of the last minute as framed Arrow batches, appended within microseconds and readable at once.

A frame is a header (little-endian: payload bytes, payload crc32, first ts, last ts, crc32 of these four) and a payload,
one Arrow record batch. The kernel has a frame when `append` returns: kill -9 cannot take it back (a power
failure can, until the rows are rolled into Parquet). A frame that ends beyond its file is what a crash left of a write
and is dropped; a frame whose checksum is wrong was changed afterwards and is named.
"""

import errno
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from data.dataset import micros_of
from data.files import reading, writing

HEADER = struct.Struct("<IIqq")
SEAL = struct.Struct("<I")
HEAD_BYTES = HEADER.size + SEAL.size


@dataclass(frozen=True, slots=True)
class HotRows:
    """Rows of the sound frames of one file, and the sentence about the first frame that is not sound."""

    table: pa.Table
    damage: str | None


def append_frame(path: Path, batch: pa.RecordBatch) -> None:
    """Append one batch with a `ts` column, at least one row; whole, or the file stays as it was.

    Raises:
        Unavailable: the disk is full or cannot be written.
    """
    frame = _frame(batch)
    with writing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            before = os.fstat(descriptor).st_size
            if os.write(descriptor, frame) < len(frame):
                os.ftruncate(descriptor, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)


def read_hot(path: Path, schema: pa.Schema, since: int | None = None) -> HotRows | None:
    """Rows of the file at `path`, None where there is none (any more).

    Frames that end before `since` (UTC microseconds) are passed over unread.

    Raises:
        Unavailable: it is there and cannot be read.
    """
    with reading(path):
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            return None
        with stream:
            return _rows(path, stream, schema, since)


def _rows(path: Path, stream: BinaryIO, schema: pa.Schema, since: int | None) -> HotRows:
    batches: list[pa.RecordBatch] = []
    damage = None
    end = os.fstat(stream.fileno()).st_size
    at = 0
    while at + HEAD_BYTES <= end:
        head = stream.read(HEAD_BYTES)
        size, crc, _, last = HEADER.unpack_from(head)
        if SEAL.unpack_from(head, HEADER.size)[0] != zlib.crc32(head[: HEADER.size]):
            damage = damage or f"{path} is damaged from byte {at} on: the frame's header does not match its checksum"
            break
        at += HEAD_BYTES + size
        if at > end:
            break
        if since is not None and last < since:
            stream.seek(size, os.SEEK_CUR)
            continue
        payload = stream.read(size)
        if zlib.crc32(payload) == crc:
            batches.append(pa.ipc.read_record_batch(pa.py_buffer(payload), schema))
        else:
            damage = damage or f"{path} is damaged at byte {at - size}: the frame does not match its checksum"
    return HotRows(pa.Table.from_batches(batches, schema), damage)


def _frame(batch: pa.RecordBatch) -> bytes:
    payload: bytes = batch.serialize().to_pybytes()
    ts = micros_of(pa.Table.from_batches([batch]))
    head = HEADER.pack(len(payload), zlib.crc32(payload), int(ts[0]), int(ts[-1]))
    return head + SEAL.pack(zlib.crc32(head)) + payload
