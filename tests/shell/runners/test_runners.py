"""Chunks end the same wherever they are done, whatever happens to who does them."""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from runner_work import (
    Asked,
    Read,
    Remembering,
    after_the_gate,
    asked,
    deadly,
    second_first,
    seen_there,
    spreads,
    wrong_at_two,
)
from waiting import wait_until

from models.kernels.compile import config
from models.types import BadInput, FloatArray, Unavailable
from tasks.adapters.runners import ThreadRunner, connecting, sending
from tasks.adapters.runners import dask as dask_module
from tasks.adapters.runners.dask import DaskRunner, dask_runner
from tasks.adapters.runners.sending import LARGE_BYTES, Sender
from tasks.bootstrap import build_desk, build_runner
from tasks.ports import Runner

pytestmark = pytest.mark.xdist_group("dask")
distributed = pytest.importorskip("distributed")
WORKERS = 2
BEFORE = set(os.environ)


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskRunner]:
    # Dask gives a chunk up with its first worker here, so that what it would do for us is seen to be done by us.
    with (
        distributed.scheduler.dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        dask_runner(None, WORKERS) as runner,
    ):
        yield runner


@pytest.fixture(params=["threads", "dask"])
def runner(request: pytest.FixtureRequest) -> Runner:
    return ThreadRunner(WORKERS) if request.param == "threads" else request.getfixturevalue("cluster")


@pytest.fixture(scope="module")
def values() -> FloatArray:
    return np.random.default_rng(1).normal(size=200_000)


def test_both_do_the_same(runner: Runner, values: FloatArray) -> None:
    works = [(values, window) for window in range(10, 18)]
    done = dict(runner.run(spreads, works))
    assert sorted(done) == list(range(len(works)))
    for number, work in enumerate(works):
        np.testing.assert_array_equal(done[number], spreads(work))


def test_what_is_done_first_comes_first(runner: Runner, tmp_path: Path) -> None:
    assert list(runner.run(second_first, [(0, tmp_path), (1, tmp_path)])) == [(1, 1), (0, 0)]


def test_works_are_read_once_somebody_is_free_for_them(runner: Runner) -> None:
    works = Read([0, 1, 3, 4, 5, 6, 7])
    coming = runner.run(wrong_at_two, works)
    assert works.read == 0
    next(coming)
    assert works.read == WORKERS + 1
    coming.close()
    assert works.read == WORKERS + 1


def test_what_a_chunk_raises_is_raised_and_nothing_more_begins(runner: Runner) -> None:
    works = Read([0, 2, *range(10, 1000)])
    with pytest.raises(ValueError, match="chunk 2 is wrong"):
        list(runner.run(wrong_at_two, works))
    assert works.read < 500


def test_no_works_are_done_at_once(runner: Runner) -> None:
    assert list(runner.run(spreads, [])) == []


def test_a_large_part_is_sent_once_for_as_long_as_it_is_used(cluster: DaskRunner, values: FloatArray) -> None:
    list(cluster.run(spreads, [(values, 10), (values, 11)]))
    (key,) = sent_keys(cluster)
    list(cluster.run(spreads, [(values, 12)]))
    assert sent_keys(cluster) == [key]
    list(cluster.run(spreads, [(values + 1.0, 10)]))
    assert sent_keys(cluster) not in ([], [key])
    list(cluster.run(wrong_at_two, [1]))
    assert sent_keys(cluster) == []


def sent_keys(runner: DaskRunner) -> list[str]:
    return [future.key for _, future in runner.sender._sent.values()]


