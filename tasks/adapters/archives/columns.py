"""Columns as arrays: what cannot be understood is marked, for the quality rules to name."""

from pathlib import Path

import numpy as np
import pandas as pd

from models.types import BadInput, FloatArray, IntArray

NO_TIME = -1
# Whole numbers since 1970 by their size; the ranges (1973 to 2286) do not overlap.
EPOCH_UNITS = ((10**8, 10**10, 1_000_000), (10**11, 10**13, 1_000), (10**14, 10**16, 1))
NANOSECONDS = (10**17, 10**19)


def time_column(path: Path, column: pd.Series) -> IntArray:
    """UTC microseconds, shape (n,); NO_TIME where a row has none.

    Raises:
        BadInput: the column is neither times nor whole numbers since 1970.
    """
    if pd.api.types.is_numeric_dtype(column):
        return _epoch(path, column)
    try:
        stamps = pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601" if _is_text(column) else None)
        micros = np.array(stamps.astype("datetime64[us, UTC]").astype("int64"), dtype=np.int64)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path}: the column {column.name} holds no time stamps ({error})") from error
    if stamps.isna().all():
        raise BadInput(
            f"{path}: the column {column.name} holds no time stamps, such as {column.iloc[0]}; write 2024-01-31 or "
            f"2024-01-31T23:00:00Z"
        )
    micros[stamps.isna().to_numpy()] = NO_TIME
    return micros


def figure_column(column: pd.Series) -> FloatArray:
    """Float64, shape (n,); NaN where a row has no number."""
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _is_text(column: pd.Series) -> bool:
    return bool(pd.api.types.is_string_dtype(column) or column.dtype == object)


def _epoch(path: Path, column: pd.Series) -> IntArray:
    figures = column.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(figures)
    whole = np.where(known, figures, NO_TIME).astype(np.int64)
    typical = float(np.median(figures[known])) if known.any() else 0.0
    for low, high, micros in EPOCH_UNITS:
        if low <= typical < high:
            return np.where(known, whole * micros, NO_TIME)
    if NANOSECONDS[0] <= typical < NANOSECONDS[1]:
        return np.where(known, whole // 1000, NO_TIME)
    raise BadInput(
        f"{path}: the column {column.name} holds no times since 1970, such as {column.iloc[0]}; write whole seconds, "
        "milli-, micro- or nanoseconds"
    )
