"""The canary's search finds one wherever it is planted: else nothing that it does not find would mean anything."""

import base64
import gzip
import json
import sqlite3
import urllib.parse
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canary import CANARY_KEY, CANARY_SECRET, FRAGMENT, assert_absent, leaks

FORMS = {
    "plain": CANARY_SECRET,
    "cut at its end": f"...{CANARY_KEY[:FRAGMENT]}",
    "url-encoded": urllib.parse.quote(CANARY_SECRET, safe=""),
    "url-encoded, lower case": urllib.parse.quote(CANARY_SECRET, safe="").lower(),
    "json": json.dumps({"a": CANARY_SECRET}),
    "basic authorization": base64.b64encode(f"user:{CANARY_SECRET}".encode()).decode(),
    "basic authorization of another": base64.b64encode(f"users:{CANARY_SECRET}".encode()).decode(),
    "url-safe base64": base64.urlsafe_b64encode(CANARY_SECRET.encode()).decode(),
    "hex": CANARY_KEY.encode().hex().upper(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found_in_a_text(form: str) -> None:
    assert leaks([], [f"before {FORMS[form]} after"])
    with pytest.raises(AssertionError, match="text 1 has CANARY"):
        assert_absent([], ["nothing", f"before {FORMS[form]} after"])


def test_nothing_is_found_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("signature=*** and other words\n" * 1000)
    assert_absent([tmp_path], ["nothing here", ""])


def _plain(path: Path) -> None:
    path.write_text(f"line\nkey {CANARY_KEY}\n")


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table logs (message text)")
        # Longer than a page, so that the canary is cut in two in the file.
        connection.executemany("insert into logs values (?)", [("x" * (4_000 + n) + CANARY_KEY,) for n in range(90)])
    connection.close()


def _parquet(path: Path) -> None:
    said = [f"said {CANARY_KEY}"] * 50
    pq.write_table(pa.table({"n": range(50), "said": pa.array(said).dictionary_encode()}), path, compression="zstd")


def _gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(CANARY_KEY.encode() * 3))


def _cut_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(CANARY_KEY.encode() + bytes(range(256)) * 9)[:-20])


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", CANARY_KEY * 2)


@pytest.mark.parametrize("plant", [_plain, _sqlite, _parquet, _gzip, _cut_gzip, _zip])
def test_it_is_found_in_every_kind_of_file(plant, tmp_path: Path) -> None:
    (tmp_path / "below" / "below").mkdir(parents=True)
    file = tmp_path / "below" / "below" / "file"
    plant(file)
    with pytest.raises(AssertionError, match="CANARY_KEY, plain") as found:
        assert_absent([tmp_path])
    assert str(file) in str(found.value)
    assert CANARY_KEY not in str(found.value)


def test_it_is_found_in_a_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / CANARY_KEY).write_text("")
    with pytest.raises(AssertionError, match="the name of"):
        assert_absent([tmp_path])
