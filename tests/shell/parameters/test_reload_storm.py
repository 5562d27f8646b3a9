"""Ten seconds of writes, half of them invalid, under eight readers: nothing torn, nothing valid missed."""

import threading
import time
from dataclasses import dataclass, field

import pytest
from parameter_files import Desk, Files, figure_of_tree
from waiting import wait_until

from conf import load
from tasks.adapters.clocks import SystemClock
from tasks.adapters.parameters import FileWatch
from tasks.session.parameters import ParameterServer, Verdict

pytestmark = pytest.mark.risk
CLOCK = SystemClock()
SECONDS = 10.0
READERS = 8
VERSIONS = 20  # at the least, however busy the machine is
STANDS_S = 0.2  # a text at the least; a valid one until it is adopted, as the one after it would take its place
READS = 200  # of a reader between two rests of a millisecond


@dataclass(slots=True)
class Reader:
    """Takes a snapshot and reads both figures of it, again and again."""

    server: ParameterServer
    end: threading.Event
    seen: list[int] = field(default_factory=list)
    torn: int = 0
    reads: int = 0

    def run(self) -> None:
        while not self.end.wait(0.001):
            for _ in range(READS):
                snapshot = self.server.current
                limits = snapshot.loaded.settings.risk.limits
                one, two = limits.max_positions, limits.max_trades_per_day
                self.torn += two != 3 * one + 1
                self.reads += 1
                if not self.seen or self.seen[-1] != one:
                    self.seen.append(one)


def written(files: Files, server: ParameterServer) -> list[int]:
    """Write for ten seconds: a valid version, an invalid text, by turns, in place or replaced; the valid ones."""
    versions, begin, k = [], time.monotonic(), 0
    while time.monotonic() - begin < SECONDS or len(versions) < VERSIONS:
        k += 1
        text = files.broken(100 + k) if k % 2 == 0 else files.text(100 + k)
        if k % 4 < 2:
            files.replace(text)
        else:
            files.risk.write_text(text)
        time.sleep(STANDS_S)
        if k % 2:
            versions.append(100 + k)
            wait_until(lambda: server.current.loaded.settings.risk.limits.max_positions == versions[-1], 60.0)
    return versions


def test_ten_seconds_of_writes_under_eight_readers(desk: Desk) -> None:
    server = desk.server(CLOCK.now())
    watch = FileWatch(desk.files.folder, lambda final: server.offer("file", CLOCK.now(), final) is not Verdict.INVALID)
    end = threading.Event()
    readers = [Reader(server, end) for _ in range(READERS)]

    def bars() -> None:
        while not end.wait(0.005):
            server.at_boundary(CLOCK.now())

    threads = [threading.Thread(target=work) for work in (bars, *(one.run for one in readers))]
    watch.start()
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    versions = written(desk.files, server)
    last = desk.files.text(7)
    desk.files.replace(last)
    wait_until(lambda: server.current.loaded.settings.risk.limits.max_positions == 7)
    time.sleep(0.05)
    end.set()
    for thread in threads:
        thread.join()
    watch.stop()

    assert sum(one.torn for one in readers) == 0
    adopted = [figure_of_tree(one.adoption.tree) for one in reversed(desk.log.history())]
    assert adopted == [10, *versions, 7]
    assert all(one.seen == adopted for one in readers)  # each reader saw each version, in order
    assert min(one.reads for one in readers) > 10_000
    assert len(desk.alerts()) <= len(versions)
    assert load(folder=desk.files.folder).settings == server.current.loaded.settings
