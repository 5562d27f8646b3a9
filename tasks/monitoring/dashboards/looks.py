"""What panels have in common: title, words, size, unit, limits, colours."""

from dataclasses import dataclass, field
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
GOOD, WARN, BAD, CALM = "green", "orange", "red", "blue"
RUNBOOK = "docs/runbook.md"
NONE_OF = ((0.0, GOOD), (1e-9, BAD))
NOTHING = "nothing"

Drawing = TypeVar(
    "Drawing", stat.Panel, timeseries.Panel, table.Panel, heatmap.Panel, statetimeline.Panel, bargauge.Panel
)


@dataclass(frozen=True, slots=True)
class Look:
    """A panel but for its queries.

    Attributes:
        text: what it shows, in a sentence; people read it at the panel's (i).
        width: columns of 24.
        height: units of 30 px.
        unit: Grafana's name of it.
        steps: colour from each value on; the first value counts from minus infinity.
        alert: kind of alert that this figure raises, a section of the runbook.
        names: words for values, with their colour.
    """

    title: str
    text: str
    width: int
    height: int
    unit: str = "short"
    decimals: int | None = None
    steps: tuple[tuple[float, str], ...] = ()
    alert: str | None = None
    names: dict[str, tuple[str, str]] = field(default_factory=dict)


def up_to(limit: float, near: float = 0.8) -> tuple[tuple[float, str], ...]:
    """Green, orange near the limit, red from it on."""
    return ((0.0, GOOD), (near * limit, WARN), (limit, BAD))


def at_least(limit: float) -> tuple[tuple[float, str], ...]:
    """Red below the limit, green from it on."""
    return ((0.0, BAD), (limit, GOOD))


def dressed(panel: Drawing, look: Look) -> Drawing:
    """The panel with its look."""
    panel = panel.title(look.title).description(_words(look)).span(look.width).height(look.height)
    panel = panel.datasource(SOURCE).unit(look.unit).no_value(NOTHING)
    if look.decimals is not None:
        panel = panel.decimals(look.decimals)
    if look.steps:
        panel = panel.thresholds(_thresholds(look.steps)).color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
    if look.names:
        panel = panel.mappings([_mapping(look.names)])
    return panel


def _words(look: Look) -> str:
    if look.alert is None:
        return look.text
    return f"{look.text}\n\nRunbook: {RUNBOOK}#{look.alert}"


def _thresholds(steps: tuple[tuple[float, str], ...]) -> ThresholdsConfig:
    first, *rest = steps
    listed = [Threshold(None, first[1]), *(Threshold(value, colour) for value, colour in rest)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(listed)


def _mapping(names: dict[str, tuple[str, str]]) -> ValueMapping:
    return ValueMap({value: ValueMappingResult(text=word, color=colour) for value, (word, colour) in names.items()})
