"""The kinds of panels: a figure, lines, a table, a heatmap, a band of states, bars."""

from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Panel,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from tasks.monitoring.dashboards.looks import SOURCE, Look, dressed
from tasks.monitoring.dashboards.queries import Query


@dataclass(frozen=True, slots=True)
class Column:
    """Of a table: a label, Time or Value; `width`: px that its words need."""

    field: str
    title: str
    width: int = 110
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel that still has no place; `columns`: of a table."""

    look: Look
    panel: Builder[Panel]
    columns: tuple[Column, ...] = ()


def figure(look: Look, expr: str) -> Drawn:
    """One number as it is now."""
    panel = dressed(stat.Panel(), look).with_target(_asked(Query(expr)).instant())
    panel = panel.reduce_options(_newest()).graph_mode(BigValueGraphMode.NONE)
    return Drawn(look, panel.color_mode(BigValueColorMode.VALUE).wide_layout(False))


def lines(look: Look, *queries: Query, stacked: bool = False, bars: bool = False) -> Drawn:
    """Series over time, each in a colour of its own; limits are drawn as lines."""
    panel = dressed(timeseries.Panel(), look).color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    for query, name in zip(queries, ascii_uppercase, strict=False):
        panel = panel.with_target(_asked(query, name).range())
    panel = panel.legend(_legend()).tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    panel = panel.show_points(VisibilityMode.AUTO).span_nulls(True).line_width(1.0)
    if look.steps:
        panel = panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    if bars:
        panel = panel.draw_style(GraphDrawStyle.BARS).fill_opacity(60)
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A")).fill_opacity(30)
    return Drawn(look, panel)


def rows(look: Look, expr: str, columns: tuple[Column, ...], history: bool = False, descending: bool = False) -> Drawn:
    """A table by its first column: a row a series as it is now; `history`: a row a point of the view, newest first."""
    query = _asked(Query(expr)).format(PromQueryFormat.TABLE)
    panel = dressed(table.Panel(), look).with_target(query.range() if history else query.instant())
    panel = panel.with_transformation(_organised(columns)).show_header(True)
    for column in columns:
        panel = panel.override_by_name(column.title, _cell(column))
    panel = panel.sort_by([common.TableSortByFieldState().display_name(columns[0].title).desc(history or descending)])
    return Drawn(look, panel, columns)


def heat(look: Look, expr: str) -> Drawn:
    """A histogram over time: how many fell into which bucket."""
    query = _asked(Query(expr, "{{le}}")).range().format(PromQueryFormat.HEATMAP)
    colours = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(32)
    panel = dressed(heatmap.Panel(), look).with_target(query).calculate(False).color(colours)
    return Drawn(look, panel.y_axis(heatmap.YAxisConfig().unit(look.unit)).show_legend())


def states(look: Look, query: Query) -> Drawn:
    """A band a series, coloured by its value."""
    panel = dressed(statetimeline.Panel(), look).with_target(_asked(query).range())
    panel = panel.show_value(VisibilityMode.NEVER).merge_values(True).row_height(0.8)
    return Drawn(look, panel.fill_opacity(80).legend(_legend()))


def shares(look: Look, query: Query) -> Drawn:
    """A bar a series, as it is now."""
    panel = dressed(bargauge.Panel(), look).with_target(_asked(query).instant()).reduce_options(_newest())
    return Drawn(look, panel.orientation(VizOrientation.HORIZONTAL).min(0.0))


def _asked(query: Query, name: str = "A") -> Dataquery:
    asked = Dataquery().datasource(SOURCE).expr(query.expr).ref_id(name)
    return asked.legend_format(query.legend) if query.legend else asked


def _newest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST)
    return legend.placement(LegendPlacement.BOTTOM).show_legend(True)


def _organised(columns: tuple[Column, ...]) -> DataTransformerConfig:
    listed = [column.field for column in columns]
    return DataTransformerConfig(
        id_val="organize",
        options={
            "includeByName": dict.fromkeys(listed, True),
            "indexByName": {name: place for place, name in enumerate(listed)},
            "renameByName": {column.field: column.title for column in columns},
        },
    )


def _cell(column: Column) -> list[DynamicConfigValue]:
    width = DynamicConfigValue("custom.minWidth", column.width)
    return [width] if column.unit is None else [width, DynamicConfigValue("unit", column.unit)]
