"""Dashboards as tests read them: panels with their queries, where they stand, how wide they are on a screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Of Grafana 11: a cell's gap in px, 16 px left and right of the page, a scrollbar, the menu beside it from 1200 px on.
COLUMNS, GAP, AROUND, MENU, MENU_FROM = 24, 8, 47, 300, 1200
WORDS = re.compile(
    "sum|max|min|count|avg|topk|sort|sort_desc|by|without|unless|and|or|on|offset|bool|rate|increase|histogram_quantile"
    "|vector|ignoring|changes|time|timestamp"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of one panel."""

    board: str
    panel: str
    expr: str
    instant: bool
    legend: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.board}: {self.panel}: {self.expr}"


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Without the rows."""
    return (one for one in board["panels"] if one["type"] != "row")


def queries(boards: tuple[dict[str, Any], ...]) -> Iterator[Asked]:
    """Every query of every panel."""
    for board in boards:
        for panel in panels(board):
            columns = tuple(_columns(panel))
            for target in panel["targets"]:
                legend = target.get("legendFormat", "")
                yield Asked(board["uid"], panel["title"], target["expr"], target["instant"], legend, columns)


def _columns(panel: dict[str, Any]) -> Iterator[str]:
    for one in panel.get("transformations", ()):
        yield from one["options"]["includeByName"]


def metrics(expr: str) -> set[str]:
    """Names of the series that a query asks for."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)', " ", expr)
    bare = re.sub(r"\boffset\s+\S+", " ", bare)
    return {name for name in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", bare) if WORDS.fullmatch(name) is None}


def pixels(width: int, screen: int) -> float:
    """Of a panel so many columns wide, on a screen so many px wide."""
    inside = screen - AROUND - (MENU if screen >= MENU_FROM else 0)
    cell = (inside - (COLUMNS - 1) * GAP) / COLUMNS
    return width * cell + (width - 1) * GAP
