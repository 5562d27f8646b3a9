"""`keel config history`, `revert`, `confirm`, and the desk of a scheduled cycle."""

import sys
import time
from pathlib import Path

import pytest
from parameter_files import NOW, Desk, Files, figure, loosened
from redis_server import Server
from waiting import wait_until

from conf import load
from models.types import BadInput, Refused
from tasks.bootstrap import build_desk, build_journal, build_trading_desk, journal_place, parameters, watched_parameters
from tasks.session.parameters import byhand, confirm_by_hand, revert_by_hand

pytestmark = pytest.mark.risk


@pytest.fixture
def files(keel_home: Path, conf_folder: Path) -> Files:
    made = Files(conf_folder)
    made.write(10)
    return made


def cycle_figure() -> int:
    """What a scheduled cycle would decide by."""
    warned: list[str] = []
    desk, journal = build_trading_desk({}, warned.append)
    journal.engine.dispose()
    return figure(desk.loaded)


def test_history_of_nothing(keel) -> None:
    assert keel("config", "history", "--json").json == {"versions": []}
    assert keel("config", "history").code == 0


def test_a_step_back_by_hand(keel, files: Files) -> None:
    assert cycle_figure() == 10
    files.write(9)
    assert cycle_figure() == 9
    done = keel("config", "revert", "--why", "fills were worse", "--who", "anna", "--json")
    assert (done.code, done.json["number"], done.json["source"]) == (0, 3, "revert")
    assert (done.json["who"], done.json["why"]) == ("anna", "fills were worse")
    assert cycle_figure() == 10
    assert keel("config", "revert", "--why", "drill").code == 0
    assert cycle_figure() == 9
    files.write(8)
    assert cycle_figure() == 8
    assert "anna" in keel("config", "history").out
    versions = keel("config", "history", "--json").json["versions"]
    assert [one["number"] for one in versions] == [5, 4, 3, 2, 1]
    assert versions[2]["why"] == "fills were worse"


def test_a_step_back_holds_until_the_files_say_something_else(keel, files: Files) -> None:
    cycle_figure()
    files.write(9)  # seen by nobody yet
    keel("config", "revert", "--why", "drill")  # nothing before 10
    assert cycle_figure() == 9
    files.write(8)
    done = keel("config", "revert", "--why", "drill", "--json")  # while 8 waits unseen: the files are known to say 8
    assert done.code == 0
    assert cycle_figure() == 10


def test_a_step_back_with_broken_files(keel, files: Files) -> None:
    cycle_figure()
    files.write(9)
    cycle_figure()
    files.breaks()
    assert cycle_figure() == 9
    assert keel("config", "revert", "--why", "drill").code == 0
    assert cycle_figure() == 10


@pytest.mark.parametrize("before", ["nothing", "the first"])
def test_no_step_back(keel, files: Files, before: str) -> None:
    if before == "the first":
        cycle_figure()
    refused = keel("config", "revert", "--why", "drill")
    assert refused.code == 3
    assert before in refused.sentence or "no parameters were adopted" in refused.sentence


def test_nothing_waits_where_nothing_is_live(keel, files: Files) -> None:
    cycle_figure()
    files.write(12)
    refused = keel("config", "confirm", load(folder=files.folder).version)
    assert refused.code == 3
    assert "nothing waits" in refused.sentence


def test_the_journal_tells_which_limits_got_looser(keel, files: Files) -> None:
    cycle_figure()
    files.write(12)
    cycle_figure()
    newest = keel("config", "history", "--json").json["versions"][0]
    assert any("max_positions" in one for one in newest["loosened"])


def test_a_scheduled_cycle_goes_on_with_the_last_good_files(files: Files) -> None:
    assert cycle_figure() == 10
    files.breaks()
    warned: list[str] = []
    desk, journal = build_trading_desk({}, warned.append)
    assert figure(desk.loaded) == 10
    assert [row["text"] for row in journal.tables()["alerts_outbox"]] == warned
    assert "conf/risk_params.yml:" in warned[0]
    assert "parameters 1 " in warned[0]
    with pytest.raises(BadInput):
        build_desk()


def by_hand(live: Desk, version: str) -> int:
    return confirm_by_hand(live.log, live.files.load, loosened, version, NOW, "anna")


def test_a_person_confirms_from_another_process_while_live(live: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byhand, "is_live", lambda loaded: True)
    running = live.server()
    live.files.write(12)
    running.offer("file", NOW)
    assert running.awaiting is not None
    version = running.awaiting.version
    with pytest.raises(Refused):
        by_hand(live, "0" * 12)
    by_hand(live, version[:12])
    assert figure(running.current.loaded) == 10
    assert figure(running.at_boundary(NOW).loaded) == 12
    assert (running.awaiting, running.pending) == (None, None)


@pytest.mark.parametrize("broken", [False, True])
def test_a_person_takes_a_step_back_that_loosens_while_live(
    live: Desk, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    monkeypatch.setattr(byhand, "is_live", lambda loaded: True)
    running = live.server()
    live.files.write(9)
    running.offer("file", NOW)
    running.at_boundary(NOW)
    if broken:
        live.files.breaks()
    with pytest.raises(Refused, match="max_positions 9 -> 10") as refusal:
        revert_by_hand(live.log, live.files.load, loosened, NOW, "anna", "drill")
    by_hand(live, str(refusal.value).split()[-1])
    assert figure(running.at_boundary(NOW).loaded) == 10


def test_a_session_hears_of_files_and_of_redis(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "PROJECT", files.folder.parent)
    redis = Server(tmp_path)
    redis.start()
    files.local(f"servers: {{redis_url: '{redis.url}'}}\n")
    desk = build_desk()
    journal = build_journal(desk)
    with watched_parameters(desk, journal, {}) as server:
        files.write(9)
        wait_until(lambda: server.pending is not None)
        assert figure(server.at_boundary(NOW).loaded) == 9
        wait_until(lambda: redis.listeners() == 1)
        redis.publish("nonsense")
        wait_until(lambda: any("param.reload" in row["key"] for row in journal.tables()["alerts_outbox"]))
        redis.publish('{"component": "risk_harmoniser", "config_path": "conf/risk_params.yml"}')
    time.sleep(0.1)
    assert redis.listeners() == 0
    redis.kill()
    journal.engine.dispose()
    assert journal_place(desk.home).exists()
    assert "redis" in sys.modules


def test_a_password_in_the_address_is_refused_and_not_shown(files: Files) -> None:
    for url in ("redis://:hunter2@here:6379", "redis://here:6379?password=hunter2", "hunter2"):
        files.local(f"servers: {{redis_url: '{url}'}}\n")
        with pytest.raises(BadInput, match=r"conf/local\.yaml:1: servers\.redis_url") as error:
            files.load()
        assert "hunter2" not in str(error.value)
    for url in ("redis://127.0.0.1:6379", "rediss://cache.lan:6380/2", "unix:///run/redis.sock"):
        files.local(f"servers: {{redis_url: '{url}'}}\n")
        assert files.load().settings.servers.redis_url == url


def test_a_revert_says_who_and_why(keel):
    for arguments in (("--why", " "), ("--why", "drill", "--who", "")):
        assert keel("config", "revert", *arguments).code == 2
    assert keel("config", "revert").code == 2
