"""Digests of what was seen of a table that grows: by period, so that it can be told which part is another one now."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.types import FloatArray, IntArray

# Hexadecimal digits of one period's digest: 64 bits.
DIGITS = 16
Column = IntArray | FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What was digested last: its columns, digests of its periods, and what the last of these was made of so far."""

    columns: tuple[Column, ...]
    digests: dict[str, str]
    last: Any


@dataclass(frozen=True, slots=True)
class Seen:
    """Remembers each table that it was asked for: rows that were digested before are compared, and not hashed again."""

    known: dict[tuple[str, ...], _Known] = field(default_factory=dict)

    def digests(
        self, name: tuple[str, ...], columns: Sequence[Column], periods: Mapping[str, IntArray]
    ) -> dict[str, str]:
        """By period; `columns` of shape (n_rows,), of 64 bits each, `periods` the row numbers of each in order."""
        known = self.known.get(name)
        begun = known is not None and _begins_with(columns, known.columns)
        done = known.columns[0].size if known is not None and begun else 0
        digests = dict(known.digests) if known is not None and begun else {}
        last = known.last.copy() if known is not None and begun else hashlib.sha256()
        for period, rows in periods.items():
            first, stop = int(rows[0]), int(rows[-1]) + 1
            if stop <= done:
                continue
            if first >= done:
                last = hashlib.sha256()
            last.update(_bytes(columns, max(first, done), stop))
            digests[period] = last.hexdigest()[:DIGITS]
        self.known[name] = _Known(tuple(columns), digests, last)
        return digests


def _bytes(columns: Sequence[Column], first: int, stop: int) -> bytes:
    """Row after row."""
    return np.column_stack([one[first:stop].view(np.int64) for one in columns]).tobytes()


def _begins_with(columns: Sequence[Column], known: Sequence[Column]) -> bool:
    rows = known[0].size
    return columns[0].size >= rows and all(
        np.array_equal(one[:rows].view(np.int64), other.view(np.int64))
        for one, other in zip(columns, known, strict=True)
    )
