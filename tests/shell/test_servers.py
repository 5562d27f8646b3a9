"""Ports, processes and the record of what was started; the servers themselves are in integration/test_stack.py."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest
from processes import eventually

from conf.secrets import KEYS, PASSPHRASE, names_of, variable_of
from models.types.errors import BadInput, Refused, Unavailable
from tasks.adapters.servers import (
    Command,
    Plan,
    ServerProcess,
    Stack,
    alive,
    client_env,
    down,
    free_port,
    launch,
    record,
    require_free,
    set_schedules,
    status,
    stop,
    up,
)
from tasks.adapters.servers.guardian import guardian
from tasks.adapters.servers.health import answers, wait_until
from tasks.adapters.servers.mlflow_server import mlflow_server
from tasks.adapters.servers.prefect_server import prefect_server
from tasks.adapters.servers.worker import worker

SLEEP = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = "from signal import *; signal(SIGINT, SIG_IGN); signal(SIGTERM, SIG_IGN); "
OUTLIVED = 0.4  # seconds of grace, for processes that are known to need the harder signals


Launch = Callable[..., ServerProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Launch]:
    """Launch Python code and wait for its first line; what still runs is killed at the end."""
    started: list[ServerProcess] = []

    def run(code: str, *arguments: str, name: str = "worker") -> ServerProcess:
        command = Command(name, (sys.executable, "-c", code, *arguments), {"COLOUR": "green"}, url="http://here")
        process = launch(command, tmp_path, tmp_path / "logs" / f"{name}.log", mark=f"{tmp_path}/{name}")
        started.append(process)
        eventually(lambda: process.log.exists() and "\n" in process.log.read_text())
        return process

    yield run
    for each in started:
        stop(each, grace=0.1)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(tmp_path, tmp_path / "home", free_port(), free_port())


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@contextmanager
def _background(typed: bytes) -> Iterator[None]:
    """Be a job in the background of a script, where SIGINT is ignored, with `typed` waiting on the standard input."""
    before, terminal = signal.signal(signal.SIGINT, signal.SIG_IGN), os.dup(0)
    reader, writer = os.pipe()
    os.write(writer, typed)
    os.close(writer)
    os.dup2(reader, 0)
    try:
        yield
    finally:
        os.dup2(terminal, 0)
        os.close(terminal)
        os.close(reader)
        signal.signal(signal.SIGINT, before)


def _lines(process: ServerProcess) -> list[str]:
    return process.log.read_text().splitlines()


# -- ports


def test_a_free_port_can_be_bound() -> None:
    port = free_port()
    require_free(port, "prefect")
    with socket.create_server(("127.0.0.1", port)):
        pass
    require_free(port, "prefect")


@pytest.mark.parametrize("name", ["prefect", "mlflow"])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - what another program may do
def test_a_taken_port_is_named_with_its_holder_and_its_setting(name: str, address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Unavailable) as caught:
            require_free(port, name)
    for part in (str(port), f"process {os.getpid()}", f"servers.{name}_port", "conf/local.yaml"):
        assert part in str(caught.value)


def test_connections_that_linger_do_not_hold_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            server.accept()[0].close()  # who closes first keeps the connection for a minute
            client.recv(1)
    require_free(port, "prefect")


# -- launch


def test_launch_detaches_and_resets_sigint(start: Launch, tmp_path: Path) -> None:
    code = """if True:
        import os, signal, sys
        print(os.getsid(0) == os.getpid(), signal.getsignal(signal.SIGINT) is signal.default_int_handler,
              repr(sys.stdin.read()), os.getcwd(), os.environ["COLOUR"], flush=True)
        print("wrong", file=sys.stderr)
    """
    with _background(typed=b"for the caller"):
        process = start(code)
    eventually(lambda: not alive(process))
    assert _lines(process) == [f"True True '' {tmp_path} green", "wrong"]


def test_a_second_launch_appends_to_the_log(start: Launch) -> None:
    start("print('first')")
    second = start("print('second', flush=True)")
    eventually(lambda: len(_lines(second)) == 2)
    assert _lines(second) == ["first", "second"]


# -- alive


def test_alive_until_ended(start: Launch) -> None:
    process = start(SLEEP)
    assert alive(process)
    os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: not alive(process))


def test_alive_while_a_thread_of_it_runs(start: Launch) -> None:
    """As a zombie, but with its files and ports still open: so a server may look while it ends."""
    code = """if True:
        import ctypes, threading, time
        threading.Thread(target=time.sleep, args=(600,)).start()
        print("ready", flush=True)
        ctypes.CDLL(None).pthread_exit(None)
    """
    process = start(code)
    eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
    assert alive(process)
    assert stop(process, grace=OUTLIVED)
    assert not psutil.pid_exists(process.pid)


def test_a_later_process_of_the_same_pid_is_another(start: Launch) -> None:
    process = start(SLEEP)
    reused = replace(process, create_time=process.create_time - 3600, mark="another/")
    assert not alive(reused)
    assert not stop(reused, grace=0.1)
    assert alive(process)


# -- stop


def test_stop_begins_with_sigint(start: Launch) -> None:
    code = """if True:
        import time
        try:
            print("ready", flush=True); time.sleep(600)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    process = start(code)
    began = time.monotonic()
    assert stop(process, grace=200)
    assert _lines(process) == ["ready", "interrupted"]
    assert time.monotonic() - began < 100, "it waits no longer than it has to"
    assert not stop(process, grace=20)


