"""Reading corporate actions as people have them: a table of events, or a table of adjustment factors."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from models.actions import ActionKind, CorporateAction
from models.actions.factor_rows import FactorRow, actions_of_factors, first_trade
from models.types import BadInput, Calendar, FloatArray, IntArray
from tasks.adapters.archives.columns import NO_TIME, figure_column, time_column

READERS: dict[str, Callable[[Path], pd.DataFrame]] = {".parquet": pd.read_parquet, ".csv": pd.read_csv}
EVENTS = ("symbol", "kind", "ex_date")
FACTORS = ("symbol", "date", "price_factor", "split_factor", "reference_price")


def read_actions(path: Path, calendar: Calendar) -> tuple[CorporateAction, ...]:
    """Every action in the file, in its order; a column `ticker` is read as `symbol`, names in any case.

    Events: EVENTS, `ratio` (new shares per old one) for splits, `cash` (quote currency a share) for dividends, and
    `known_at` where the source knows when it was announced; without it an action is known when its ex-date's session
    of `calendar` opens. Factors: FACTORS, one row an event, as models.actions.factor_rows says.

    Raises:
        BadInput: no such file, not readable, columns of neither form, a row that is no action (the message names it).
    """
    frame = _read(path)
    if frame.empty:
        raise BadInput(f"{path} has no rows")
    if set(FACTORS) <= set(frame.columns):
        return _of_factors(path, frame, calendar)
    if set(EVENTS) <= set(frame.columns):
        return _of_events(path, frame, calendar)
    raise BadInput(
        f"{path} has the columns {', '.join(frame.columns)}; give {', '.join(EVENTS)} with ratio or cash, or "
        f"{', '.join(FACTORS)}"
    )


def _read(path: Path) -> pd.DataFrame:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"{path} is no file of actions that can be read; allowed are {', '.join(READERS)} files")
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    try:
        frame = reader(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path} is not a readable {path.suffix} file ({reason}); get an undamaged copy") from error
    names = [str(name).strip().lower() for name in frame.columns]
    frame.columns = pd.Index(["symbol" if name == "ticker" else name for name in names])
    if not frame.columns.is_unique:
        raise BadInput(f"{path} has a column more than once; keep one of them")
    return frame


def _of_factors(path: Path, frame: pd.DataFrame, calendar: Calendar) -> tuple[CorporateAction, ...]:
    dates = _days(path, frame["date"])
    figures = [figure_column(frame[name]) for name in FACTORS[2:]]
    for row in np.flatnonzero(~np.isfinite(figures).all(axis=0)):
        raise BadInput(f"{path}: row {row + 1} has a factor that is no number; correct it")
    symbols = frame["symbol"].astype(str)
    found: list[CorporateAction] = []
    for symbol in symbols.unique():
        mine = np.flatnonzero(symbols == symbol)
        rows = [FactorRow(int(dates[at]), *(float(one[at]) for one in figures)) for at in mine]
        found.extend(actions_of_factors(symbol, rows, calendar))
    return tuple(found)


def _of_events(path: Path, frame: pd.DataFrame, calendar: Calendar) -> tuple[CorporateAction, ...]:
    days, known = _days(path, frame["ex_date"]), _announced(path, frame)
    ratios, amounts = _figures(frame, "ratio", 1.0), _figures(frame, "cash", 0.0)
    found = []
    for at, (symbol, kind) in enumerate(zip(frame["symbol"], frame["kind"], strict=True)):
        try:
            day = int(days[at])
            known_at = first_trade(calendar, day) if known[at] == NO_TIME else int(known[at])
            found.append(
                CorporateAction(str(symbol), _kind(kind), day, known_at, float(ratios[at]), float(amounts[at]))
            )
        except BadInput as error:
            raise BadInput(f"{path}: row {at + 1}: {error}") from error
    return tuple(found)


def _days(path: Path, column: pd.Series) -> IntArray:
    days = time_column(path, column)
    for row in np.flatnonzero(days == NO_TIME):
        raise BadInput(f"{path}: row {row + 1} has no {column.name}, but {column.iloc[row]}; write 2024-01-31")
    return days


def _announced(path: Path, frame: pd.DataFrame) -> IntArray:
    if "known_at" not in frame or frame["known_at"].isna().all():
        return np.full(len(frame), NO_TIME, np.int64)
    column = frame["known_at"]
    known = time_column(path, column)
    for row in np.flatnonzero((known == NO_TIME) & column.notna().to_numpy()):
        raise BadInput(f"{path}: row {row + 1} has the known_at {column.iloc[row]}; write 2024-01-31T13:30:00Z")
    return known


def _figures(frame: pd.DataFrame, name: str, absent: float) -> FloatArray:
    if name not in frame:
        return np.full(len(frame), absent)
    figures = figure_column(frame[name])
    return np.where(frame[name].isna(), absent, figures)


def _kind(cell: object) -> ActionKind:
    try:
        return ActionKind(str(cell).strip().lower())
    except ValueError as error:
        raise BadInput(f"{cell!r} is no kind of action; it is one of {', '.join(ActionKind)}") from error
