"""Headlines in the lake, in the order of their arrival."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from data.dataset import TIME
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import TIMES, Market, TickStore
from models.types.news import Event, Headline, Link, Tone

NEWS = Market("news", "HEADLINES")
LINK = pa.struct([("asset", pa.string()), ("relevance", pa.float64()), ("word", pa.string())])
SCHEMA = pa.schema(
    [
        *TIMES,
        *((name, pa.string()) for name in ("id", "source", "url", "title", "text", "language", "twin", "event")),
        ("revision", pa.int64()),
        ("published", TIME),
        *((name, pa.float64()) for name in ("likeness", "tone", "weight")),
        ("scorer", pa.string()),
        ("links", pa.list_(LINK)),
    ]
)


def news_store(lake: Lake) -> TickStore:
    """The lake's headlines."""
    return TickStore(lake, "news", SCHEMA)


def read_headlines(lake: Lake, since: int | None = None, until: int | None = None) -> list[Headline]:
    """Headlines that arrived from `since` to `until` (UTC microseconds), in the order of arrival.

    Raises:
        Damaged: a file does not match its checksum.
    """
    store = news_store(lake)
    table = store.read(NEWS, since, until)
    names = [name for name in table.column_names if name not in ("ts", "exch_ts", "known_at", "published")]
    rows = table.select(names).to_pylist()
    arrived = table["known_at"].cast(pa.int64()).to_pylist()
    published = table["published"].cast(pa.int64()).to_pylist()
    return [_headline(row, *times) for row, *times in zip(rows, arrived, published, strict=True)]


def append_headlines(writer: TickWriter, headlines: Sequence[Headline]) -> None:
    """Store headlines in the order of their arrival."""
    columns = []
    for field in list(SCHEMA)[len(TIMES) :]:
        values = [_value(one, field.name) for one in headlines]
        columns.append(pa.array(values, pa.int64()).cast(TIME) if field.type == TIME else pa.array(values, field.type))
    arrived = np.array([one.arrived for one in headlines], np.int64)
    writer.append(arrived, arrived, columns)


def _value(one: Headline, name: str) -> object:
    if name == "links":
        return [{"asset": link.asset, "relevance": link.relevance, "word": link.word} for link in one.links]
    if name in ("tone", "scorer"):
        return one.tone.score if name == "tone" else one.tone.scorer
    return getattr(one, name)


def _headline(row: dict[str, Any], arrived: int, published: int | None) -> Headline:
    made = {
        "links": tuple(Link(**one) for one in row.pop("links")),
        "tone": Tone(row.pop("tone"), row.pop("scorer")),
        "event": Event(row.pop("event")),
    }
    return Headline(arrived=arrived, published=published, **row, **made)