@pytest.mark.parametrize(("failures", "tries"), [(1, 2), (99, 5)])
def test_what_was_sent_to_a_dying_worker_is_sent_again(
    failures: int, tries: int, values: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSE_S", 0.0)
    client = FailingClient(failures)
    if failures < tries:
        assert len(Sender(client, 1.0).letter((values, 3))[1]) == 1
    else:
        with pytest.raises(OSError, match="closed"):
            Sender(client, 1.0).letter((values, 3))
    assert client.tries == tries


class FailingClient:
    """A connection on which so many messages are lost first."""

    status = "running"

    def __init__(self, failures: int) -> None:
        self.failures, self.tries = failures, 0

    def scatter(self, parts: list[object], **_: object) -> list[SimpleNamespace]:
        self.tries += 1
        if self.tries <= self.failures:
            raise OSError("closed")
        return [SimpleNamespace(status="finished") for _ in parts]


def test_a_letter_is_the_work_again(values: FloatArray) -> None:
    market = Remembering(values)
    for work in (Asked(market, 3), (3, market, market), market, (3, "small"), 3):
        letter, sent = Sender(FailingClient(0), 1.0).letter(work)
        again = letter.opened((market,) * len(sent))
        assert type(again) is type(work)
        assert again == work
        assert len(pickle.dumps(letter)) < LARGE_BYTES // 100


def test_a_worker_keeps_what_a_large_part_remembers(cluster: DaskRunner, values: FloatArray) -> None:
    market = Remembering(values)
    works = [Asked(market, number) for number in range(6)]
    done = dict(cluster.run(asked, works))
    assert [done[number][0] for number in range(6)] == [float(values[number]) for number in range(6)]
    places = {place for _, place, _ in done.values()}
    assert len(places) <= WORKERS
    assert sorted(count for *_, count in done.values())[-1] >= 6 // WORKERS
    assert market.asked == 0


def test_a_worker_takes_one_thread_and_gets_arrays_as_they_are(cluster: DaskRunner, values: FloatArray) -> None:
    frozen = values.copy()
    frozen.flags.writeable = False
    done = dict(cluster.run(seen_there, [values, frozen, Remembering(frozen)]))
    assert [one[:3] for _, one in sorted(done.items())] == [(1, True, True), (1, False, True), (1, False, True)]
    assert os.getpid() not in {one[3] for one in done.values()}


def test_the_environment_keeps_its_threads(cluster: DaskRunner) -> None:
    names = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_"}
    assert not names & (set(os.environ) - BEFORE)


def test_a_chunk_is_done_again_when_every_worker_is_killed(
    cluster: DaskRunner, values: FloatArray, tmp_path: Path
) -> None:
    works = [(values, window, tmp_path) for window in range(10, 14)]
    coming = cluster.run(after_the_gate, works)
    killed: set[int] = set()

    def kill_both() -> bool:
        for path in tmp_path.glob("1[0-3]-*"):
            pid = int(path.name.split("-")[1])
            if pid not in killed and pid != os.getpid() and len(killed) < WORKERS:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        return len(killed) == WORKERS

    def killer() -> None:
        wait_until(kill_both, 30.0)
        (tmp_path / "open").touch()

    thread = threading.Thread(target=killer)
    thread.start()
    done = dict(coming)
    thread.join()
    assert len(killed) == WORKERS
    begun = [path.name for path in tmp_path.glob("1[0-3]-*")]
    assert len(begun) >= len(works) + WORKERS, begun
    for number, (array, window, _) in enumerate(works):
        np.testing.assert_array_equal(done[number], spreads((array, window)))


def test_a_chunk_that_ends_its_workers_is_given_up(cluster: DaskRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_module, "LIVES", 1)
    with pytest.raises(Unavailable, match="chunk 0 was lost with its worker 1 times"):
        list(cluster.run(deadly, [7]))


def test_a_cluster_without_workers_is_waited_for_and_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_module, "PATIENCE_S", 0.2)
    monkeypatch.setattr(dask_module, "LOOK_S", 0.1)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", config.NUMBA_NUM_THREADS)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty,
        dask_runner(empty.scheduler_address, None) as found,
    ):
        with pytest.raises(Unavailable, match=r"has had no worker for 0\.2 s; see what ended them, start some"):
            list(found.run(wrong_at_two, [0]))
        empty.scale(1)
        assert list(found.run(wrong_at_two, [0, 1])) == [(0, 0), (1, 1)]


def test_an_address_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "CONNECT_S", 0.3)
    with (
        pytest.raises(Unavailable, match=r"no Dask scheduler answers at tcp://127.0.0.1:9 "),
        dask_runner("tcp://127.0.0.1:9", None),
    ):
        pass


def test_an_address_that_is_none() -> None:
    with pytest.raises(BadInput, match="somewhere://x is no address"), dask_runner("somewhere://x", None):
        pass


def test_dask_is_an_extra(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match="make install-dev brings it"), build_runner(build_desk(), "dask"):
        pass


def test_the_desk_says_how_many(keel_home: Path) -> None:
    with build_runner(build_desk({"evolution.workers": 3}), "threads") as threads:
        assert threads == ThreadRunner(3)
    with build_runner(build_desk(), "threads") as threads:
        assert threads == ThreadRunner(None)


def test_another_runner_is_refused(keel_home: Path) -> None:
    with pytest.raises(BadInput, match="no runner ray; there is threads, dask"):
        build_runner(build_desk(), "ray")
