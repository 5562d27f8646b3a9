"""Some rows of a panel, as a panel."""

from models.engine import Panel
from models.types import IntArray


def rows_of(panel: Panel, rows: slice | IntArray) -> Panel:
    """What is no row of time stays whole."""
    whole = ("finer", "links")
    return Panel(*(x if name in whole else x[rows] for name, x in zip(Panel._fields, panel, strict=True)))
