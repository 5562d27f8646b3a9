"""Servers of other machines, work pools by kind, and databases whose addresses have a password."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from typer.testing import CliRunner

from conf import load
from conf.secrets import is_secret, variable_of
from flows.cli import app
from models.types import BadInput, Unavailable
from tasks.adapters.servers import POOLS, Plan, become_worker, elsewhere, free_port, record, require_pool, status
from tasks.adapters.servers.api import auth, auth_env, call
from tasks.adapters.servers.deploy import kept_schedules
from tasks.adapters.servers.mlflow_server import mlflow_server
from tasks.adapters.servers.pools import KINDS, POOL, by_kind
from tasks.adapters.servers.prefect_server import prefect_server
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.silent_runs import HEARTBEATS, SILENT_S, watch_for_silent_runs
from tasks.adapters.servers.worker import worker, workers_online
from tasks.bootstrap import build_desk, build_stores

ROOT = Path(__file__).parent.parent.parent
URL = SecretStr("postgresql+psycopg://mlflow:hunter2-and-more@db.lan:5432/mlflow")
AUTH = "keel:hunter2-and-more"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(ROOT, tmp_path, free_port(), free_port())


class Answers:
    """A server that knows some paths by heart, and what it was asked."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.asked: list[tuple[str, str, str, str | None]] = []
        asked = self.asked

        class Told(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                asked.append((self.command, self.path, body, self.headers.get("Authorization")))
                found = answers.get(self.path)
                self.send_response(404 if found is None else 200)
                self.end_headers()
                self.wfile.write(found or b"")

            do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815 - as the library names them

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Told)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def answering(answers: dict[str, bytes]) -> Iterator[Answers]:
    made = Answers(answers)
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


# -- pools


def test_one_machine_has_one_pool_and_three_kinds_have_one_each() -> None:
    assert POOLS == {"single": (POOL,), "by_kind": KINDS}
    assert load().settings.servers.pools == "single"


def test_every_deployment_is_of_one_kind_and_changes_nothing_but_its_pool() -> None:
    text = (ROOT / "prefect.yaml").read_text()
    before, after = yaml.safe_load(text)["deployments"], yaml.safe_load(by_kind(text))["deployments"]
    assert {one["work_pool"]["name"] for one in before} == {POOL}
    assert [{**one, "work_pool": None} for one in before] == [{**one, "work_pool": None} for one in after]
    pools = {(one["entrypoint"].split(":")[1], one["work_pool"]["name"]) for one in after}
    assert len(pools) == len({flow for flow, _ in pools}), "every deployment of a flow is of the same kind"
    of = dict(pools)
    assert {of[flow] for flow in ("trade", "session", "watch", "risk")} == {"trading"}
    assert {of[flow] for flow in ("train", "evolve", "stress", "backtest", "drift", "predict")} == {"research"}
    assert {of[flow] for flow in ("ingest", "backfill", "stream", "news", "housekeeping")} == {"ingest"}


@pytest.mark.parametrize("tags", [[], ["trading", "research"], ["other"]])
def test_a_deployment_of_no_kind_or_two_is_refused(tags: list[str]) -> None:
    one = {"name": "adhoc", "entrypoint": "flows/x.py:x", "tags": tags, "work_pool": {"name": "keel"}}
    with pytest.raises(BadInput, match=r"flows/x\.py:x adhoc .* allowed is one of trading, research, ingest"):
        by_kind(yaml.safe_dump({"deployments": [one]}))


