"""Engines and libraries that ours are held against are for tests: one is AGPL, and no product file may know them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("flows", "tasks", "models", "data", "conf")
REFERENCE = {"backtesting", "empyrical", "pandas_ta_classic", "phacker", "purgedcv", "skfolio"}


def imported(source: str) -> Iterator[str]:
    """First part of every absolute name that is imported, wherever it stands, `import_module` with a text included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"import_module", "__import__"}:
            yield from (ast.unparse(one).strip("'\"").split(".")[0] for one in node.args[:1])


def product_files() -> list[Path]:
    return [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


def test_no_product_file_imports_the_reference_group() -> None:
    files = product_files()
    guilty = {
        str(file.relative_to(ROOT)): found for file in files if (found := REFERENCE & set(imported(file.read_text())))
    }
    assert len(files) > 150
    assert guilty == {}


def test_the_group_is_no_dependency_of_the_product() -> None:
    lock = (ROOT / "requirements.txt").read_text().replace("_", "-").splitlines()
    names = {line.split("==")[0] for line in lock if "==" in line}
    assert not names & {
        "backtesting",
        "empyrical",
        "empyrical-reloaded",
        "pandas-ta-classic",
        "phacker",
        "purgedcv",
        "skfolio",
    }


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import backtesting", "backtesting"),
        ("import numpy, backtesting.lib as lib", "backtesting"),
        ("def late():\n    from backtesting.lib import crossover", "backtesting"),
        ("if TYPE_CHECKING:\n    from empyrical import stats", "empyrical"),
        ("import importlib\nimportlib.import_module('pandas_ta_classic.trend')", "pandas_ta_classic"),
        ("__import__('empyrical')", "empyrical"),
    ],
)
def test_an_import_would_be_noticed(source: str, name: str) -> None:
    assert name in set(imported(source))


@pytest.mark.parametrize("source", ["from tasks.session.backtesting import backtest", "from .backtesting import run"])
def test_our_own_module_of_that_name_is_allowed(source: str) -> None:
    assert not REFERENCE & set(imported(source))
