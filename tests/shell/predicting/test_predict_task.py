"""The predictor as Prefect runs it: it ends after its minutes or when it is cancelled, and leaves no thread behind."""

import asyncio
import logging
import threading
from pathlib import Path

import pytest
from heavy_home import HEAVY_HOME, rules
from small_lake import BTC, archive

import tasks.predicting
from tasks.bootstrap import build_desk
from tasks.predicting import predict_bars
from tasks.session.intake import take_in_archive
from tasks.session.predicting import Predictor


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake with a few bars, whose heavy model was never trained."""
    settings = HEAVY_HOME | {"KEEL_TRADING__SYMBOLS": "[BTC/USDT]", "KEEL_ROUTER__RULES": rules("momentum", "lstm")}
    for name, value in (settings | {"KEEL_HOME": str(tmp_path / "home")}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tasks.predicting, "get_run_logger", lambda: logging.getLogger("test"))
    take_in_archive(build_desk(), BTC, archive(BTC))


def test_it_ends_after_its_minutes():
    found = asyncio.run(predict_bars.fn(0.0))
    assert found["rounds"] >= 1
    assert [(one["model"], one["version"], one["bars"]) for one in found["models"]] == [("lstm", None, 0)]


def test_a_cancelled_run_ends_its_thread(monkeypatch: pytest.MonkeyPatch):
    began, ended = threading.Event(), threading.Event()
    original = Predictor.run

    def run(self, stopped):
        began.set()
        try:
            return original(self, stopped)
        finally:
            ended.set()

    monkeypatch.setattr(Predictor, "run", run)

    async def cancelled() -> None:
        work = asyncio.create_task(predict_bars.fn(None))
        await asyncio.to_thread(began.wait, 30)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(cancelled())
    assert ended.wait(120)
