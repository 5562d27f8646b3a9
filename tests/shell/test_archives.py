"""Archives as people have them, through the command line: what is understood, and what is refused in one sentence."""

import decimal
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lakes import make_store, merge

from models.types import Bars, Series

SERIES = Series("binance", "BTC/USDT", "1h")
NAMES = ("--venue", SERIES.venue, "--symbol", SERIES.symbol, "--timeframe", SERIES.timeframe, "--json")
Frame = Callable[..., pd.DataFrame]
Form = Callable[[pd.DataFrame], pd.DataFrame]
Import = Callable[..., Any]


@pytest.fixture
def bring(keel: Callable[..., Any], tmp_path: Path) -> Import:
    """Write rows as the kind of file that the name says, and import it."""

    def run(rows: pd.DataFrame | bytes, name: str = "rows.parquet", *more: str) -> Any:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        elif path.suffix.lower() == ".csv":
            rows.to_csv(path, index=False)
        elif path.suffix == ".feather":
            rows.to_feather(path)
        else:
            rows.to_parquet(path)
        return keel("import", path, *NAMES, *more)

    return run


def _stored(lake: Path) -> dict[str, bytes]:
    folder = lake / "bars"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*") if path.suffix != ".lock"}


def _epoch(micros: int) -> Form:
    return lambda rows: rows.assign(ts=rows.ts.astype("datetime64[us, UTC]").astype("int64") // micros)


def _nanoseconds(rows: pd.DataFrame) -> pd.DataFrame:
    return _epoch(1)(rows).assign(ts=lambda one: one.ts * 1000)


def _with_another(rows: pd.DataFrame) -> pd.DataFrame:
    other = rows.assign(ticker="ETH/USDT", close=rows.close + 0.125)
    return pd.concat([rows.assign(ticker="BTC/USDT"), other]).sort_values("ts", kind="stable").reset_index(drop=True)


FORMS: dict[str, Form] = {
    "as it is": lambda rows: rows,
    "no zone": lambda rows: rows.assign(ts=rows.ts.dt.tz_localize(None)),
    "another zone": lambda rows: rows.assign(ts=rows.ts.dt.tz_convert("America/New_York")),
    "text": lambda rows: rows.assign(ts=rows.ts.dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
    "text with offset": lambda rows: rows.assign(ts=[one.isoformat() for one in rows.ts.dt.tz_convert("Asia/Tokyo")]),
    "seconds": _epoch(1_000_000),
    "milliseconds": _epoch(1_000),
    "microseconds": _epoch(1),
    "nanoseconds": _nanoseconds,
    "float seconds": lambda rows: _epoch(1_000_000)(rows).astype({"ts": float}),
    "other names": lambda rows: rows.rename(columns={"ts": " Date ", "open": "Open", "volume": "VOLUME"}),
    "other order": lambda rows: rows[["volume", "close", "low", "ts", "high", "open"]],
    "more columns": lambda rows: rows.assign(note="x", index=3, adjusted=1.0),
    "text figures": lambda rows: rows.assign(open=rows.open.astype(str), close=rows.close.astype(str)),
    "another symbol beside it": _with_another,
}
PARQUET_FORMS: dict[str, Form] = {
    "index": lambda rows: rows.set_index("ts"),
    "named index": lambda rows: rows.rename(columns={"ts": "Date"}).set_index("Date"),
    "decimals": lambda rows: rows.assign(close=[decimal.Decimal(repr(one)) for one in rows.close]),
    "categories": lambda rows: rows.assign(ts=rows.ts.astype(str).astype("category")),
}


@pytest.mark.parametrize(
    ("form", "name"),
    [(form, f"rows.{kind}") for form in FORMS for kind in ("parquet", "csv", "feather")]
    + [(form, "rows.parquet") for form in PARQUET_FORMS]
    + [("as it is", "symbol=OTHER/date=2031-01-01/rows.parquet"), ("as it is", "ROWS.CSV")],
)
def test_every_form_gives_the_same_lake(
    form: str, name: str, frame: Frame, bars: Callable[..., Bars], bring: Import, keel_home: Path, tmp_path: Path
) -> None:
    outcome = bring((FORMS | PARQUET_FORMS)[form](frame()), name)
    assert outcome.code == 0, outcome.err
    result = outcome.json
    assert (result["bars"], result["added"], result["quarantined"], result["gaps"]) == (48, 48, 0, 0)
    assert (result["first"], result["last"]) == ("2020-01-01T00:00:00Z", "2020-01-02T23:00:00Z")
    merge(make_store(tmp_path / "reference"), SERIES, bars(48))
    assert _stored(keel_home / "lake") == _stored(tmp_path / "reference")


def test_a_dry_run_tells_and_leaves_no_trace(frame: Frame, bring: Import, keel_home: Path) -> None:
    outcome = bring(frame(close={5: None}), "rows.csv", "--dry-run")
    told = outcome.json
    assert (outcome.code, told["dry_run"], told["added"], told["bars"], told["quarantined"]) == (0, True, 47, 0, 1)
    assert not keel_home.exists()


def test_daily_rows_may_have_dates(frame: Frame, bring: Import) -> None:
    days = frame(5).assign(ts=pd.date_range("2020-01-01", periods=5).date)
    for kind in ("csv", "parquet"):
        result = bring(days, f"rows.{kind}", "--timeframe", "1d").json
        assert (result["bars"], result["quarantined"]) == (5, 0)
        assert (result["first"], result["last"]) == ("2020-01-01T00:00:00Z", "2020-01-05T00:00:00Z")


# What the file is made of, its name, and what the one sentence has to say.
Refusal = tuple[Callable[[pd.DataFrame], pd.DataFrame | bytes], str, list[str]]
REFUSED: dict[str, Refusal] = {
    "unknown kind": (lambda rows: b"x", "rows.xlsx", ["rows.xlsx", ".parquet, .csv, .feather"]),
    "no bytes": (lambda rows: b"", "rows.parquet", ["rows.parquet", "not a readable .parquet", "undamaged"]),
    "no bytes, csv": (lambda rows: b"", "rows.csv", ["rows.csv", "Empty CSV file"]),
    "no bytes, feather": (lambda rows: b"", "rows.feather", ["rows.feather", "not a readable .feather"]),
    "no rows": (lambda rows: rows.iloc[:0], "rows.csv", ["rows.csv has no rows"]),
    "no rows, ticker": (lambda rows: rows.iloc[:0].assign(ticker="A"), "rows.parquet", ["rows.parquet has no rows"]),
    "truncated": (lambda rows: rows.to_parquet()[:700], "rows.parquet", ["rows.parquet", "undamaged copy"]),
    "text inside": (lambda rows: b"not a table at all" * 99, "rows.parquet", ["rows.parquet", "undamaged copy"]),
    "binary inside": (lambda rows: bytes(range(256)) * 9, "rows.csv", ["rows.csv"]),
    "ragged": (lambda rows: rows.to_csv(index=False).encode() + b"1,2\n", "rows.csv", ["Expected 6 columns, got 2"]),
    "no price": (
        lambda rows: rows.drop(columns="close"),
        "rows.csv",
        ["no column close", "ts, open, high, low, volume"],
    ),
    "no time": (lambda rows: rows.drop(columns="ts"), "rows.parquet", ["no column ts", "open, high"]),
    "nothing known": (lambda rows: b"a,b\n1,2\n", "rows.csv", ["no column ts, open, high, low, close, volume", "a, b"]),
    "column twice": (
        lambda rows: rows.to_csv(index=False).replace("volume", "close", 1).encode(),
        "rows.csv",
        ["column close more than once"],
    ),
    "column twice in another case": (lambda rows: rows.assign(Close=1.0), "rows.parquet", ["close more than once"]),
    "another symbol": (lambda rows: rows.assign(ticker="ETH"), "rows.csv", ["no rows of BTC/USDT", "ticker", "ETH"]),
    "times are words": (lambda rows: rows.assign(ts="yesterday"), "rows.csv", ["no time stamps", "yesterday"]),
    "times of another order": (
        lambda rows: rows.assign(ts=rows.ts.dt.strftime("%d/%m/%Y %H:%M")),
        "rows.csv",
        ["no time stamps", "01/01/2020"],
    ),
    "times are small numbers": (
        lambda rows: rows.assign(ts=range(48)),
        "rows.csv",
        ["no times since 1970", "such as 0"],
    ),
    "times are missing": (lambda rows: rows.assign(ts=None), "rows.parquet", ["no time stamps"]),
    "times are lists": (lambda rows: rows.assign(ts=[[1]] * 48), "rows.parquet", ["no time stamps"]),
    "prices are words": (lambda rows: rows.assign(close="dear"), "rows.csv", ["48 of 48 rows", "missing or infinite"]),
    "prices with commas": (lambda rows: rows.assign(close="1,000.5"), "rows.csv", ["48 of 48 rows"]),
    "prices are lists": (lambda rows: rows.assign(close=[[1.0]] * 48), "rows.parquet", ["48 of 48 rows"]),
    "most rows are bad": (lambda rows: rows.assign(low=rows.high + 1), "rows.csv", ["48 of 48", "high below low"]),
    "larger bars": (
        lambda rows: rows.iloc[::4],
        "rows.csv",
        ["no two rows are 1h apart", "240 minutes", "--timeframe"],
    ),
    "smaller bars": (
        lambda rows: rows.assign(ts=pd.date_range("2020-01-01", periods=48, freq="30min", tz="UTC")),
        "rows.csv",
        ["most rows are 30 minutes apart, not 1h", "--timeframe"],
    ),
    "off the grid": (
        lambda rows: rows.assign(ts=rows.ts + pd.Timedelta("7s")),
        "rows.csv",
        ["off the timeframe's grid"],
    ),
    "newest first": (lambda rows: rows.iloc[::-1], "rows.csv", ["47 of 48 rows", "before an earlier row's"]),
    "tomorrow": (lambda rows: rows.assign(ts=rows.ts + pd.Timedelta("36500D")), "rows.csv", ["had not closed yet"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence_and_changes_nothing(
    case: str, frame: Frame, bring: Import, lake_hash: Callable[[], str]
) -> None:
    make, name, said = REFUSED[case]
    assert bring(frame(3), "before.csv").code == 0
    before = lake_hash()
    for more in ([], ["--dry-run"]):
        outcome = bring(make(frame()), name, *more)
        assert outcome.code == 2, outcome.err
        assert outcome.json == {"error": outcome.sentence, "exit_code": 2}
        for part in said:
            assert part in outcome.sentence
        assert lake_hash() == before


def test_a_missing_file_and_a_folder_are_no_files(keel: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("nothing.csv", "folder.csv"):
        outcome = keel("import", tmp_path / name, *NAMES)
        assert (outcome.code, outcome.sentence) == (2, f"there is no file {tmp_path / name}")


def test_no_flipped_bit_of_an_archive_is_a_crash(frame: Frame, bring: Import) -> None:
    for kind, whole in (("parquet", _file(frame(), "parquet")), ("feather", _file(frame(), "feather"))):
        for position in range(3, len(whole), len(whole) // 40):
            content = bytearray(whole)
            content[position] ^= 1 << (position % 8)
            outcome = bring(bytes(content), f"rows.{kind}", "--dry-run")
            assert outcome.code in (0, 2), f"{kind} {position}: {outcome.err}"


def _file(rows: pd.DataFrame, kind: str) -> bytes:
    sink = io.BytesIO()
    rows.to_feather(sink) if kind == "feather" else rows.to_parquet(sink)
    return sink.getvalue()


def test_an_unknown_zone_in_a_damaged_file_is_a_sentence(frame: Frame, bring: Import) -> None:
    outcome = bring(_file(frame(), "feather").replace(b"\x03\x00\x00\x00UTC", b"\x03\x00\x00\x00UTA"), "rows.feather")
    assert outcome.code == 2
    assert "UTA" in outcome.sentence
