"""Keys that are real to the product and known to the tests: wherever one of them turns up, it has leaked.

Written without the product's own notion of what forms a secret takes: this is what that is held against.
"""

import base64
import binascii
import gzip
import io
import json
import re
import sqlite3
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CANARY_KEY = "cAnArYk3yN0n35uchF0undAnywh3r3Wh4t50ev3rBut1nTh3T35t51t53lfYz01"
# Valid base64, as one venue wants it, with every character that an address or a header escapes.
CANARY_SECRET = base64.b64encode(
    b"\xfb\xef\xbe canary secret \xff\xfe\xfd of no venue at all, 0123456789 \xfb\xff"
).decode()
# As much of one as nobody may show either.
FRAGMENT = 16
_EDGE = 4


def forms_of(value: str) -> dict[str, bytes]:
    """What to look for, by what it is called."""
    raw = value.encode()
    forms = {
        "plain": raw,
        "its beginning": raw[:FRAGMENT],
        "its end": raw[-FRAGMENT:],
        "url-encoded": urllib.parse.quote(value, safe="").encode(),
        "url-encoded but slashes": urllib.parse.quote(value).encode(),
        "JSON": json.dumps(value)[1:-1].encode(),
        "backwards": raw[::-1],
        "hex": binascii.hexlify(raw),
    }
    for before in range(3):
        # Where in three bytes it begins decides what base64 makes of it; its edges depend on what stands beside it.
        text = base64.b64encode(b"\0" * before + raw)[_EDGE:-_EDGE]
        forms[f"base64 after {before}"] = text
        forms[f"url-safe base64 after {before}"] = text.translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def patterns_of(canaries: Mapping[str, str]) -> dict[str, re.Pattern[bytes]]:
    """One pattern for each canary and form; hex and percent codes come in both cases."""
    found = {}
    for name, value in canaries.items():
        for form, text in forms_of(value).items():
            flags = re.IGNORECASE if form.startswith(("hex", "url-encoded")) else 0
            found[f"{name}, {form}"] = re.compile(re.escape(text), flags)
    return found


CANARIES = {"CANARY_KEY": CANARY_KEY, "CANARY_SECRET": CANARY_SECRET}


def leaks(
    paths: Iterable[Path], texts: Iterable[str] = (), canaries: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Every place with a canary, and which in what form; `paths` are files, or folders with all that is below."""
    patterns = patterns_of(CANARIES if canaries is None else canaries)
    places = [*_texts(texts), *(part for path in paths for file in _files(path) for part in _parts(file))]
    return [(place, what) for place, content in places for what, one in patterns.items() if one.search(content)]


def assert_absent(paths: Iterable[Path], texts: Iterable[str] = (), canaries: Mapping[str, str] | None = None) -> None:
    """No canary is in any of the files (also in what SQLite, Parquet, gzip and zip have packed) or texts.

    Raises:
        AssertionError: names each place and what was found there.
    """
    found = leaks(paths, texts, canaries)
    assert not found, "; ".join(f"{place} has {what}" for place, what in found)


def _texts(texts: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for number, text in enumerate(texts):
        yield f"text {number}", text.encode(errors="surrogatepass")


def _files(path: Path) -> Iterator[Path]:
    candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
    yield from (one for one in candidates if one.is_file())


def _parts(file: Path) -> Iterator[tuple[str, bytes]]:
    """The file's name, its bytes, and what they unpack to."""
    content = file.read_bytes()
    yield f"the name of {file}", str(file).encode(errors="surrogateescape")
    yield str(file), content
    for magic, unpack in UNPACKERS.items():
        if content.startswith(magic):
            with suppress(*DAMAGED):  # as a test has made it: there are its bytes
                yield from ((f"{file}: {place}", part) for place, part in unpack(file, content))


def _sqlite(file: Path, _content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every value: in the file a long one is cut into pages."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        tables = [row[0].decode() for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            quoted = table.replace('"', '""')
            for row in connection.execute(f'select * from "{quoted}"'):  # noqa: S608 - a name from its own list
                for value in row:
                    if isinstance(value, bytes):
                        yield f"table {table}", value


def _parquet(file: Path, _content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every different text of every column that has texts."""
    with pq.ParquetFile(file) as opened:
        table = opened.read()
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not pa.types.is_primitive(kind):
            yield f"column {name}", "\n".join(map(str, set(map(str, column.to_pylist())))).encode()


def _gzip(_file: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        yield "unpacked", gzip.decompress(content)
    except (EOFError, OSError, zlib.error):
        # Cut off, as of a process that was killed: what there is of it.
        yield "unpacked as far as it goes", zlib.decompressobj(wbits=31).decompress(content)


def _zip(_file: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


DAMAGED = pa.ArrowInvalid, sqlite3.DatabaseError, zipfile.BadZipFile, OSError
UNPACKERS: Mapping[bytes, Callable[[Path, bytes], Iterator[tuple[str, bytes]]]] = {
    b"SQLite format 3\0": _sqlite,
    b"PAR1": _parquet,
    b"\x1f\x8b": _gzip,
    b"PK\x03\x04": _zip,
}
