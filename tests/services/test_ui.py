"""What a person sees: a real browser opens the pages of Prefect and MLflow after a training and a backtest."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from markets import random_bars
from processes import ROOT, carriers, command, eventually
from synthetic import SETTINGS
from websockets.sync.client import ClientConnection, connect

from models.types import Series
from tasks.adapters.servers import Plan, down, free_port, run_deployment, up
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


def test_mlflow_lists_the_training_run_and_its_challenger(page: Page, plan: Plan) -> None:
    page.ask("Page.navigate", url=f"{plan.mlflow_url}/#/experiments/1/runs?workflowType=machine_learning")
    page.wait(f"document.body.innerText.includes('binance {SYMBOL} 1h')")
    page.ask("Page.navigate", url=f"{plan.mlflow_url}/#/models")
    page.wait(
        f"[...document.querySelectorAll('tr, [role=row]')].some(e => /{MODEL}[^]*@\\s*challenger/.test(e.innerText))"
    )
