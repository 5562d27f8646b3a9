"""The headlines about one asset as columns: a decision has no time to make objects of two days of news."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.dataset import micros_of
from data.lake import Lake
from data.news import AHEAD, news_store
from models.news.signal import Told, told
from models.types import BoolArray, FloatArray
from models.types.timeframes import DAY

# Years of titles are too much to hold.
AT_ONCE = 30 * DAY


def read_about(lake: Lake, asset: str, scorer: str, since: int, until: int) -> Told:
    """What arrived from `since` to `until` (UTC microseconds), as `told_about` makes it of the headlines.

    Raises:
        Damaged: a file does not match its checksum.
    """
    heard, ids, sources, arrived, weights, fresh, word = [], [], [], [], [], [], []
    for table in _tables(lake, since, until):
        at = micros_of(table, "known_at")
        relevance = _relevance(table["links"], asset)
        linked = np.isfinite(relevance) & _toned_by(table["scorer"], scorer)
        rows = np.flatnonzero(linked | (table["revision"].to_numpy() > 0))
        weight, likeness, tone = (table[name].to_numpy()[rows] for name in ("weight", "likeness", "tone"))
        heard.append(at)
        ids += table["id"].take(rows).to_pylist()
        sources += table["source"].take(rows).to_pylist()
        arrived.append(at[rows])
        weights.append(weight)
        fresh.append(np.where(linked[rows], weight * (1.0 - likeness), 0.0))
        word.append(np.where(linked[rows], relevance[rows] * tone, 0.0))
    if not heard:
        return told(np.empty(0, np.int64), (), (), np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
    columns = (np.concatenate(one) for one in (arrived, weights, fresh, word))
    return told(np.concatenate(heard), ids, sources, *columns)


def _toned_by(scorers: pa.ChunkedArray, scorer: str) -> BoolArray:
    """Whether each tone is of that scorer, leaned or not, shape (n,)."""
    own = pc.or_(pc.equal(scorers, scorer), pc.starts_with(scorers, f"{scorer}+"))
    out: BoolArray = own.to_numpy().astype(bool)
    return out


def _tables(lake: Lake, since: int, until: int) -> Iterator[pa.Table]:
    """By time, and of each time by market: headlines with one arrival stand as `read_headlines` has them."""
    store = news_store(lake)
    markets = list(store.markets())
    for begin in range(since, until + 1, AT_ONCE):
        last = min(begin + AT_ONCE - 1, until)
        for market in markets:
            table = store.read(market, begin, last + AHEAD)
            at = micros_of(table, "known_at")
            yield table.filter(pa.array((at >= begin) & (at <= last)))


def _relevance(links: pa.ChunkedArray, asset: str) -> FloatArray:
    """The greatest of each headline's links to the asset, shape (n,), NaN where it has none."""
    out = np.full(len(links), np.nan)
    flat, parents = pc.list_flatten(links), pc.list_parent_indices(links).to_numpy()
    about = pc.equal(pc.struct_field(flat, "asset"), asset).to_numpy(zero_copy_only=False).astype(bool)
    np.fmax.at(out, parents[about], pc.struct_field(flat, "relevance").to_numpy()[about])
    return out