def test_a_pool_that_nothing_is_given_to_is_refused(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [require_pool(one) for one in (POOL, *KINDS)] == [POOL, *KINDS]
    with pytest.raises(BadInput, match=r"'gpu'.*keel, trading, research, ingest"):
        become_worker(ROOT, plan.home, "gpu", None)
    done = CliRunner().invoke(app, ["worker"])
    assert done.exit_code == 2


@pytest.mark.parametrize("pool", [POOL, *KINDS])
def test_a_worker_prefetches_and_its_runs_tell_that_they_live(plan: Plan, pool: str) -> None:
    command = worker(plan, pool)
    assert command.keyed
    assert command.argv[command.argv.index("--pool") + 1] == pool
    assert float(command.env["PREFECT_WORKER_PREFETCH_SECONDS"]) > float(command.env["PREFECT_WORKER_QUERY_SECONDS"])
    assert (HEARTBEATS.items() <= command.env.items()) == (pool != POOL)
    assert 4 * int(HEARTBEATS["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]) <= SILENT_S


def test_the_record_keeps_the_pools(plan: Plan) -> None:
    stack = Stack(Plan(plan.root, plan.home, 1, 2, pools=KINDS), "mark/")
    record.save(stack)
    assert record.load(plan.home) == stack


def test_a_record_of_a_keel_that_had_one_pool_is_read(plan: Plan) -> None:
    """Its servers run on after an upgrade, and have to be stopped."""
    stack = Stack(plan, "mark/")
    record.save(stack)
    path = plan.home / "state" / "services.json"
    older = json.loads(path.read_text())
    del older["plan"]["pools"]
    path.write_text(json.dumps(older))
    assert record.load(plan.home) == stack


# -- addresses


def test_who_names_no_server_is_told_so(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(BadInput, match="PREFECT_API_URL is not set"):
        become_worker(ROOT, plan.home, "research", None)
    monkeypatch.setenv("PREFECT_API_URL", "http://10.0.0.7:4200/api")
    with pytest.raises(BadInput, match="MLFLOW_TRACKING_URI is not set"):
        become_worker(ROOT, plan.home, "research", None)


def test_a_worker_whose_server_is_away_says_where_it_looked(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    where = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PREFECT_API_URL", f"{where}/api")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", where)
    with pytest.raises(Unavailable, match=where):
        become_worker(ROOT, plan.home, "research", None)


def test_own_servers_are_not_elsewhere(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", plan.api_url + "/")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{plan.home}/mlflow.db")
    own, other = elsewhere(plan), elsewhere(None)
    assert (own.api_url, own.mlflow_url) == (None, None)
    assert (other.api_url, other.mlflow_url) == (plan.api_url, None), "a file is no server that could be asked"


def test_status_asks_the_servers_that_the_environment_names(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    told = b'[{"name": "b-trading", "status": "ONLINE"}, {"name": "a-trading", "status": "OFFLINE"}]'
    known = {
        "/api/health": b"true",
        "/api/work_pools/trading/workers/filter": told,
        "/api/work_pools/research/workers/filter": b"[]",
    }
    with answering(known) as server:
        monkeypatch.setenv("PREFECT_API_URL", f"{server.url}/api")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:hunter2-and-more@127.0.0.1:9")
        found = {one.name: one for one in status(plan.home, KINDS)}
        assert workers_online(f"{server.url}/api", "trading") == ["b-trading"]
    assert list(found) == ["prefect", "mlflow", "worker-trading", "worker-research", "worker-ingest"]
    assert (found["prefect"].ok, found["prefect"].why, found["prefect"].url) == (True, "elsewhere: works", server.url)
    assert (found["mlflow"].ok, found["mlflow"].why) == (False, "elsewhere: does not answer from here")
    assert "hunter2" not in str(found["mlflow"].url)
    assert (found["worker-trading"].ok, found["worker-trading"].why) == (
        True,
        "elsewhere: 1 of the pool trading (b-trading)",
    )
    assert not found["worker-research"].ok
    assert not found["worker-ingest"].ok


def test_status_of_a_part_is_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    asked = CliRunner()
    assert asked.invoke(app, ["status", "--part", "journal"]).exit_code == 0
    assert asked.invoke(app, ["status", "--part", "worker"]).exit_code == 1
    wrong = asked.invoke(app, ["status", "--part", "nobody"])
    assert isinstance(wrong.exception, BadInput)
    assert "allowed is one of prefect, mlflow, worker" in str(wrong.exception)


# -- what a server asks for, and what it is asked


def test_a_server_with_a_password_is_asked_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", AUTH)
    with answering({"/api/version": b'"3"'}) as server:
        assert call(f"{server.url}/api", "GET", "/version") == "3"
        ((_, _, _, given),) = server.asked
    assert given is not None
    assert given.startswith("Basic ")
    assert auth() == ("keel", "hunter2-and-more")
    assert auth_env() == {"PREFECT_API_AUTH_STRING": AUTH}
    monkeypatch.delenv("PREFECT_API_AUTH_STRING")
    assert (auth(), auth_env()) == (None, {})


@pytest.mark.parametrize(("there", "method", "path"), [(b"[]", "POST", "/"), (b'[{"id": "7"}]', "PUT", "/7")])
def test_silent_runs_are_watched_for_once(there: bytes, method: str, path: str) -> None:
    known = {"/api/automations/filter": there, "/api/automations/": b"{}", "/api/automations/7": b""}
    with answering(known) as server:
        watch_for_silent_runs(f"{server.url}/api")
    _, said = server.asked
    assert said[:2] == (method, f"/api/automations{path}")
    assert '"CRASHED"' in said[2]


@pytest.mark.parametrize("fails", [False, True])
def test_schedules_that_were_on_are_on_again_after_a_deployment(fails: bool) -> None:
    def told(first: str, second: str) -> bytes:
        rows = ",".join(
            f'{{"id": "{name}", "deployment_id": "d", "active": {on}, "parameters": {{}}, '
            f'"schedule": {{"cron": "{name}"}}}}'
            for name, on in (("a", first), ("b", second))
        )
        return f'[{{"schedules": [{rows}]}}]'.encode()

    known = {"/api/deployments/filter": told("true", "false"), "/api/deployments/d/schedules/a": b""}
    with answering(known) as server:
        with pytest.raises(Unavailable) if fails else nullcontext(), kept_schedules(f"{server.url}/api"):
            known["/api/deployments/filter"] = told("false", "false")
            if fails:
                raise Unavailable("the second of two could not be deployed")
        changed = [(method, path, body) for method, path, body, _ in server.asked if method == "PATCH"]
    assert [(method, path) for method, path, _ in changed] == [("PATCH", "/api/deployments/d/schedules/a")]
    assert '"active":true' in changed[0][2].replace(" ", "")


# -- databases


def test_addresses_of_databases_go_by_the_environment_of_the_one_that_needs_them(plan: Plan) -> None:
    for command, variable in (
        (mlflow_server(plan, URL), "MLFLOW_BACKEND_STORE_URI"),
        (prefect_server(plan, URL), "PREFECT_SERVER_DATABASE_CONNECTION_URL"),
    ):
        assert command.env[variable] == URL.get_secret_value()
        assert not command.keyed
        assert "hunter2" not in " ".join(command.argv)
        assert "hunter2" not in str(command.url)
    assert "hunter2" not in str(worker(plan).env)


def test_the_databases_are_secrets_that_are_found_like_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mlflow_url", "prefect_server_database_connection_url", "prefect_api_auth_string"):
        assert is_secret(variable_of(name))
    monkeypatch.setenv("KEEL_MLFLOW__URL", URL.get_secret_value())
    found = build_stores(build_desk(folder=tmp_path))
    assert (found.mlflow, found.prefect) == (URL, None)
    assert "hunter2" not in repr(found)


# -- the API in a container


def test_the_api_listens_everywhere_only_under_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().settings.api.address == "127.0.0.1:8765"
    monkeypatch.setenv("KEEL_API__HOST", "0.0.0.0")  # noqa: S104 - refused
    with pytest.raises(BadInput, match=r"KEEL_API__HOST.*api\.names"):
        load()
    monkeypatch.setenv("KEEL_API__NAMES", "['api:8765']")
    assert load().settings.api.address == "api:8765"
    monkeypatch.setenv("KEEL_API__HOST", "10.0.0.7")
    with pytest.raises(BadInput, match=r"KEEL_API__HOST"):
        load()
