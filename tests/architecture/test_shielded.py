"""Prefect keeps the text of an error with the state of a run: every task and flow hides secrets in what it raises."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from prefect import Flow, Task

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("flows", "tasks")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(decorator: ast.expr) -> str:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def prefect_functions(source: str) -> list[tuple[str, bool]]:
    """Names of the tasks and flows, and whether `@shielded` stands directly under what makes each of them one."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [name_of(one) for one in node.decorator_list] if isinstance(node, Function) else []
        for place, name in enumerate(names):
            if name in ("task", "flow", "materialize"):
                found.append((node.name, names[place + 1 : place + 2] == ["shielded"]))
    return found


def test_every_task_and_flow_is_shielded() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = {(str(path.relative_to(ROOT)), *one) for path in files for one in prefect_functions(path.read_text())}
    assert len(found) > 40
    assert [one for one in sorted(found) if not one[2]] == []


@pytest.mark.parametrize(
    ("source", "shielded"),
    [
        ("@task(name='a')\n@shielded\ndef one(): ...", True),
        ("@flow\n@shielded\nasync def one(): ...", True),
        ("@task(name='a')\ndef one(): ...", False),
        ("@shielded\n@task\ndef one(): ...", False),
        ("@prefect.flow(name='a')\n@other\n@shielded\ndef one(): ...", False),
    ],
)
def test_one_that_is_not_is_noticed(source: str, shielded: bool) -> None:
    assert prefect_functions(source) == [("one", shielded)]


def test_tasks_and_flows_are_made_by_decorators_only() -> None:
    """A call such as `task(function)` is what the search above would not see."""
    modules = [
        import_module(f"{room}.{path.stem}")
        for room in ROOMS
        for path in sorted((ROOT / room).glob("*.py"))
        if path.stem not in ("__init__", "cli")
    ]
    made = {one.fn for module in modules for one in vars(module).values() if isinstance(one, Flow | Task)}
    assert len(made) > 40
    for function in made:
        inner = inspect.unwrap(function)
        assert inner is not function, function
        assert inspect.signature(function) == inspect.signature(inner)
        assert inspect.iscoroutinefunction(function) is inspect.iscoroutinefunction(inner)
        assert not inspect.isgeneratorfunction(inner), f"{inner} raises while it is read, which nothing shields"
        assert not inspect.isasyncgenfunction(inner), f"{inner} raises while it is read, which nothing shields"
