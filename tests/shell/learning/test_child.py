"""Training in a process of its own: its order is whole, its words and errors come through, its memory has a limit, and
it never outlives whoever waits for it.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from processes import ROOT, eventually

from models.types import BadInput, Damaged, KeelError, Refused, Series, Unavailable
from tasks.bootstrap import build_desk
from tasks.session.learning import child
from tasks.session.learning.child import configuration_of, train_in_child

DOUBLES = ROOT / "tests" / "support" / "training_doubles.py"
SERIES = Series("binance", "BTC/USDT", "1h")
PARENT = """
import sys
from types import SimpleNamespace
from pathlib import Path
from tasks.session.learning import child
child.COMMAND = (sys.executable, sys.argv[1], "waiting")
model = SimpleNamespace(memory_mb=5000)
loaded = SimpleNamespace(tree="{}", settings=SimpleNamespace(model=model))
child.train_in_child(SimpleNamespace(loaded=loaded, home=Path(sys.argv[2]), clock=None), [], lambda text: None)
"""


def desk(home: Path, memory_mb: int = 5000) -> Any:
    loaded = SimpleNamespace(tree="{}", settings=SimpleNamespace(model=SimpleNamespace(memory_mb=memory_mb)))
    return SimpleNamespace(loaded=loaded, home=home, clock=None)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the training process one of the doubles."""

    def doubled(*words: str) -> None:
        monkeypatch.setattr(child, "COMMAND", (sys.executable, str(DOUBLES), *words))

    return doubled


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def pids(home: Path) -> list[int]:
    return [int(one) for one in (home / "pids").read_text().split()]


def test_the_order_is_whole_and_words_come_as_they_are_said(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEEL_MODEL__FOLDS", "3")
    ours = build_desk({"trading.venue": "binance", "trading.symbols": ["BTC/USDT"]}, 1_600_000_000_000_000, tmp_path)
    monkeypatch.delenv("KEEL_MODEL__FOLDS")
    run("told")
    heard: list[str] = []
    (found,) = train_in_child(ours, [(SERIES, ("momentum", "meta"))], heard.append)
    assert heard == ["first", "second: é"]
    assert found == {
        "version": ours.loaded.version,
        "symbols": ["BTC/USDT"],
        "loss": None,
        "tree": None,
        "home": str(tmp_path),
        "as_of": 1_600_000_000_000_000,
        "models": [["binance", "BTC/USDT", "1h", ["momentum", "meta"]]],
    }
    said = capfd.readouterr()
    assert said.out == ""
    assert "a library prints" in said.err
    assert "and so does its child" in said.err


def test_the_configuration_is_the_same_whatever_the_files_say_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_MODEL__FOLDS", "3")
    loaded = build_desk({"trading.profile": "aggressive"}).loaded
    monkeypatch.delenv("KEEL_MODEL__FOLDS")
    found = configuration_of(loaded.tree)
    assert (found.settings, found.version, found.tree) == (loaded.settings, loaded.version, loaded.tree)
    assert found.settings.model.folds == 3


@pytest.mark.parametrize(
    ("what", "error", "sentence"),
    [
        ("BadInput", BadInput, "^what is wrong: a B 1h$"),
        ("OutOfStep", Unavailable, "^what is wrong: a B 1h$"),
        ("broken", Unavailable, "failed with exit code 1"),
    ],
)
def test_what_goes_wrong_there_is_said_here(
    what: str, error: type[KeelError], sentence: str, run: Any, tmp_path: Path
) -> None:
    run("failing", what)
    heard: list[str] = []
    with pytest.raises(error, match=sentence) as found:
        train_in_child(desk(tmp_path), [], heard.append)
    assert type(found.value) is error
    assert heard == ["before"]


@pytest.mark.parametrize("error", [BadInput, Damaged, Refused, Unavailable])
def test_every_kind_of_error_is_the_same_here(
    error: type[KeelError], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = json.dumps({"failed": [error.__name__, "why"]})
    monkeypatch.setattr(child, "COMMAND", (sys.executable, "-S", "-c", f"print({line!r})"))
    with pytest.raises(error, match=r"^why$") as found:
        train_in_child(desk(tmp_path), [], print)
    assert type(found.value) is error


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("raise SystemExit(5)", "failed with exit code 5"),
        ("pass", "failed with exit code 0"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9"),
    ],
)
def test_an_end_without_a_word_is_said(
    program: str, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(child, "COMMAND", (sys.executable, "-S", "-c", program))
    with pytest.raises(Unavailable, match=sentence):
        train_in_child(desk(tmp_path), [(SERIES, ("x" * 200_000,))], print)


def test_what_takes_too_much_memory_is_ended_with_all_that_came_of_it(run: Any, tmp_path: Path) -> None:
    run("greedy")
    with pytest.raises(Refused, match=r"took \d+ MB, model.memory_mb allows 300: .*raise that limit"):
        train_in_child(desk(tmp_path, memory_mb=300), [], print)
    assert [gone(pid) for pid in pids(tmp_path)] == [True, True]


def test_an_interrupt_ends_it_and_its_order_is_neither_on_the_command_line_nor_on_a_disk(
    run: Any, tmp_path: Path
) -> None:
    run("waiting")
    seen: list[str] = []

    def interrupted(_: str) -> None:
        seen.extend(psutil.Process(pids(tmp_path)[0]).cmdline())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_in_child(desk(tmp_path), [(SERIES, ("momentum",))], interrupted)
    assert [gone(pid) for pid in pids(tmp_path)] == [True, True]
    assert seen[1:] == [str(DOUBLES), "waiting"]
    assert [path.name for path in tmp_path.iterdir()] == ["pids"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_waits_for_it(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(DOUBLES), str(tmp_path)], cwd=ROOT) as parent:
        eventually((tmp_path / "pids").exists)
        eventually(lambda: len((tmp_path / "pids").read_text().split()) == 2)
        training, below = pids(tmp_path)
        assert not gone(training)
        parent.send_signal(number)
    eventually(lambda: gone(training), 10)
    os.kill(below, signal.SIGKILL)  # nobody told it: of a training nothing is left that computes by itself
