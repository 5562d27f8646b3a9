"""What the news made one expect, in the lake: one row for each opportunity of each round, as it was said then."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import TIMES, Market, TickStore
from models.types.news import Evidence, Opportunity, Side

SAID = Market("news", "OPPORTUNITIES")
EVIDENCE = pa.struct(
    [("headline", pa.string()), ("source", pa.string()), ("title", pa.string()), ("part", pa.float64())]
)
SCHEMA = pa.schema(
    [
        *TIMES,
        ("asset", pa.string()),
        ("side", pa.string()),
        ("confidence", pa.float64()),
        ("move_bps", pa.float64()),
        ("horizon_minutes", pa.int64()),
        ("evidence", pa.list_(EVIDENCE)),
    ]
)


def opportunity_store(lake: Lake) -> TickStore:
    """The lake's opportunities."""
    return TickStore(lake, "opportunities", SCHEMA)


def append_opportunities(writer: TickWriter, found: Sequence[Opportunity]) -> None:
    """Store what one round found.

    Raises:
        Unavailable: no room, or not permitted; none is stored.
    """
    at = np.array([one.at for one in found], np.int64)
    columns = [
        pa.array([one.asset for one in found], pa.string()),
        pa.array([one.side.value for one in found], pa.string()),
        pa.array([one.confidence for one in found], pa.float64()),
        pa.array([one.move_bps for one in found], pa.float64()),
        pa.array([one.horizon_minutes for one in found], pa.int64()),
        pa.array([[_row(piece) for piece in one.evidence] for one in found], pa.list_(EVIDENCE)),
    ]
    writer.append(at, at, columns)


def read_opportunities(lake: Lake, since: int | None = None, until: int | None = None) -> list[Opportunity]:
    """What rounds from `since` to `until` (UTC microseconds, of the lake's key) said, in the order of their saying.

    Raises:
        Damaged: a file does not match its checksum.
    """
    table = opportunity_store(lake).read(SAID, since, until)
    rows = table.set_column(table.column_names.index("known_at"), "at", table["known_at"].cast(pa.int64()))
    return [
        Opportunity(
            asset=row["asset"],
            side=Side(row["side"]),
            confidence=row["confidence"],
            move_bps=row["move_bps"],
            horizon_minutes=row["horizon_minutes"],
            at=row["at"],
            evidence=tuple(Evidence(**piece) for piece in row["evidence"]),
        )
        for row in rows.to_pylist()
    ]


def _row(piece: Evidence) -> dict[str, object]:
    return {"headline": piece.headline, "source": piece.source, "title": piece.title, "part": piece.part}
