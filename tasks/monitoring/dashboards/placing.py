"""Rows and panels on Grafana's grid of 24 columns: left to right, line by line, each line full."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, Row
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, GridPos, Panel, RowPanel

from tasks.monitoring.dashboards.levels import Levels
from tasks.monitoring.dashboards.panels import Drawn
from tasks.monitoring.dashboards.variables import book_variable, source_variable, symbol_variable

COLUMNS = 24
TAG = "keel"


@dataclass(frozen=True, slots=True)
class Band:
    """A row of the dashboard: its title, and its panels from left to right."""

    title: str
    panels: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard; `uid` never changes, its address hangs on it."""

    uid: str
    title: str
    text: str
    bands: tuple[Band, ...]


def built(board: Board, levels: Levels) -> Dashboard:
    """The dashboard as Grafana takes it. Panels are numbered from 1 in reading order."""
    dashboard = Dashboard(board.title).uid(board.uid).description(board.text).tags([TAG]).editable()
    dashboard = dashboard.time("now-6h", "now").refresh("5s").timezone("utc")
    for variable in (source_variable(), book_variable(), symbol_variable()):
        dashboard = dashboard.with_variable(variable)
    dashboard = dashboard.link(_to_keel(levels)).link(_to_others())
    dashboard.build().panels = list(_placed(board, levels))
    return dashboard


def _placed(board: Board, levels: Levels) -> Iterator[Panel | RowPanel]:
    numbers, top = count(1), 0
    for band in board.bands:
        row = Row(band.title).id(next(numbers)).collapsed(False).build()
        row.grid_pos = GridPos(h=1, w=COLUMNS, x=0, y=top)
        yield row
        left, top, height = 0, top + 1, 0
        for drawn in band.panels:
            if left + drawn.look.width > COLUMNS:
                left, top, height = 0, top + height, 0
            yield _at(drawn, next(numbers), left, top, levels)
            left, height = left + drawn.look.width, max(height, drawn.look.height)
        top += height


def _at(drawn: Drawn, number: int, left: int, top: int, levels: Levels) -> Panel:
    look, panel = drawn.look, drawn.panel.build()
    panel.id_val = number
    panel.grid_pos = GridPos(h=look.height, w=look.width, x=left, y=top)
    if look.alert is not None:
        panel.links = [_to_runbook(levels.runbook, look.alert).build()]
    return panel


def _to_runbook(address: str, section: str) -> DashboardLink:
    link = DashboardLink("Runbook").type(DashboardLinkType.LINK).url(f"{address}#{section}")
    return link.target_blank(True).tooltip(f"What to do: section {section}")


def _to_keel(levels: Levels) -> DashboardLink:
    link = DashboardLink("Keel").type(DashboardLinkType.LINK).url(levels.keel).icon("external link")
    return link.target_blank(True).tooltip("Keel's own dashboard: decisions with why and why not, alerts, stop button")


def _to_others() -> DashboardLink:
    link = DashboardLink("Dashboards of Keel").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True)
