"""keel stage test over a small lake: figures, files, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lively_backtests import lively_desk

from tasks.session.staging.walk_showing import CLEAN

Keel = Callable[..., Any]
EASY = {
    "LEAST_DAYS": "3",
    "MOST_DAYS": "9",
    "SHARPE": "0",
    "WIN_RATE": "0.1",
    "PROFIT_FACTOR": "0.1",
    "LEAST_TRADES": "1",
}


@pytest.fixture
def run(keel: Keel, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keel:
    (tmp_path / "lively").mkdir()
    lively_desk(tmp_path_factory, tmp_path / "lively", monkeypatch)
    for stage in ("EXPLORATION", "PAPER", "MICRO"):
        for name, value in EASY.items():
            monkeypatch.setenv(f"KEEL_STAGES__{stage}__{name}", value)

    def asked(*arguments: str) -> Any:
        return keel("stage", "test", *arguments)

    return asked


def test_it_says_what_would_have_passed_and_what_came_after(run: Keel) -> None:
    found = run("--json")
    assert found.code == 0, found.err
    fields = found.json
    assert set(fields["stages"]) == {"exploration", "paper", "micro"}
    assert fields["days"] > 30
    assert fields["stages"]["exploration"]["days_passed"] > 0
    assert fields["backtest"].startswith("keel backtest --venue")
    picture = Path(str(fields["picture"]))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert json.loads(picture.with_suffix(".json").read_text()) == fields
    shown = run()
    assert shown.code == 0, shown.err
    assert CLEAN in shown.out
    assert str(picture) in shown.out
    late = run("--start", fields["last"], "--json")
    assert late.code == 2
    assert "the shortest stage asks for 3" in str(late.json["error"])
