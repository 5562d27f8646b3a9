"""Headlines in the lake, one row for each revision, in the order of their arrival.

What was heard live is in one market of the kind; each archive that was imported has one of its own, named by its
content. `known_at` is the arrival, `exch_ts` what the source says of the publication (the arrival where it says
nothing).
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.dataset import TIME
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import TIMES, Market, TickStore
from models.types import BadInput
from models.types.news import Event, Headline, Link, Tone
from models.types.timeframes import SECOND

HEARD = Market("news", "HEADLINES")
LINK = pa.struct([("asset", pa.string()), ("relevance", pa.float64()), ("word", pa.string())])
SCHEMA = pa.schema(
    [
        *TIMES,
        ("id", pa.string()),
        ("revision", pa.int64()),
        ("source", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("text", pa.string()),
        ("published", TIME),
        ("language", pa.string()),
        ("twin", pa.string()),
        ("likeness", pa.float64()),
        ("links", pa.list_(LINK)),
        ("event", pa.string()),
        ("tone", pa.float64()),
        ("scorer", pa.string()),
        ("weight", pa.float64()),
    ]
)
EVENTS = {one.value: one for one in Event}
# The lake's key runs ahead of the arrival by a microsecond for each row that came in the same one: a million of them.
AHEAD = SECOND


def news_store(lake: Lake) -> TickStore:
    """The lake's headlines."""
    return TickStore(lake, "news", SCHEMA)


def archive_market(sha256: str) -> Market:
    """Where the headlines of an archive with this checksum are."""
    return Market(HEARD.venue, f"ARCHIVE-{sha256[:16].upper()}")


def read_headlines(lake: Lake, since: int | None = None, until: int | None = None) -> list[Headline]:
    """Headlines that arrived from `since` to `until` (UTC microseconds), in the order of arrival, archives' among them.

    Raises:
        Damaged: a file does not match its checksum.
    """
    store = news_store(lake)
    found = (list(_read(store, market, since, until)) for market in store.markets())
    return list(heapq.merge(*found, key=lambda one: one.arrived))


def read_clear(lake: Lake, since: int, until: int, least_tone: float) -> list[Headline]:
    """Of those that arrived from `since` to `until` the revisions about an asset that are no twins, with a tone of at
    least `least_tone` to either side; in the order of arrival.

    Raises:
        Damaged: a file does not match its checksum.
    """
    store, found = news_store(lake), []
    for market in store.markets():
        table = store.read(market, since, until + AHEAD)
        clear = pc.greater_equal(pc.abs(table["tone"]), least_tone)
        own = pc.is_null(table["twin"])
        table = table.filter(pc.and_(pc.and_(clear, own), pc.greater(pc.list_value_length(table["links"]), 0)))
        found.append([one for one in _headlines(table) if since <= one.arrived <= until])
    return list(heapq.merge(*found, key=lambda one: one.arrived))


def newest_arrival(lake: Lake) -> int | None:
    """When the newest live headline arrived (UTC microseconds); None where none did.

    Raises:
        Damaged: a file does not match its checksum.
    """
    store = news_store(lake)
    parts = store.dataset(HEARD).manifest().parts
    since = parts[-1].last if parts else None
    rows = store.read(HEARD, since)
    return int(rows["known_at"].cast(pa.int64())[-1].as_py()) if rows.num_rows else None


def append_headlines(writer: TickWriter, headlines: Sequence[Headline]) -> None:
    """Store headlines in the order of their arrival; on return kill -9 cannot take them back.

    Raises:
        BadInput: one arrived before the one in front of it.
        Unavailable: no room, or not permitted; none is stored.
    """
    arrived = np.array([one.arrived for one in headlines], np.int64)
    if (np.diff(arrived) < 0).any():
        raise BadInput(
            "headlines are stored in the order of their arrival, and one of these came before the one in front"
        )
    published = np.array([one.arrived if one.published is None else one.published for one in headlines], np.int64)
    columns = [
        pa.array([one.id for one in headlines], pa.string()),
        pa.array([one.revision for one in headlines], pa.int64()),
        pa.array([one.source for one in headlines], pa.string()),
        pa.array([one.url for one in headlines], pa.string()),
        pa.array([one.title for one in headlines], pa.string()),
        pa.array([one.text for one in headlines], pa.string()),
        pa.array([one.published for one in headlines], pa.int64()).cast(TIME),
        pa.array([one.language for one in headlines], pa.string()),
        pa.array([one.twin for one in headlines], pa.string()),
        pa.array([one.likeness for one in headlines], pa.float64()),
        pa.array([[_row(link) for link in one.links] for one in headlines], pa.list_(LINK)),
        pa.array([one.event.value for one in headlines], pa.string()),
        pa.array([one.tone.score for one in headlines], pa.float64()),
        pa.array([one.tone.scorer for one in headlines], pa.string()),
        pa.array([one.weight for one in headlines], pa.float64()),
    ]
    writer.append(published, arrived, columns)


def _row(link: Link) -> dict[str, object]:
    return {"asset": link.asset, "relevance": link.relevance, "word": link.word}


def _read(store: TickStore, market: Market, since: int | None, until: int | None) -> Iterator[Headline]:
    table = store.read(market, since, None if until is None else until + AHEAD)
    for one in _headlines(table):
        if (since is None or one.arrived >= since) and (until is None or one.arrived <= until):
            yield one


def _headlines(table: pa.Table) -> Iterator[Headline]:
    """Column by column: a round reads months of them."""
    made = map(Link, *(_cells(pc.struct_field(pc.list_flatten(table["links"]), name)) for name in LINK.names))
    counts = _cells(pc.list_value_length(table["links"]))
    published = table["published"].cast(pa.int64()).to_pylist()
    tones = map(Tone, _cells(table["tone"]), _cells(table["scorer"]))
    return map(
        Headline,
        *(_cells(table[name]) for name in ("id", "revision", "source", "url", "title", "text")),
        published,
        _cells(table["known_at"].cast(pa.int64())),
        *(_cells(table[name]) for name in ("language", "twin", "likeness")),
        (tuple(islice(made, count)) for count in counts),
        map(EVENTS.__getitem__, _cells(table["event"])),
        tones,
        _cells(table["weight"]),
    )


def _cells(column: pa.ChunkedArray) -> list[Any]:
    """Python's own objects: by way of numpy, which takes a tenth of the time; a text that is null as None."""
    cells: list[Any] = column.to_numpy().tolist()
    return cells
