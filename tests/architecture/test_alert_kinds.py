"""Every alert that is raised anywhere has a kind, and every kind of Keel's own is raised somewhere."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.types.alerts import BY_CAMEL, BY_NAME, KINDS, PROMETHEUS, UNNAMED, AlertKind, begins, kind_of

PROJECT = Path(__file__).parents[2]
RAISING = {"raise_alert", "alert", "_alert", "Alert", "Finding"}
# Which argument of a call is the key; the first one where it is not named here.
PLACE = {"Finding": 3}
# A key that a function is handed: where the words of such keys are made.
HANDED_ON = {
    ("tasks/session/parameters/server.py", "key"): "made by whoever calls _alert, in the same file",
    ("tasks/session/cycle.py", "key"): "made by whoever calls _alert, in the same file",
    ("tasks/session/guarding/rounds.py", "one.key"): "made by Finding(...)",
    ("tasks/bootstrap/orders.py", "key"): "made by whoever calls desk.alert",
    ("data/journal/store.py", "key"): "raise_alert itself",
    ("tasks/session/alerting/watching.py", "key"): "made by whoever calls tell_silent, in the same file",
    ("tasks/session/alerting/handing_in.py", "key"): f"begins with {PROMETHEUS}",
}
# What those functions are called with.
FURTHER = {"_alert": 2, "tell_silent": 2}
HOLE = "\0"


def _sources() -> Iterator[Path]:
    for room in ("tasks", "data", "flows", "models"):
        # A bench raises what nobody is ever told of.
        yield from sorted(one for one in (PROJECT / room).rglob("*.py") if "bench" not in one.parts)


def _text(node: ast.expr, tree: ast.Module, module: str) -> str | None:
    """What is known of a key before it is made; HOLE for what is not."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
        return "".join(_text(one, tree, module) or HOLE for one in parts)
    if isinstance(node, ast.Name) and node.id.isupper():
        return str(getattr(importlib.import_module(module), node.id))
    return None


def _keys_named(name: str, tree: ast.Module) -> list[ast.expr]:
    return [
        one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in one.targets)
    ]


def _returned(name: str) -> Iterator[tuple[ast.expr, ast.Module, str]]:
    """What functions of this name return, wherever they are."""
    for path in _sources():
        tree = ast.parse(path.read_text())
        for one in ast.walk(tree):
            if isinstance(one, ast.FunctionDef) and one.name == name:
                yield from (
                    (each.value, tree, _module(path))
                    for each in ast.walk(one)
                    if isinstance(each, ast.Return) and each.value is not None
                )


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts)


def _handing_on() -> set[str]:
    return {file for file, _ in HANDED_ON}


def _raised() -> Iterator[tuple[str, str]]:
    """(where, key as far as it is known) of each call that raises an alert."""
    for path in _sources():
        tree, module, name = ast.parse(path.read_text()), _module(path), str(path.relative_to(PROJECT))
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called not in RAISING | set(FURTHER):
                continue
            if called == "Finding" and "/guarding/" not in name:
                continue
            place = FURTHER.get(called, PLACE.get(called, 0)) if called != "_alert" or len(call.args) > 3 else 0
            if called == "_alert" and name == "tasks/session/parameters/server.py":
                yield f"{name}:{call.lineno}", f"parameters {_text(call.args[0], tree, module)}"
                continue
            if called == "_alert" and name != "tasks/session/cycle.py":
                continue  # of routes: its own calls of raise_alert have the words
            if len(call.args) <= place:
                continue
            node, where = call.args[place], f"{name}:{call.lineno}"
            known = _text(node, tree, module)
            if known is not None:
                # What begins with a hole is of a file that hands keys on.
                is_handed_on = known.startswith(HOLE) or known.startswith(f"parameters {HOLE}")
                if not is_handed_on or name not in _handing_on():
                    yield where, known
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found = [_text(*one) for one in _returned(node.func.id)]
            else:
                found = [_text(one, tree, module) for one in _keys_named(ast.unparse(node), tree)]
            texts = [one for one in found if one is not None]
            if not texts and (name, ast.unparse(node)) not in HANDED_ON:
                pytest.fail(f"{where}: {ast.unparse(node)} is no key whose words can be read; name it in HANDED_ON")
            yield from ((where, one) for one in texts)


