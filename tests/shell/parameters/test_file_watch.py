"""The watch over real files, and what it does to a server."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from parameter_files import Desk, figure
from waiting import wait_until

from tasks.adapters.clocks import SystemClock
from tasks.adapters.parameters import FileWatch
from tasks.adapters.parameters import files as watching
from tasks.session.parameters import ParameterServer, Verdict

pytestmark = pytest.mark.risk
CLOCK = SystemClock()
SETTLED_S = 0.5  # long after everything that is to happen has happened


class Ticking:
    """A server on watched files, whose bars close every two milliseconds."""

    def __init__(self, desk: Desk) -> None:
        self.server: ParameterServer = desk.server(CLOCK.now())
        self.verdicts: list[Verdict] = []
        self.watch = FileWatch(desk.files.folder, self.offered)
        self.end = threading.Event()
        self.bars = threading.Thread(target=self.tick)

    def offered(self, final: bool) -> bool:
        self.verdicts.append(self.server.offer("file", CLOCK.now(), final))
        return self.verdicts[-1] is not Verdict.INVALID

    def tick(self) -> None:
        while not self.end.wait(0.002):
            self.server.at_boundary(CLOCK.now())

    @property
    def k(self) -> int:
        return figure(self.server.current.loaded)


@pytest.fixture
def ticking(desk: Desk) -> Iterator[Ticking]:
    made = Ticking(desk)
    made.watch.start()
    made.bars.start()
    wait_until(lambda: len(made.verdicts) > 0)
    time.sleep(0.1)  # the watch is set up by then
    yield made
    made.watch.stop()
    made.end.set()
    made.bars.join()


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def renamed_over(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def removed_and_written(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def truncated_then_written(path: Path, text: str) -> None:
    with path.open("w") as file:
        time.sleep(0.045)  # looked at in between, and again before anybody is alarmed
        file.write(text)


def in_pieces(path: Path, text: str) -> None:
    with path.open("w") as file:
        for k in range(0, len(text), len(text) // 4):
            file.write(text[k : k + len(text) // 4])
            file.flush()
            time.sleep(0.005)


WAYS = [in_place, renamed_over, removed_and_written, truncated_then_written, in_pieces]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_change_arrives_however_an_editor_writes_and_nobody_is_alarmed(desk: Desk, ticking: Ticking, way) -> None:
    way(desk.files.risk, desk.files.text(9))
    wait_until(lambda: ticking.k == 9)
    time.sleep(SETTLED_S)
    assert desk.alerts() == []
    assert desk.rows() == [(10, "start"), (9, "file")]


@pytest.mark.parametrize("name", ["local.yaml", "stages/exploration.yaml"])
def test_every_layer_is_watched(desk: Desk, ticking: Ticking, name: str) -> None:
    with (desk.files.folder / name).open("a") as file:
        file.write("risk: {limits: {max_positions: 4, max_trades_per_day: 13}}\n")
    wait_until(lambda: ticking.k == 4)


def test_rules_of_the_router_are_hot(desk: Desk, ticking: Ticking) -> None:
    rules = desk.files.folder / "model_router_rules.yml"
    rules.write_text(
        rules.read_text().replace("classes: [crypto], models: [momentum, xgboost]", "classes: [crypto], models: [lstm]")
    )
    wait_until(lambda: ticking.server.current.loaded.settings.router.rules[0].models == ("lstm",))
    assert ticking.k == 10
    assert desk.alerts() == []
    assert desk.rows() == [(10, "start"), (10, "file")]


def test_a_genome_is_cold(desk: Desk, ticking: Ticking) -> None:
    before = len(ticking.verdicts)
    genome = next((desk.files.folder / "genomes").glob("*.json"))
    genome.write_text(genome.read_text() + "\n")
    wait_until(lambda: len(ticking.verdicts) > before)
    assert ticking.k == 10


def test_other_files_are_nothing_to_us(desk: Desk, ticking: Ticking) -> None:
    before = len(ticking.verdicts)
    (desk.files.folder / ".risk_params.yml.swp").write_text("x")
    (desk.files.folder / "notes.txt").write_text("x")
    time.sleep(SETTLED_S)
    assert len(ticking.verdicts) == before


def test_an_invalid_file_that_stays_alerts_once(desk: Desk, ticking: Ticking) -> None:
    desk.files.breaks()
    wait_until(lambda: len(desk.alerts()) > 0)
    time.sleep(SETTLED_S)
    (alert,) = desk.alerts()
    assert "conf/risk_params.yml:" in alert
    assert ticking.k == 10
    desk.files.write(9)
    wait_until(lambda: ticking.k == 9)


def test_what_changed_before_the_watch_began_is_not_missed(desk: Desk) -> None:
    made = Ticking(desk)
    desk.files.write(9)
    made.watch.start()
    wait_until(lambda: made.server.pending is not None)
    made.watch.stop()


@pytest.mark.parametrize("name", ["risk_params.yml", "stages/exploration.yaml", "local.yaml"])
def test_a_file_system_that_tells_nothing_is_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(watching, "_is_ours", lambda *_: False)
    monkeypatch.setattr(watching, "IDLE_MS", 100)
    made = Ticking(desk)
    made.watch.start()
    wait_until(lambda: len(made.verdicts) > 0)
    if name == "risk_params.yml":
        desk.files.write(9)
    else:
        with (desk.files.folder / name).open("a") as file:
            file.write("risk: {limits: {max_positions: 4, max_trades_per_day: 13}}\n")
    wait_until(lambda: made.server.pending is not None)
    made.watch.stop()


def test_two_writes_within_a_tick_of_the_clock_are_two(
    desk: Desk, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "signature", lambda folder: frozenset())
    desk.files.write(9)
    wait_until(lambda: ticking.k == 9)
    desk.files.write(8)
    wait_until(lambda: ticking.k == 8)


def test_a_folder_that_goes_away_and_comes_back(desk: Desk, ticking: Ticking, monkeypatch: pytest.MonkeyPatch) -> None:
    aside = desk.files.folder.with_name("aside")
    desk.files.folder.rename(aside)
    wait_until(lambda: len(desk.alerts()) > 0)
    shutil.copytree(aside, desk.files.folder)
    desk.files.write(9)
    wait_until(lambda: ticking.k == 9)


def test_an_offer_that_fails_is_made_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "AGAIN_S", 0.01)
    calls = []

    def offered(final: bool) -> bool:
        calls.append(final)
        if len(calls) < 3:
            raise OSError("the journal's disk is full")
        return True

    watch = FileWatch(desk.files.folder, offered)
    watch.start()
    wait_until(lambda: len(calls) == 3)
    watch.stop()
    assert "disk is full" in caplog.text
    assert not watch._thread.is_alive()
