"""A real Redis carries the reload; without it the file watch does; and it is listened to again when it is back."""

import json
import logging
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from parameter_files import Desk, figure
from pydantic import SecretStr
from redis_server import Server
from waiting import wait_until

from tasks.adapters.clocks import SystemClock
from tasks.adapters.parameters import FileWatch, RedisChannel
from tasks.adapters.parameters import redis_channel as channels
from tasks.session.parameters import Verdict

pytestmark = pytest.mark.risk
CLOCK = SystemClock()
RELOAD = json.dumps({"component": "risk_harmoniser", "config_path": "conf/risk_params.yml"})


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


class Listening:
    """A parameter server behind a channel; what it offered and refused."""

    def __init__(self, desk: Desk, redis: Server, password: str | None = None) -> None:
        self.server = desk.server(CLOCK.now())
        self.offers: list[Verdict] = []
        self.refused: list[str] = []
        secret = None if password is None else SecretStr(password)
        self.channel = RedisChannel(redis.url, secret, desk.files.folder, self.offered, self.refused.append)

    def offered(self) -> None:
        self.offers.append(self.server.offer("redis", CLOCK.now()))

    @property
    def k(self) -> int:
        return figure(self.server.at_boundary(CLOCK.now()).loaded)


@pytest.fixture
def listening(desk: Desk, redis: Server) -> Iterator[Listening]:
    made = Listening(desk, redis)
    made.channel.start()
    wait_until(lambda: len(made.offers) == 1)  # the one of every connect
    yield made
    made.channel.stop()


def test_a_message_carries_the_reload(desk: Desk, redis: Server, listening: Listening) -> None:
    desk.files.write(9)
    assert listening.k == 10  # no watch here: only the message tells
    assert redis.publish(RELOAD) == 1
    wait_until(lambda: listening.k == 9)
    assert desk.rows() == [(10, "start"), (9, "redis")]


def test_what_is_wrong_in_the_file_is_refused_as_ever(desk: Desk, redis: Server, listening: Listening) -> None:
    desk.files.breaks()
    redis.publish(RELOAD)
    wait_until(lambda: len(listening.offers) == 2)
    assert listening.k == 10
    assert "conf/risk_params.yml:" in desk.alerts()[0]


def test_messages_that_are_not_allowed_offer_nothing_and_are_reported_once(
    redis: Server, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        redis.publish('{"component": "router", "config_path": "conf/risk_params.yml", "token": "hunter2"}')
    redis.publish(b"\xff")
    wait_until(lambda: caplog.text.count("refused on param.reload") == 21)
    (reason,) = listening.refused
    assert "another shape" in reason
    assert len(listening.offers) == 1
    assert "hunter2" not in caplog.text
    redis.publish(RELOAD)
    wait_until(lambda: len(listening.offers) == 2)


def test_its_loss_leaves_the_file_watch_and_its_return_resumes(
    desk: Desk, redis: Server, listening: Listening, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "LONGEST_PAUSE_S", 0.2)
    server = listening.server
    watch = FileWatch(desk.files.folder, lambda final: server.offer("file", CLOCK.now(), final) is not Verdict.INVALID)
    redis.kill()
    wait_until(lambda: "the file watch goes on alone" in caplog.text)
    desk.files.write(9)
    time.sleep(0.2)
    assert listening.k == 10  # nobody told yet
    watch.start()
    wait_until(lambda: listening.k == 9)
    desk.files.write(8)
    wait_until(lambda: listening.k == 8)
    watch.stop()
    assert caplog.text.count("the file watch goes on alone") == 1  # however often it was tried since

    desk.files.write(7)  # a message about this would have been missed
    offers = len(listening.offers)
    redis.start()
    wait_until(lambda: listening.k == 7)
    assert len(listening.offers) == offers + 1
    desk.files.write(6)
    wait_until(lambda: redis.listeners() == 1)
    redis.publish(RELOAD)
    wait_until(lambda: listening.k == 6)
    assert [source for _, source in desk.rows()] == ["start", "file", "file", "redis", "redis"]

    redis.kill()
    wait_until(lambda: caplog.text.count("the file watch goes on alone") == 2)  # another loss is said again


def test_a_connection_that_falls_silent_is_given_up_and_a_quiet_one_is_not(
    redis: Server, listening: Listening, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "SILENCE_S", 0.3)
    monkeypatch.setattr(channels, "LISTEN_S", 0.05)
    monkeypatch.setattr(channels, "CONNECT_S", 0.3)
    time.sleep(2.0)  # nothing to say, but alive
    assert caplog.text == ""
    assert redis.process is not None
    redis.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: "TimeoutError; the file watch goes on alone" in caplog.text)
    redis.process.send_signal(signal.SIGCONT)
    wait_until(lambda: len(listening.offers) == 2)


def test_a_server_that_is_not_there_yet_is_waited_for(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late = Server(tmp_path)
    listening = Listening(desk, late)
    listening.channel.start()
    wait_until(lambda: "goes on alone" in caplog.text)
    late.start()
    wait_until(lambda: len(listening.offers) == 1)
    listening.channel.stop()
    late.kill()


@pytest.mark.parametrize(("given", "heard"), [("swordfish-77", True), ("wrong-one-88", False), (None, False)])
def test_a_password_opens_it_and_is_never_logged(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture, given: str | None, heard: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    guarded = Server(tmp_path, "swordfish-77")
    guarded.start()
    listening = Listening(desk, guarded, given)
    listening.channel.start()
    if heard:
        wait_until(lambda: len(listening.offers) == 1)
    else:
        wait_until(lambda: "goes on alone" in caplog.text)
        assert listening.offers == []
    listening.channel.stop()
    guarded.kill()
    assert "swordfish" not in caplog.text
    assert "wrong-one" not in caplog.text


def test_an_offer_that_fails_ends_nothing(desk: Desk, redis: Server, caplog: pytest.LogCaptureFixture) -> None:
    calls = []

    def offered() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("not this time")

    channel = RedisChannel(redis.url, None, desk.files.folder, offered, calls.append)
    channel.start()
    wait_until(lambda: len(calls) == 2)
    channel.stop()
    assert "not this time" in caplog.text


def test_stopping_takes_no_longer_than_a_look(listening: Listening) -> None:
    begin = time.monotonic()
    listening.channel.stop()
    assert time.monotonic() - begin < 30.0
