"""Decisions, fills and order states as streams of a real Redis server: none is lost or doubled, whatever is killed."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import ROOT
from redis import Redis
from redis_server import Server
from waiting import wait_until
from wire_orders import NOON, allow, made_order, open_log

from data.journal import Journal, open_journal
from data.journal.published import Happened
from models.types import Unavailable
from models.types.wire import OrderState
from tasks.adapters.events import Publisher, RedisStreams
from tasks.monitoring.bench.journals import add_decision, filled_journal

pytestmark = pytest.mark.monitoring
BOOK, OTHER = "paper|binance|1h|BTC/USDT", "live|kraken|1h|ETH/USD"
COUNT = 500


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.start()
    yield found
    found.kill()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = filled_journal(tmp_path / "journal.sqlite", BOOK, COUNT)
    yield made
    made.engine.dispose()


def publisher(server: Server, journal: Journal, length: int = 1_000_000) -> Publisher:
    return Publisher(RedisStreams(server.url, None, length), lambda: journal)


def entries(server: Server, stream: str) -> list[dict[str, str]]:
    with Redis(host="127.0.0.1", port=server.port, decode_responses=True) as client:
        return [fields for _, fields in client.xrange(f"keel.{stream}")]


def ids(server: Server) -> list[str]:
    return [one["id"] for one in entries(server, "decisions")]


def expected(count: int, book: str = BOOK) -> list[str]:
    return [f"{book}-{number}" for number in range(count)]


def test_everything_goes_out_once_in_its_order(server: Server, journal: Journal) -> None:
    sender = publisher(server, journal)
    assert sender.publish() == COUNT + COUNT // 10
    assert sender.publish() == 0
    add_decision(journal, BOOK, COUNT)
    assert sender.publish() == 2
    assert ids(server) == expected(COUNT + 1)
    assert [one["cid"] for one in entries(server, "fills")] == [f"{BOOK}-{k}-0" for k in range(0, COUNT + 1, 10)]


def test_an_entry_says_what_was_decided(server: Server, journal: Journal) -> None:
    publisher(server, journal).publish()
    first, fill = entries(server, "decisions")[0], entries(server, "fills")[0]
    assert first["book"] == fill["book"] == BOOK
    assert json.loads(first["regimes"])["S0/USDT"] == "ranging"
    assert [one["cid"] for one in json.loads(first["intents"])] == [f"{BOOK}-0-0"]
    assert [one["reason"] for one in json.loads(first["refused"])] == ["REFUSED_STALE"] * 2
    assert (fill["symbol"], fill["quantity"], fill["price"], fill["leg"]) == ("S0/USDT", "1.0", "100.0", "ENTRY")


def test_order_states_go_out(server: Server, journal: Journal) -> None:
    log = open_log(journal)
    log.admit(made_order("w1"), allow, NOON)
    log.mark("w1", OrderState.UNKNOWN, "no answer", NOON + 1)
    publisher(server, journal).publish()
    found = [(one["cid"], one["kind"], one["state"]) for one in entries(server, "orders")]
    assert found == [("w1", "admitted", "sent"), ("w1", "marked", "unknown")]


def test_a_book_that_decides_older_bars_later_is_not_left_out(server: Server, tmp_path: Path) -> None:
    journal = filled_journal(tmp_path / "two.sqlite", BOOK, 50)
    sender = publisher(server, journal)
    sender.publish()
    for number in range(20):
        add_decision(journal, OTHER, number)
    sender.publish()
    assert ids(server) == [*expected(50), *expected(20, OTHER)]


def test_a_publisher_that_is_killed_doubles_nothing(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "long.sqlite"
    journal = filled_journal(path, BOOK, 8_000)
    for kill_after in (300, 2_000, 5_000):
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "support" / "streams_process.py"), str(path), server.url],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda after=kill_after: len(ids(server)) >= after, 60.0)
        process.kill()
        process.wait()
    publisher(server, journal).publish()
    assert ids(server) == expected(8_000)
    assert len(entries(server, "fills")) == 800


def test_a_server_that_is_killed_is_told_anew_without_gaps(server: Server, journal: Journal) -> None:
    sender = publisher(server, journal)
    sender.start()
    wait_until(lambda: ids(server) == expected(COUNT))
    server.kill()
    for number in range(COUNT, COUNT + 20):
        add_decision(journal, BOOK, number)  # nobody waits for a server that is not there
    time.sleep(0.3)
    server.start()  # with nothing in it: it kept no file
    wait_until(lambda: ids(server) == expected(COUNT + 20), 30.0)
    sender.stop()


def test_an_answer_that_is_lost_doubles_nothing(
    server: Server, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, send = publisher(server, journal), RedisStreams.send

    def lost(self: RedisStreams, *arguments: object) -> dict[str, int]:
        send(self, *arguments)  # type: ignore[arg-type]
        raise Unavailable("the answer is lost")

    with monkeypatch.context() as patch:
        patch.setattr(RedisStreams, "send", lost)
        for _ in range(3):
            with pytest.raises(Unavailable):
                sender.publish()
    sender.publish()
    assert ids(server) == expected(COUNT)


def test_two_publishers_at_once_double_nothing(server: Server, tmp_path: Path) -> None:
    journal = filled_journal(tmp_path / "both.sqlite", BOOK, 3_000)
    both = [threading.Thread(target=publisher(server, journal).publish) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert ids(server) == expected(3_000)


def test_a_stream_keeps_about_what_it_may_and_a_new_one_begins_so_far_back(server: Server, tmp_path: Path) -> None:
    journal = filled_journal(tmp_path / "long.sqlite", BOOK, 3_000)
    assert publisher(server, journal, 1_000).publish() == 1_000 + 300
    assert ids(server)[-1] == f"{BOOK}-2999"
    assert ids(server)[0] >= f"{BOOK}-2000"


def test_a_journal_restored_from_before_goes_on_behind_its_end(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "home" / "journal.sqlite"
    path.parent.mkdir()
    publisher(server, filled_journal(path, BOOK, 100)).publish()
    for one in path.parent.iterdir():
        one.unlink()
    restored = filled_journal(path, BOOK, 60)
    sender = publisher(server, restored)
    assert sender.publish() == 0
    add_decision(restored, BOOK, 60)
    assert sender.publish() == 2
    assert ids(server) == [*expected(100), f"{BOOK}-60"]


def test_a_book_that_a_restored_journal_does_not_know_begins_anew(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "home" / "journal.sqlite"
    path.parent.mkdir()
    later = filled_journal(path, BOOK, 10)
    for number in range(20):
        add_decision(later, OTHER, number)
    publisher(server, later).publish()
    for one in path.parent.iterdir():
        one.unlink()
    restored = filled_journal(path, BOOK, 10)
    sender = publisher(server, restored)
    assert sender.publish() == 0
    add_decision(restored, OTHER, 3)
    sender.publish()
    assert ids(server)[-2:] == [f"{OTHER}-19", f"{OTHER}-3"]


def test_a_journal_that_is_being_written_is_only_read(server: Server, journal: Journal) -> None:
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE orders SET status = 'filled'")
        assert publisher(server, journal).publish() > 0


def test_no_place_is_a_place_at_the_beginning(tmp_path: Path) -> None:
    happened = Happened(open_journal(tmp_path / "empty.sqlite").engine)
    assert happened.decisions({}, 10) == happened.fills({}, 10) == happened.orders({}, 10) == []
    assert happened.ends(10) == happened.newest() == {"decisions": {}, "fills": {"": 0}, "orders": {"": 0}}


def test_a_server_that_is_emptied_while_it_runs_is_told_anew(server: Server, journal: Journal) -> None:
    sender = publisher(server, journal)
    sender.publish()
    with Redis(host="127.0.0.1", port=server.port) as client:
        client.flushall()
    assert sender.publish() == 0, "nothing is new"
    add_decision(journal, BOOK, COUNT)
    thread = threading.Thread(target=sender.publish, daemon=True)
    thread.start()
    thread.join(30.0)
    assert not thread.is_alive(), "it goes round in a circle"
    assert ids(server) == expected(COUNT + 1)


@pytest.mark.parametrize("key", ["keel.decisions", "keel.decisions.place"])
def test_a_key_of_somebody_else_in_the_way_loses_nothing(server: Server, journal: Journal, key: str) -> None:
    sender = publisher(server, journal)
    with Redis(host="127.0.0.1", port=server.port) as client:
        client.set(key, "a text of somebody else")
        for _ in range(2):
            with pytest.raises(Unavailable, match="refuses"):
                sender.publish()
        assert client.get(key) == b"a text of somebody else"
        client.delete(key)
    sender.publish()
    assert ids(server) == expected(COUNT)


def test_a_server_that_only_reads_loses_nothing(server: Server, journal: Journal) -> None:
    sender = publisher(server, journal)
    with Redis(host="127.0.0.1", port=server.port) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]
        for _ in range(2):
            with pytest.raises(Unavailable):
                sender.publish()
        client.execute_command("REPLICAOF", "NO", "ONE")  # type: ignore[no-untyped-call]
    sender.publish()
    assert ids(server) == expected(COUNT)
