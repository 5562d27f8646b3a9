"""The same evolution in threads and on a Dask cluster that loses a worker in the middle of it."""

import json
import os
import signal
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from evolution_process import found_in

from tasks.adapters.runners import ThreadRunner
from tasks.adapters.runners.dask import dask_runner


@pytest.mark.timeout(300)
def test_threads_and_dask_with_a_killed_worker_find_the_same(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("threads", "dask")]
    for one in homes:
        one.mkdir()
    threads = found_in(homes[0], ThreadRunner(1))
    killed: list[int] = []
    with dask_runner(None, 2) as runner:
        workers = list(runner.client.run(os.getpid).values())
        assert len(workers) == 2

        def report(text: str, _share: float) -> None:
            if "generation" in text and not killed:  # a chunk is done, others are under way
                os.kill(workers[0], signal.SIGKILL)
                killed.append(workers[0])

        dask = found_in(homes[1], runner, report)
        assert killed
        assert killed[0] not in runner.client.run(os.getpid).values()
    assert json.dumps(threads, sort_keys=True) == json.dumps(dask, sort_keys=True)


def test_a_flow_under_prefect_dask_computes_on_its_own_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks import evolution

    class DaskTaskRunner:
        client = object()

    context = SimpleNamespace(task_runner=DaskTaskRunner())
    monkeypatch.setattr(evolution.FlowRunContext, "get", classmethod(lambda _: context))
    monkeypatch.setattr(evolution, "build_runner", lambda _desk, kind: nullcontext(kind))
    with evolution._runner(None, "dask") as computing:
        assert computing.client is DaskTaskRunner.client
    with evolution._runner(None, "threads") as computing:
        assert computing == "threads"