RAISED = sorted(set(_raised()))


def _fits(kind: AlertKind, key: str) -> bool:
    """Whether alerts with such a key can be of the kind; words may come in the holes."""
    return any(begins(key.replace(HOLE, "x"), prefix) for prefix in kind.prefixes)


def test_the_calls_are_found() -> None:
    assert len(RAISED) > 60, "a walk that finds less has overlooked something"


@pytest.mark.parametrize(("where", "key"), RAISED)
def test_an_alert_has_a_kind(where: str, key: str) -> None:
    assert key.startswith(PROMETHEUS) or kind_of(key.replace(HOLE, "x")) is not UNNAMED, f"{where}: {key!r}"


@pytest.mark.parametrize("kind", [one for one in KINDS if one.by != "prometheus" and one is not UNNAMED])
def test_a_kind_of_keels_is_raised(kind: AlertKind) -> None:
    assert kind.prefixes
    for prefix in kind.prefixes:
        assert any(begins(key.replace(HOLE, "x"), prefix) for _, key in RAISED), f"nobody raises {prefix!r}"


def test_no_two_kinds_share_a_prefix_unless_words_tell_them_apart() -> None:
    seen: dict[str, list[AlertKind]] = {}
    for one in KINDS:
        for prefix in one.prefixes:
            seen.setdefault(prefix, []).append(one)
    for prefix, kinds in seen.items():
        assert sum(not one.words for one in kinds) == 1, prefix
        words = [word for one in kinds for word in one.words]
        assert len(words) == len(set(words)), prefix


def test_names_are_names() -> None:
    assert len(BY_NAME) == len(BY_CAMEL) == len(KINDS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one.name) for one in KINDS)


FIXED = (
    "ExcessiveSwitching VarBreach SlowCycle SlowOrders FeedDown BarsLate DrawdownPause DailyLoss LargeLoss "
    "ExecutionFailure ReconciliationMismatch StaleModel StopLatched TraderSilent GuardianSilent AlertsUndelivered "
    "LakeDamaged FlowFailed AvailabilityLow KeelDown Watchdog"
)


@pytest.mark.parametrize("name", FIXED.split())
def test_a_rule_of_prometheus_has_a_kind(name: str) -> None:
    assert BY_CAMEL[name].by in ("prometheus", "both")
    assert kind_of(f"prometheus {name} instance=127.0.0.1 2026-01-01T00:00:00Z") is BY_CAMEL[name]


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("trip paper 1700000000000000  DRAWDOWN FLATTEN", "drawdown-pause"),
        ("trip paper 1700000000000000 momentum STRATEGY PAUSE", "drawdown-pause"),
        ("timer paper 1700000000000000 DAILY_LOSS PAUSE", "daily-loss"),
        ("timer paper 1700000000000000 PAUSE", "breaker-tripped"),  # as it was before 2026-11
        ("guardian limit VAR 1700000000000000", "var-breach"),
        ("trip paper 1700000000000000  EXECUTION PAUSE", "breaker-tripped"),
        ("feed_down 1700000000000000", "feed-down"),
        ("stale paper 1700000000000000", "bars-late"),
        (
            "model BTC/USDT xgboost v1 was trained until x: more than 90 days ago, as model.longest_age_days allows; y",
            "stale-model",
        ),
        ("model BTC/USDT xgboost is damaged", "model-failed"),
        ("order stray binance BTC/USDT 1", "reconciliation-mismatch"),
        ("order strange", "unnamed"),
        ("housekeeping-2026-11-22", "housekeeping-left"),
        ("restored-17", "journal-restored"),
        ("", "unnamed"),
        ("prometheus", "unnamed"),
        ("prometheus ", "unnamed"),
        ("prometheus Whatever a=b", "unnamed"),
    ],
)
def test_kind_of(key: str, kind: str) -> None:
    assert kind_of(key).name == kind
