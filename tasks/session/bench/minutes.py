"""Made minute bars, as many as a large archive has."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.types import Bars
from models.types.timeframes import MINUTE

# As many as seven years of one market have.
MINUTES = 2_630_217
START = 1_364_774_400_000_000  # 2013-04-01


def minute_bars(count: int, seed: int = 1) -> Bars:
    """A seeded random walk on a grid of cents, without a gap."""
    rng = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, count))), 2)
    opens = np.concatenate([close[:1], close[:-1]])
    ts = START + np.arange(count, dtype=np.int64) * MINUTE
    volume = np.round(rng.uniform(0.0, 9.0, count), 4)
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, volume)


def minute_archive(path: Path, count: int) -> Path:
    """The bars as people have them: one Parquet file."""
    bars = minute_bars(count)
    columns = {"ts": pa.array(bars.ts, pa.int64()).cast(pa.timestamp("us", tz="UTC"))}
    columns |= {name: pa.array(getattr(bars, name)) for name in ("open", "high", "low", "close", "volume")}
    pq.write_table(pa.table(columns), path, compression="zstd")
    return path