@pytest.mark.parametrize("session", ["os.getsid(0)", "os.setsid()"], ids=["same session", "session of its own"])
@pytest.mark.parametrize("mark", ["kept", "dropped"])
def test_stop_takes_stubborn_descendants_along(start: Launch, session: str, mark: str) -> None:
    grandchild = STUBBORN + f"import os, time; {session}; print(os.getpid(), flush=True); time.sleep(600)"
    env = "{}" if mark == "dropped" else "None"
    child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {grandchild!r}], env={env}).wait()"
    process = start(STUBBORN + child)
    pid = int(_lines(process)[0])
    assert _runs(pid)
    assert stop(process, grace=OUTLIVED)
    assert not _runs(pid)
    assert not alive(process)


def test_stop_finds_what_a_killed_leader_left_in_another_session(start: Launch) -> None:
    grandchild = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
    process = start(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {grandchild!r}]).wait()")
    pid = int(_lines(process)[0])
    os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: not alive(process))
    assert _runs(pid)
    assert stop(process, grace=5)
    assert not _runs(pid)


def test_stop_finds_an_orphan_without_a_mark_by_its_session(start: Launch) -> None:
    orphan = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {orphan!r}], env={{}})"
    leader = f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {parent!r}]); time.sleep(600)"
    process = start(leader)
    pid = int(_lines(process)[0])
    eventually(lambda: psutil.Process(process.pid).children(recursive=True) == [])
    assert _runs(pid)
    assert stop(process, grace=1)
    assert not _runs(pid)


def test_stop_kills_what_goes_on_forking(start: Launch) -> None:
    code = """if True:
        import os, time
        print("ready", flush=True)
        while True:
            time.sleep(0.05)
            if os.fork():
                time.sleep(0.1)
                os._exit(0)
    """
    process = start(f"{STUBBORN}\n{code}")
    assert stop(process, grace=OUTLIVED)
    time.sleep(0.5)
    assert not stop(process, grace=OUTLIVED)


# -- waiting


def test_an_early_end_is_told_with_the_last_lines_of_the_log(start: Launch) -> None:
    process = start("for n in range(30): print(f'line {n}')")
    with pytest.raises(Unavailable) as caught:
        wait_until(lambda: False, process)
    assert str(caught.value).splitlines()[1:] == [f"line {n}" for n in range(15, 30)]


def test_waiting_has_an_end(start: Launch) -> None:
    with pytest.raises(Unavailable, match="not ready after 0 s"):
        wait_until(lambda: False, start(SLEEP), timeout=0.2)


