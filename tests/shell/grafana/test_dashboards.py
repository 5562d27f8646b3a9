"""The four dashboards: rows and places, words and units, limits from the settings, only metrics that there are."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
import yaml
from grafana_panels import COLUMNS, metrics, panels, pixels, queries

from conf.load import load
from models.types.alerts import KINDS
from tasks.monitoring.catalogue import METRICS
from tasks.monitoring.dashboards import FOLDER, boards, dashboards_json, data_source_json, levels_of

pytestmark = pytest.mark.monitoring
LEVELS = levels_of(load().settings)
MADE = dashboards_json(LEVELS)
BY_UID = {one["uid"]: one for one in MADE}
EVERY = [pytest.param(one, id=one["uid"]) for one in MADE]
ASKED = list(queries(MADE))
# Of Prometheus itself.
ITS_OWN = {"ALERTS"}
# By the rules, with their labels.
RECORDED = {"keel:availability:ratio30d": (), "keel:switches:5m": ("book",)}
LEAST_STAT, TABLE_EDGE = 180.0, 18.0


def test_the_addresses_never_change() -> None:
    assert list(BY_UID) == ["edge-risk", "model-router", "keel-execution", "keel-data"]
    assert all(one["id"] is None for one in MADE)
    assert all(re.fullmatch(r"[a-zA-Z0-9\-_]{1,40}", uid) for uid in BY_UID)


def test_edge_risk_has_its_four_rows() -> None:
    rows = [one["title"] for one in BY_UID["edge-risk"]["panels"] if one["type"] == "row"]
    assert rows == ["Quick Stats", "Time Series", "Switch Log", "Alert Summary"]


def test_edge_risk_says_which_book_is_stopped_and_which_stage_holds() -> None:
    asked = " ".join(one.expr for one in queries([BY_UID["edge-risk"]]))
    assert "keel_stopped{" in asked
    assert "keel_stage_info{" in asked


@pytest.mark.parametrize("board", EVERY)
def test_panels_cover_every_row_and_none_lies_on_another(board) -> None:
    places = [one["gridPos"] for one in board["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    height = max(at["y"] + at["h"] for at in places)
    assert len(cells) == len(set(cells)), "one panel lies on another"
    assert set(cells) == {(x, y) for x in range(COLUMNS) for y in range(height)}, "a row is not full"


@pytest.mark.parametrize("board", EVERY)
def test_panels_are_numbered_once_in_reading_order(board) -> None:
    numbers = [one["id"] for one in board["panels"]]
    assert numbers == list(range(1, len(numbers) + 1))
    tops = [one["gridPos"]["y"] for one in board["panels"]]
    assert all(above <= below for above, below in pairwise(tops))


@pytest.mark.parametrize("screen", [1440, 1176])
@pytest.mark.parametrize("board", EVERY)
def test_figures_and_tables_have_the_room_that_they_need(board, screen) -> None:
    for panel in panels(board):
        wide = pixels(panel["gridPos"]["w"], screen)
        needed = LEAST_STAT if panel["type"] == "stat" else _of_columns(panel)
        assert wide >= needed, f"{panel['title']}: {wide:.0f} px of {needed:.0f}"


def _of_columns(panel) -> float:
    found = [one["value"] for row in panel["fieldConfig"]["overrides"] for one in row["properties"]]
    return TABLE_EDGE + sum(one for one in found if isinstance(one, int))


def test_the_room_is_measured_with_the_menu_beside_it() -> None:
    assert pixels(24, 1176) == 1176 - 47
    assert pixels(24, 1440) == 1440 - 47 - 300
    assert pixels(4, 1440) < LEAST_STAT < pixels(5, 1440)


@pytest.mark.parametrize("board", EVERY)
def test_every_panel_says_what_it_shows_in_which_unit_from_where(board) -> None:
    for panel in panels(board):
        assert panel["title"]
        assert panel["description"].split("\n")[0].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("board", EVERY)
def test_a_person_chooses_source_book_and_symbol(board) -> None:
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "book", "symbol"]


def test_only_metrics_that_keel_shows_are_asked_for() -> None:
    known = set(METRICS) | {f"{one}_bucket" for one in METRICS if METRICS[one].kind == "histogram"}
    for asked in ASKED:
        found = metrics(asked.expr)
        assert found, asked
        assert found <= known | set(RECORDED) | ITS_OWN, asked


def test_only_labels_that_their_metrics_have_are_asked_for() -> None:
    for asked in ASKED:
        recorded = {label for name in metrics(asked.expr) for label in RECORDED.get(name, ())}
        names = {name.removesuffix("_bucket") for name in metrics(asked.expr)} & set(METRICS)
        labels = {"le", "alertname", "alertstate", "severity", *recorded}.union(
            *(METRICS[name].labels for name in names)
        )
        groups = re.findall(r"by \(([^)]*)\)", asked.expr)
        matched = re.findall(r"[{,](\w+)[=!]", asked.expr)
        wanted = {one.strip() for group in groups for one in group.split(",")} | set(matched)
        assert wanted <= labels, asked


def test_every_metric_of_the_seed_is_on_edge_risk() -> None:
    shown = {name for asked in ASKED if asked.board == "edge-risk" for name in metrics(asked.expr)}
    assert {"edge_blended_bps", "position_size_usd", "var_pct"} <= shown


def test_the_source_is_asked_at_the_pace_at_which_prometheus_asks_keel() -> None:
    pace = yaml.safe_load((FOLDER.parent / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert data_source_json("http://127.0.0.1:9090")["jsonData"]["timeInterval"] == pace


def test_limits_are_the_settings() -> None:
    other = replace(LEVELS, switches=7.0, order_seconds=0.25, cycle_seconds=2.5, availability=0.9, drawdown=0.11)
    drawn = {
        (board["uid"], panel["title"]): panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        for board in dashboards_json(other)
        for panel in panels(board)
        if "thresholds" in panel["fieldConfig"]["defaults"]
    }
    assert drawn["edge-risk", "Switches in 5 minutes"] == 7.0
    assert drawn["edge-risk", "Drawdown"] == 0.11
    assert drawn["keel-execution", "Order p99"] == 0.25
    assert drawn["keel-execution", "Cycle p50 and p99"] == 2.5
    assert drawn["keel-data", "Availability, 30 days"] == 0.9


def test_panels_of_alerts_name_their_section_and_link_to_it() -> None:
    with_alert = [
        drawn.look for board in boards(LEVELS) for band in board.bands for drawn in band.panels if drawn.look.alert
    ]
    assert len(with_alert) > 20
    described = [panel["description"] for board in MADE for panel in panels(board)]
    for look in with_alert:
        assert f"{look.text}\n\nRunbook: docs/runbook.md#{look.alert}" in described
    linked = dashboards_json(replace(LEVELS, runbook="https://desk.example/runbook.md"))
    links = [link["url"] for board in linked for panel in panels(board) for link in panel.get("links", ())]
    assert links == [f"https://desk.example/runbook.md#{look.alert}" for look in with_alert]
    served = [link["url"] for board in MADE for panel in panels(board) for link in panel.get("links", ())]
    assert served == [f"{LEVELS.keel}runbook#{look.alert}" for look in with_alert], "by default Keel serves it itself"


def test_every_alert_that_a_panel_names_is_a_kind_of_alert() -> None:
    named = {drawn.look.alert for board in boards(LEVELS) for band in board.bands for drawn in band.panels}
    assert named - {None} <= {kind.name for kind in KINDS}


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ('sum by (a, b) (x_total{c="d y"} - x_total offset $__interval) > 0', {"x_total"}),
        ("histogram_quantile(0.99, sum by (le) (rate(x_bucket[$__range])))", {"x_bucket"}),
        ("(a == 1) unless (b offset 5m == 1)", {"a", "b"}),
        ("min(keel:availability:ratio30d) or vector(0)", {"keel:availability:ratio30d"}),
    ],
)
def test_the_names_in_a_query_are_found(expr, names) -> None:
    assert metrics(expr) == names
