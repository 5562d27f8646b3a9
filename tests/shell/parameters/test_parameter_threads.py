"""Offers, boundaries, steps back and readers, all at once; and two processes that adopt at the same moment."""

import contextlib
import threading
from collections.abc import Callable

import pytest
from parameter_files import NOW, Desk, figure, figure_of_tree

from data.journal import Adoption
from models.types import Refused

pytestmark = pytest.mark.risk
ROUNDS = 40


def test_every_thread_at_once_leaves_the_journal_and_the_server_agreed(desk: Desk) -> None:
    server = desk.server()
    problems: list[BaseException] = []

    def repeated(work: Callable[[int], object]) -> threading.Thread:
        def run() -> None:
            try:
                for k in range(ROUNDS):
                    work(k)
            except BaseException as problem:  # noqa: BLE001 - told by the test
                problems.append(problem)

        return threading.Thread(target=run)

    def step_back(k: int) -> None:
        with contextlib.suppress(Refused):  # while there is only one
            server.revert(NOW + k)

    def edit(k: int) -> None:
        desk.files.replace(desk.files.text(20 + k))
        server.offer("file", NOW + k)

    threads = [
        repeated(edit),
        repeated(lambda k: server.offer("redis", NOW + k)),
        repeated(lambda k: server.at_boundary(NOW + k)),
        repeated(lambda k: server.at_boundary(NOW + k)),
        repeated(step_back),
        *(repeated(lambda _: [figure(server.current.loaded) for _ in range(200)]) for _ in range(4)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    server.at_boundary(NOW)
    newest = desk.log.history()[0]
    assert (server.current.number, server.current.version) == (newest.number, newest.adoption.version)
    server.offer("file", NOW)
    server.at_boundary(NOW)
    again = desk.server()
    assert again.current.version == server.current.version
    assert figure(again.current.loaded) == figure_of_tree(desk.log.history()[0].adoption.tree)


def test_an_adoption_over_a_newer_one_is_not_written(desk: Desk) -> None:
    desk.server()
    (row,) = desk.log.history()
    late = Adoption("v", "v", "c", "{}", {}, NOW, "file")
    for after in (None, row.number - 1, row.number + 1):
        assert desk.log.record(late, after) is None
    assert desk.log.history() == [row]
    assert desk.log.record(late, row.number) == row.number + 1


def test_an_adoption_comes_back_as_it_was_written(desk: Desk) -> None:
    written = Adoption(
        "v", "s", "c", '{"risk": 1}', {"trading.symbols": ["A/B"]}, NOW, "revert", "anna", "ä", ("x", "y")
    )
    assert desk.log.record(written, None) == 1
    newest = desk.log.newest()
    assert newest is not None
    assert newest.adoption == written
    assert desk.log.newest({"trading.symbols": ["A/B"]}) == desk.log.newest_by_person(0) == newest
    assert desk.log.newest({}) is desk.log.newest_by_person(1) is desk.log.newest_other("v") is None


def test_two_servers_that_swap_at_once_end_in_one_order(desk: Desk) -> None:
    servers = [desk.server() for _ in range(4)]
    start = threading.Barrier(len(servers))
    desk.files.write(9)

    def adopt(k: int) -> None:
        servers[k].offer("file", NOW)
        start.wait()
        servers[k].at_boundary(NOW)
        servers[k].at_boundary(NOW)  # who was slower looks again

    threads = [threading.Thread(target=adopt, args=(k,)) for k in range(len(servers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.rows() == [(10, "start"), (9, "file")]
    assert {one.current.number for one in servers} == {2}
