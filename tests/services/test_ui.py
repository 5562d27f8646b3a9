"""What a person sees: a real browser opens the pages of Prefect and MLflow after a training, a backtest and an
evolution.
"""

import base64
import io
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pytest
from evolution_records import evolution_record
from markets import random_bars
from PIL import Image
from processes import ROOT, carriers, command, eventually
from synthetic import SETTINGS
from websockets.sync.client import ClientConnection, connect

from models.types import Series
from tasks.adapters.servers import Plan, down, free_port, run_deployment, up
from tasks.adapters.servers.plan import state_dir
from tasks.adapters.tracking.mlflow_tracking import MlflowTracker
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive

pytestmark = [pytest.mark.services, pytest.mark.xdist_group("servers")]
SYMBOL, MODEL = "AAA/USDT", "xgboost-binance-AAA-USDT-1h"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--remote-debugging-port=0", "--window-size=1440,1000"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A browser's page, spoken to in the DevTools protocol."""

    socket: ClientConnection
    numbers: Iterator[int]

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=30))
            if answer.get("id") == number:
                return answer.get("result", {})

    def value(self, expression: str) -> Any:
        """Of the JavaScript expression; None while the page has none."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True).get("result", {}).get("value")

    def wait(self, expression: str, seconds: float = 30) -> Any:
        """The first true value of the expression; where there is none, the failure shows what the page says."""
        deadline = time.monotonic() + seconds
        while not (found := self.value(expression)):
            assert time.monotonic() < deadline, f"never true: {expression}; {self.value('document.body.innerText')}"
            time.sleep(0.1)
        return found

    def texts(self, selector: str) -> list[str]:
        """Of all elements that the selector finds, once there are some."""
        return self.wait(
            f"((all) => all.length && all)([...document.querySelectorAll('{selector}')].map(e => e.innerText))"
        )

    def screenshot(self, path: Path) -> np.ndarray:
        """What the window shows, also left as a file; shape (height, width, 3)."""
        picture = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(picture)
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))

    def open_artifact(self, prefect_url: str, key: str) -> None:
        """By the way a person takes: the artifact's page, then its newest version."""
        self.ask("Page.navigate", url=f"{prefect_url}/artifacts/key/{key}")
        version = self.wait("document.querySelector('a[href^=\"/artifacts/artifact/\"]')?.href")
        self.ask("Page.navigate", url=version)


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("chromium is not installed: make test-services installs it", pytrace=False)
    return found


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
    browser = subprocess.Popen(
        [chromium, *FLAGS, f"--user-data-dir={tmp_path}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        said = tmp_path / "DevToolsActivePort"
        eventually(lambda: said.exists() and "\n" in said.read_text(), seconds=30)
        port = said.read_text().splitlines()[0]
        with httpx.Client(trust_env=False) as client:
            targets = client.get(f"http://127.0.0.1:{port}/json/list").raise_for_status().json()
        address = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
        with connect(address, proxy=None, max_size=None) as socket:
            yield Page(socket, count(1))
    finally:
        browser.terminate()
        browser.wait(timeout=30)


def test_prefect_shows_the_metrics_with_the_out_of_sample_column(page: Page, plan: Plan) -> None:
    page.open_artifact(plan.prefect_url, "backtest-metrics")
    heads = page.texts("th")
    assert heads == ["metric", "out of sample", "90 % interval, of days", "in sample", "hold"]
    cells = page.texts("td")
    figures = dict(zip(cells[:: len(heads)], cells[1 :: len(heads)], strict=True))
    assert {"sharpe", "total return", "max drawdown", "costs", "trades"} <= set(figures)
    assert int(figures["trades"]) > 0
    assert 0.0 < float(figures["max drawdown"]) < 1.0


def test_prefect_draws_the_equity_picture(page: Page, plan: Plan) -> None:
    page.open_artifact(plan.prefect_url, "backtest-equity")
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
