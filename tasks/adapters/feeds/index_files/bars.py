"""Bars of a daily index file: DATE,OPEN,HIGH,LOW,CLOSE, with VOLUME or without (then it is zero)."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from models.types import BadInput, Bars, to_micros
from tasks.adapters.feeds.index_files.exchange import FILES, VENUE
from tasks.adapters.feeds.plain import PlainClient
from tasks.adapters.feeds.rows import bars_of, since_on
from tasks.adapters.venues.reads import in_form

FIGURES = ("OPEN", "HIGH", "LOW", "CLOSE")


def pages(client: PlainClient, symbol: str, timeframe: str, since: int | None) -> Iterator[Bars]:
    """One page from `since` on (UTC microseconds, None: the whole file), stamped midnight UTC of each date.

    Raises:
        BadInput: no file is named for the symbol, the bars are not daily, or a file of this machine is not as above.
        Unavailable: the file cannot be fetched, or is not as above.
    """
    files = {**FILES, **client.access.files}
    if symbol not in files:
        raise BadInput(f"there is no index file for {symbol}; there are files for {', '.join(sorted(files))}")
    if timeframe != "1d":
        raise BadInput(f"index files have daily bars (1d), not {timeframe}")
    bars = _fetched(client, files[symbol]) if "://" in files[symbol] else _stored(Path(files[symbol]))
    fresh = bars if since is None else since_on(bars, since)
    if len(fresh):
        yield fresh


def _fetched(client: PlainClient, url: str) -> Bars:
    text = client.text("bars", url, {}, {})
    with in_form(VENUE, "bars"):
        return _bars(text)


def _stored(path: Path) -> Bars:
    try:
        return _bars(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"the index file {path} cannot be read ({error.strerror}); correct its path") from error
    except (LookupError, ValueError) as error:
        raise BadInput(f"{path} is no index file ({error}); it needs columns DATE,{','.join(FIGURES)}") from error


def _bars(text: str) -> Bars:
    lines = csv.reader(text.splitlines())
    names = [name.strip().upper() for name in next(lines, [])]
    place = [names.index(name) for name in ("DATE", *FIGURES)]
    volume = names.index("VOLUME") if "VOLUME" in names else None
    rows = [_row(line, place, volume) for line in lines if line]
    bars = bars_of(sorted(rows))
    if not len(bars):
        raise ValueError("no line with a date")
    return bars


def _row(line: list[str], place: list[int], volume: int | None) -> list[float]:
    date, *prices = (line[k].strip() for k in place)
    form = "%m/%d/%Y" if "/" in date else "%Y-%m-%d"
    midnight = datetime.strptime(date, form).replace(tzinfo=UTC)
    return [
        to_micros(midnight) / 1000,
        *(float(price) for price in prices),
        0.0 if volume is None else float(line[volume]),
    ]
