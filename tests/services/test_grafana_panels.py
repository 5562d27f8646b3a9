"""Every query of every panel, asked as Grafana asks it, on a real Prometheus: none is empty, none holds only NaN."""

import math
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from grafana_panels import Asked, queries
from panel_home import LAST, TOKENS, panel_home, serving_api
from prometheus_process import Prometheus

from conf.home import PROJECT
from conf.load import load
from tasks.monitoring.dashboards import dashboards_json, levels_of

pytestmark = [pytest.mark.services, pytest.mark.monitoring]
MADE = dashboards_json(levels_of(load().settings))
ASKED = list(queries(MADE))
RULES = PROJECT / "conf" / "monitoring" / "rules.yml"
VIEW_S = 60
# What Grafana puts in for its own variables, at one scrape a second.
FILLED = {"$__rate_interval": "5s", "$__range": f"{VIEW_S}s", "$__interval": "1s"}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has scraped a home that trades, through the process of `keel serve`."""
    folder, before = tmp_path_factory.mktemp("panels"), dict(os.environ)
    try:
        home = panel_home(folder / "home")
        with serving_api(home) as target:
            token = TOKENS["KEEL_API__WATCH_TOKEN"]
            server = Prometheus(folder / "prometheus", target, token, (_rules(folder),))
            try:
                server.start()
                home.live_on(LAST)
                server.scrape_more(3)
                yield server
            finally:
                server.end()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _rules(folder: Path) -> Path:
    """Those that are shipped, evaluated each second."""
    path = folder / "rules.yml"
    path.write_text(re.sub(r"interval: \d+s", "interval: 1s", RULES.read_text()))
    return path


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_every_query_finds_something(prometheus, asked) -> None:
    series = answered(prometheus, asked, {"book": ".*", "symbol": ".*"})
    assert telling(series), f"{asked} finds nothing"
    labels = {name for one in series for name in one["metric"]} | {"Time", "Value"}
    assert set(asked.columns) <= labels, f"{asked}: its columns are not in {labels}"
    assert set(re.findall(r"\{\{(\w+)\}\}", asked.legend)) <= labels, f"{asked}: its legend is not in {labels}"


@pytest.mark.parametrize("asked", [one for one in ASKED if "$book" in one.expr], ids=str)
def test_every_query_finds_something_of_the_book_and_symbol_that_are_chosen(prometheus, asked) -> None:
    chosen = {name: _escaped(values[0]) for name, values in offered(prometheus).items()}
    assert telling(answered(prometheus, asked, chosen)), f"{asked} finds nothing for {chosen}"


def test_the_variables_offer_something(prometheus) -> None:
    assert all(offered(prometheus).values())


def test_a_misspelt_query_is_seen(prometheus) -> None:
    for asked in ASKED:
        wrong = re.sub(r"\b(keel_|edge_|position_|var_pct|keel:|ALERTS)", r"x\1", asked.expr)
        assert wrong != asked.expr
        assert not telling(answered(prometheus, replace(asked, expr=wrong), {"book": ".*", "symbol": ".*"})), wrong


def _escaped(value: str) -> str:
    """As Grafana writes a chosen value into a regular expression inside PromQL's quotes."""
    return re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value)


def offered(prometheus: Prometheus) -> dict[str, list[str]]:
    """What the variables of the dashboards let a person choose."""
    found = {}
    for one in MADE[0]["templating"]["list"]:
        if one["type"] == "query":
            series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", one["query"]["query"]).groups()
            found[one["name"]] = prometheus.label_values(series.replace("$book", ".*"), label)
    return found


def answered(prometheus: Prometheus, asked: Asked, chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The series that the panel draws."""
    expr = asked.expr
    for name, value in {**FILLED, **{f"${name}": value for name, value in chosen.items()}}.items():
        expr = expr.replace(name, value)
    assert "$" not in expr, f"{expr}: a variable that nobody fills"
    return prometheus.instant(expr) if asked.instant else prometheus.range(expr, VIEW_S)


def telling(series: list[dict[str, Any]]) -> bool:
    """Whether a figure is among them."""
    points = [one["values"] if "values" in one else [one["value"]] for one in series]
    return any(math.isfinite(float(value)) for one in points for _, value in one)
