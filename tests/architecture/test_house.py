"""The house holds: import contracts, lock files, deployments, Makefile, README and secrets."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
TARGETS = [
    *("install", "demo", "test", "test-services", "test-risk", "test-monitoring", "test-all", "test-integration"),
    *("lint-check", "bench", "faults", "start", "stop", "status", "logs"),
]


def lint_imports_in(folder: Path) -> "subprocess.CompletedProcess[str]":
    # In a process of its own: the rooms of this checkout are imported already.
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    return subprocess.run([sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_point_one_way() -> None:
    done = lint_imports_in(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("models/regime/rules.py", "import pathlib", "models/ does no I/O"),
        ("models/features/known.py", "from models.engine import decide", "Inside the core"),
        ("data/bars.py", "import prefect", "know no Prefect"),
        ("flows/trade.py", "from data.bars import BarStore", "nothing else of ours"),
    ],
)
def test_a_broken_contract_is_noticed(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for room in ("flows", "tasks", "conf", "data", "models"):
        leave = shutil.ignore_patterns("__pycache__", "lake", "state")
        shutil.copytree(ROOT / room, tmp_path / room, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as source:
        source.write(f"{line}\n")
    done = lint_imports_in(tmp_path)
    broken = [said for said in done.stdout.splitlines() if "BROKEN" in said]
    assert done.returncode != 0
    assert any(contract in said for said in broken), done.stdout[-2000:]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_hashes_and_no_registry_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.findall(r"^[a-z0-9][^\s]*==[^\s]+.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, flags=re.M)
    assert len(packages) == len(re.findall(r"^[a-z0-9][^\s]*==", text, flags=re.M)) > 100
    assert "://" not in text
    assert "index-url" not in text.replace("--no-emit-index-url", "")


def test_both_locks_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9][^\s=\[]*)\S*==([^\s;]+)", (ROOT / name).read_text(), flags=re.M))

    product, dev = versions("requirements.txt"), versions("requirements-dev.txt")
    assert product.items() <= dev.items()
    assert not {"tensorflow", "torch", "pytest"} & set(product)


def test_the_pins_without_which_prefect_breaks_are_there() -> None:
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"prefect==3.8.8", "fastapi>=0.139,<0.151", "sqlalchemy>=2.0,<2.1", "mlflow==3.17.2"} <= set(
        pinned["dependencies"]
    )
    assert pinned["requires-python"] == ">=3.11,<3.12"


def test_deployments_point_to_flows_and_schedules_are_paused() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    flows = {one["entrypoint"].split(":")[0] for one in deployments}
    names = (
        *("ingest", "backfill", "watch", "stream", "housekeeping", "regimes", "train", "backtest", "trade", "risk"),
        *("stress", "validate", "ablate", "evolve", "promote", "vault", "shadow", "drift", "predict", "stages"),
        *("drill", "gap", "session", "news", "report"),
    )
    assert flows == {f"flows/{name}.py" for name in names}
    assert all((ROOT / path).exists() for path in flows)
    assert all(not schedule["active"] for one in deployments for schedule in one.get("schedules", []))
    trade = next(one for one in deployments if one["entrypoint"].startswith("flows/trade"))
    assert trade["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert trade["schedules"]
    stops = next(one for one in deployments if one["entrypoint"].startswith("flows/risk"))
    assert stops["concurrency_limit"] == trade["concurrency_limit"]
    assert [one["cron"] for one in stops["schedules"]] == ["* * * * *"]


def test_every_flow_is_deployed_under_its_own_name() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    entrypoints = [one["entrypoint"] for one in deployments]
    assert len({(one["name"], one["entrypoint"]) for one in deployments}) == len(deployments)
    with_flow = {path for path in (ROOT / "flows").glob("*.py") if "@flow(" in path.read_text()}
    for path in with_flow:
        (name,) = re.findall(r"@flow\(name=\"([a-z]+)\".*\)\n@shielded\n(?:async )?def ([a-z]+)\(", path.read_text())
        assert name == (path.stem, path.stem)
        assert f"flows/{path.name}:{path.stem}" in entrypoints
    assert len(with_flow) == len(set(entrypoints))


def test_the_book_is_stressed_every_night_and_whenever_somebody_asks() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    nightly, adhoc = (one for one in deployments if one["entrypoint"] == "flows/stress.py:stress")
    assert (nightly["name"], nightly["parameters"]) == ("nightly", {"act": True})
    assert [(one["cron"], one["timezone"], one["active"]) for one in nightly["schedules"]] == [
        ("0 3 * * *", "UTC", False)
    ]
    assert (adhoc["name"], adhoc.get("parameters"), adhoc.get("schedules")) == ("adhoc", None, None)


def test_evolution_is_started_by_hand_or_weekly_and_a_look_into_the_vault_needs_a_reason() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    weekly, adhoc = (one for one in deployments if one["entrypoint"] == "flows/evolve.py:evolve")
    assert (weekly["name"], adhoc["name"]) == ("weekly", "adhoc")
    assert weekly["parameters"] == adhoc["parameters"] == {"specialist": "all", "resume": True, "runner": "threads"}
    assert [(one["cron"], one["timezone"], one["active"]) for one in weekly["schedules"]] == [
        ("0 4 * * 0", "UTC", False)
    ]
    assert "schedules" not in adhoc
    for name in ("promote", "vault"):
        (one,) = (one for one in deployments if one["entrypoint"] == f"flows/{name}.py:{name}")
        assert (one["name"], one.get("parameters"), one.get("schedules")) == ("adhoc", None, None)


def test_no_flow_is_named_like_a_library_or_a_room() -> None:
    stems = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}
    assert not stems & (set(sys.stdlib_module_names) | {"tasks", "models", "data", "conf", "tests", "flows"})


@pytest.mark.parametrize("target", TARGETS)
def test_the_makefile_has_every_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.M)


def test_the_readme_names_only_targets_and_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert set(re.findall(r"`make ([a-z-]+)`", readme)) <= targets
    from flows.cli import COMMANDS

    assert set(re.findall(r"^keel ([a-z]+)", readme, flags=re.M)) <= set(COMMANDS)


def test_no_init_file_has_logic_and_none_is_under_tests() -> None:
    # The exchange simulator is a program of its own that tests start; a test folder with one would shadow a room.
    simulator = ROOT / "tests" / "simulator" / "exchange" / "__init__.py"
    assert list((ROOT / "tests").rglob("__init__.py")) == [simulator]
    for room in ("flows", "tasks", "conf", "data", "models"):
        for path in (ROOT / room).rglob("__init__.py"):
            assert not re.search(r"^(def|class|if|for|with|try)\b", path.read_text(), flags=re.M), path


def test_no_secret_file_is_tracked_and_the_example_is_empty() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert ".env" not in tracked
    for line in (ROOT / ".env.example").read_text().splitlines():
        assert line.startswith("#") or line.endswith("=")