def test_local_servers_are_not_asked_for_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fine(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    with HTTPServer(("127.0.0.1", 0), Fine) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert answers(f"http://127.0.0.1:{server.server_port}/health")
        assert not answers(f"http://127.0.0.1:{server.server_port}/other")
        server.shutdown()


def test_a_server_that_is_down_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        set_schedules(f"http://127.0.0.1:{free_port()}/api", active=False)


# -- commands


@pytest.mark.parametrize("build", [prefect_server, mlflow_server, worker, guardian])
def test_commands_stay_on_this_machine_and_below_home(plan: Plan, build: Callable[[Plan], Command]) -> None:
    command = build(plan)
    assert command.argv[0] == sys.executable
    assert command.env["KEEL_HOME"] == str(plan.home)
    assert command.env["PREFECT_HOME"] == str(plan.home / "state" / "prefect")
    assert command.env["PREFECT_API_URL"] == f"http://127.0.0.1:{plan.prefect_port}/api"
    assert command.env["MLFLOW_TRACKING_URI"] == f"http://127.0.0.1:{plan.mlflow_port}"
    places = [*command.argv, command.env.get("MLFLOW_BACKEND_STORE_URI", "")]
    assert all(str(plan.home / "state") in each for each in places if "mlflow.db" in each or "mlart" in each)


@pytest.mark.parametrize(
    ("build", "keyed"), [(prefect_server, False), (mlflow_server, False), (worker, True), (guardian, True)]
)
def test_only_the_worker_is_given_venue_keys(
    plan: Plan, build: Callable[[Plan], Command], keyed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = [variable_of(name) for owner in KEYS for name in names_of(owner)] + [PASSPHRASE, "kraken_secret_key"]
    for variable in (*secret, "KEEL_STAGE"):
        monkeypatch.setenv(variable, "as it is in the environment")
    show = "import json, os; print(json.dumps(sorted(os.environ)), flush=True)"
    command = replace(build(plan), argv=(sys.executable, "-c", show))
    process = launch(command, tmp_path, tmp_path / "shown.log", mark=f"{tmp_path}/shown")
    eventually(lambda: not alive(process))
    (line,) = _lines(process)
    seen = set(json.loads(line))
    assert {"KEEL_STAGE", "KEEL_HOME"} <= seen
    assert seen & set(secret) == (set(secret) if keyed else set())


def test_clients_add_this_machine_to_the_hosts_without_proxy(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "intranet.example,localhost")
    assert client_env(plan)["NO_PROXY"] == client_env(plan)["no_proxy"] == "intranet.example,localhost,127.0.0.1"


def test_a_relative_home_is_the_same_for_every_process(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plan.root)
    relative = replace(plan, home=Path("home"))
    assert mlflow_server(relative) == mlflow_server(plan)


# -- the record


def _stack(plan: Plan, *processes: ServerProcess) -> Stack:
    stack = Stack(plan, mark=f"{plan.root}/", processes=processes)
    record.save(stack)
    return stack


def test_the_record_reads_back(plan: Plan, start: Launch) -> None:
    stack = _stack(plan, start(SLEEP))
    assert record.load(plan.home) == stack
    assert [path.name for path in (plan.home / "state").iterdir()] == ["services.json"]


def test_nothing_recorded_is_nothing_to_stop(plan: Plan) -> None:
    assert down(plan.home) == []
    assert [(each.name, each.ok) for each in status(plan.home)] == [
        ("prefect", False),
        ("mlflow", False),
        ("worker", False),
    ]


def test_a_stale_record_is_removed_and_harms_nobody(plan: Plan, start: Launch) -> None:
    bystander = start(SLEEP, name="mlflow")
    ended = start("print('done')", name="prefect")
    eventually(lambda: not alive(ended))
    reused = replace(bystander, create_time=1.0, mark="another/mlflow")
    record.save(Stack(plan, mark="another/", processes=(replace(ended, mark="another/prefect"), reused)))
    assert [each.why.split(":")[0] for each in status(plan.home)] == ["has ended", "has ended", "not started"]
    assert down(plan.home) == []
    assert record.load(plan.home) is None
    assert alive(bystander)


def test_down_stops_the_worker_first(plan: Plan, start: Launch) -> None:
    code = "import atexit, sys; atexit.register(lambda: open(sys.argv[1], 'a').write(sys.argv[2])); " + SLEEP
    order = plan.root / "order"
    names = ("guardian", "prefect", "mlflow", "worker")
    _stack(plan, *(start(code, str(order), f"{name} ", name=name) for name in names))
    assert down(plan.home) == ["worker", "prefect", "mlflow", "guardian"]
    assert order.read_text() == "worker prefect mlflow guardian "
    assert down(plan.home) == []


def test_down_stops_what_was_started_but_not_yet_recorded(plan: Plan, start: Launch) -> None:
    process = start(SLEEP)
    _stack(plan)
    assert down(plan.home) == []
    assert not alive(process)


def test_a_damaged_record_is_told(plan: Plan) -> None:
    _stack(plan)
    path = plan.home / "state" / "services.json"
    path.write_text("{")
    with pytest.raises(BadInput, match=r"services\.json"):
        down(plan.home)


# -- refusals of up


def test_up_is_refused_while_the_stack_runs(plan: Plan, start: Launch) -> None:
    process = start(SLEEP)
    _stack(plan, process)
    with pytest.raises(Refused, match=f"http://127.0.0.1:{plan.prefect_port}.*keel down"):
        up(plan, print)
    assert alive(process)


def test_up_is_refused_while_another_starts(plan: Plan) -> None:
    holder = "import sys, pathlib; from tasks.adapters.servers import record\n"
    holder += "with record.sole_starter(pathlib.Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", holder, str(plan.home)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(Refused, match="Another"):
            up(plan, print)
        process.communicate()


@pytest.mark.parametrize("name", ["prefect", "mlflow"])
def test_up_with_a_taken_port_starts_nothing(plan: Plan, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        taken = replace(plan, prefect_port=port) if name == "prefect" else replace(plan, mlflow_port=port)
        with pytest.raises(Unavailable, match=f"servers.{name}_port"):
            up(taken, print)
    assert record.load(plan.home) is None
