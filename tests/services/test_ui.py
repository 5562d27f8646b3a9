"""What a person sees: a real browser opens the pages of Prefect and MLflow after a training, a backtest and an
evolution.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
from browser import Page, chromium_program, opened_page
from evolution_records import evolution_record
from markets import random_bars
from PIL import Image
from processes import ROOT, carriers, command
from synthetic import SETTINGS

from models.types import Series
from tasks.adapters.servers import Plan, down, free_port, run_deployment, up
from tasks.adapters.servers.plan import state_dir
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive

pytestmark = [pytest.mark.services, pytest.mark.xdist_group("servers")]
SYMBOL, MODEL = "AAA/USDT", "xgboost-binance-AAA-USDT-1h"


def open_artifact(page: Page, prefect_url: str, key: str) -> None:
    """By the way a person takes: the artifact's page, then its newest version."""
    page.ask("Page.navigate", url=f"{prefect_url}/artifacts/key/{key}")
    version = page.wait("document.querySelector('a[href^=\"/artifacts/artifact/\"]')?.href")
    page.ask("Page.navigate", url=version)


@pytest.fixture(scope="module")
def chromium() -> str:
    return chromium_program()


@pytest.fixture(scope="module")
def plan(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plan]:
    """Servers that show one training and one backtest."""
    plan = Plan(ROOT, tmp_path_factory.mktemp("home"), free_port(), free_port())
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KEEL_")]:
            patch.delenv(name)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        own = {
            "KEEL_HOME": str(plan.home),
            "KEEL_TRADING__SYMBOLS": f"[{SYMBOL}]",
            "KEEL_VENUES__BINANCE__FEED": "none",
        }
        for name, text in (SETTINGS | own).items():
            patch.setenv(name, text)
        take_in_archive(build_desk(), Series("binance", SYMBOL, "1h"), random_bars(3, 3200, "1h"))
        # Before the servers are up, into the database that they will serve: quicker than a deployment's run.
        trained = command("flows.cli", "train", env={})
        assert trained.returncode == 0, trained.stderr
        try:
            up(plan, print)
            run_deployment(plan.api_url, "backtest/adhoc", {}, 120.0, print)
            yield plan
        finally:
            down(plan.home)
    assert carriers(plan.home) == []


@pytest.fixture
def page(chromium: str, plan: Plan, tmp_path: Path) -> Iterator[Page]:
    """An empty page of a browser that knows nothing yet."""
    with opened_page(chromium, tmp_path) as page:
        yield page


def test_prefect_shows_the_metrics_with_the_out_of_sample_column(page: Page, plan: Plan) -> None:
    open_artifact(page, plan.prefect_url, "backtest-metrics")
    heads = page.texts("th")
    assert heads == ["metric", "out of sample", "90 % interval, of days", "in sample", "hold"]
    cells = page.texts("td")
    figures = dict(zip(cells[:: len(heads)], cells[1 :: len(heads)], strict=True))
    assert {"sharpe", "total return", "max drawdown", "costs", "trades"} <= set(figures)
    assert int(figures["trades"]) > 0
    assert 0.0 < float(figures["max drawdown"]) < 1.0


def test_prefect_draws_the_equity_picture(page: Page, plan: Plan) -> None:
    open_artifact(page, plan.prefect_url, "backtest-equity")
    drawn = "[...document.images].find(e => e.src.startsWith('data:image/png') && e.complete && e.naturalWidth > 0)"
    assert page.wait(f"{drawn}?.clientWidth") > 500


def test_mlflow_lists_the_training_run_and_its_champion(page: Page, plan: Plan) -> None:
    page.ask("Page.navigate", url=f"{plan.mlflow_url}/#/experiments/1/runs?workflowType=machine_learning")
    page.wait(f"document.body.innerText.includes('binance {SYMBOL} 1h')")
    page.ask("Page.navigate", url=f"{plan.mlflow_url}/#/models")
    page.wait(
        f"[...document.querySelectorAll('tr, [role=row]')].some(e => /{MODEL}[^]*@\\s*champion/.test(e.innerText))"
    )


EXPANDER = "document.querySelector('[role=row] button[data-component-id*=runnamecell]')"


@pytest.fixture(scope="module")
def evolution(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an evolution's experiment on the server, its runs aside: one specialist and two folds."""
    folder = tmp_path_factory.mktemp("evolution")
    record = evolution_record(folder, ("volatile",), folds=2, generations=200)
    Image.new("RGB", (64, 48), "red").save(folder / "front.png")
    first, *folds = record.children
    offered = replace(first, pages=(*first.pages, folder / "front.png"))
    tracker = MlflowTracker(plan.mlflow_url, state_dir(plan.home) / "mlartifacts")
    tracker.log_evolution(replace(record, children=(offered, *folds)))
    experiment = mlflow.MlflowClient(plan.mlflow_url).get_experiment_by_name("evolution")
    assert experiment is not None
    return f"{plan.mlflow_url}/#/experiments/{experiment.experiment_id}/runs"


def test_mlflow_shows_an_evolution_and_below_it_its_searches(page: Page, evolution: str) -> None:
    page.ask("Page.navigate", url=f"{evolution}?workflowType=machine_learning")
    page.wait(f"!!{EXPANDER}")
    names = "[...document.querySelectorAll('[role=row]')].map(e => e.innerText.trim()).join('\\n')"
    assert "volatile" not in page.value(names)
    page.value(f"{EXPANDER}.click()")
    shown = page.wait(f"((all) => all.includes('fold 2') && all)({names})")
    for name in ("binance BTC/USDT 1h 2017 to 2023", "volatile", "volatile fold 1", "volatile fold 2"):
        assert name in shown.splitlines()


def test_mlflow_draws_the_curves_of_a_search_and_its_front(
    page: Page, plan: Plan, evolution: str, tmp_path: Path
) -> None:
    found = mlflow.MlflowClient(plan.mlflow_url).get_model_version_by_alias(
        "specialist-volatile-binance-BTC-USDT-1h", "challenger"
    )
    run = f"{evolution}/{found.run_id}"
    page.ask("Page.navigate", url=f"{run}/model-metrics?workflowType=machine_learning")
    curve = "[...document.querySelectorAll('.scatterlayer .js-line')].filter(e => e.getTotalLength() > 100)"
    page.wait(f"{curve}.length >= 3")
    assert "search.best" in page.value("document.body.innerText")
    colour = page.value(f"getComputedStyle({curve}[0]).stroke").removeprefix("rgb(").removesuffix(")")
    line = [int(part) for part in colour.split(",")]
    box = page.value(f"{curve}[0].getBoundingClientRect().toJSON()")
    left, top, right, bottom = (int(box[side]) for side in ("left", "top", "right", "bottom"))
    drawn = (page.screenshot(tmp_path / "curves.png")[top:bottom, left:right] == line).all(axis=2)
    assert drawn.any(axis=0).mean() > 0.5
    assert drawn.mean() < 0.5
    page.ask("Page.navigate", url=f"{run}/artifacts/front.png?workflowType=machine_learning")
    page.wait("[...document.images].some(e => e.src.startsWith('blob:') && e.complete && e.naturalWidth === 64)")
    assert (page.screenshot(tmp_path / "front.png") == [255, 0, 0]).all(axis=2).sum() > 1000
    page.ask("Page.navigate", url=run)
    page.wait("/Registered models\\s+specialist-volatile-binance-BTC-USDT-1h\\s+v1/.test(document.body.innerText)")
