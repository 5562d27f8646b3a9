"""What a developer is told to use does what it says: pre-commit, make, the editor's files."""

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from processes import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


def hooks() -> list[dict[str, Any]]:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [one["repo"] for one in repos] == ["local"], "hooks from elsewhere are not in the lock"
    return list(repos[0]["hooks"])


def tool(text: str) -> str:
    """`.venv/bin/ruff check --fix` and `$(BIN)/ruff check --quiet .` are both `ruff check`."""
    words = re.sub(r"^\S*/", "", text.strip()).split()
    return " ".join(one for one in words[:2] if not one.startswith("-"))


def test_pre_commit_takes_the_file() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_hook_can_be_run() -> None:
    for one in hooks():
        if one["language"] == "system":
            program = Path(one["entry"].split()[0])
            assert program.parent == Path(".venv/bin")
            assert shutil.which(program.name, path=str(Path(sys.executable).parent)), one["id"]


def test_the_hooks_are_lint_check() -> None:
    recipe = re.search(r"^lint-check:.*\n((?:\t.*\n)+)", MAKEFILE, flags=re.M)
    assert recipe is not None
    checks = {tool(line) for line in recipe.group(1).splitlines()}
    assert {tool(one["entry"]) for one in hooks() if one["language"] == "system"} == checks
    assert checks == {"ruff format", "ruff check", "mypy"}


def test_help_tells_of_every_target_and_each_is_phony() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in done.stdout.splitlines() if line[:1].islower()}
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.M))
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", MAKEFILE, flags=re.M)
    assert set(told) == targets
    assert phony is not None
    assert set(phony.group(1).replace("\\", "").split()) == targets
    assert all(len(text.split()) > 1 for text in told.values()), told


def test_tests_need_no_network() -> None:
    recipes = dict(re.findall(r"^([a-z-]+):(.*\n(?:\t.*\n)*)", MAKEFILE, flags=re.M))
    assert not any("audit" in recipes[one] for one in ("test", "test-all", "lint-check"))


def test_an_editor_finds_what_the_checks_use() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert set(tools["mypy"]["packages"]) <= set(tools["pyright"]["include"])
    assert tools["pyright"]["extraPaths"] == [one for one in tools["pytest"]["ini_options"]["pythonpath"] if one != "."]
    text = (ROOT / ".editorconfig").read_text()
    editor = configparser.ConfigParser()
    editor.read_string("[top]\n" + text)
    assert editor["*"]["max_line_length"] == str(tools["ruff"]["line-length"])
    assert editor["Makefile"]["indent_style"] == "tab"


@pytest.mark.parametrize("room", ["flows", "tasks", "models", "data", "conf"])
def test_whoever_imports_a_room_sees_its_types(room: str) -> None:
    assert (ROOT / room / "py.typed").read_text() == ""
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert packed["*"] == ["py.typed"]
