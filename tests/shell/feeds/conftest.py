"""Loopback venues to feed from, and no waiting."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import stamina
from venues.base import Loopback, running
from venues.cases import CASES, Case, access_to, build
from venues.tape import FIRST

from tasks.adapters.venues import Access, Limits
from tasks.ports import Feed


@pytest.fixture(params=CASES, ids=lambda case: case.name.replace(" ", "_"))
def case(request: pytest.FixtureRequest) -> Case:
    """Every source in turn."""
    found = request.param
    assert isinstance(found, Case)
    return found


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pauses between attempts, and budgets that pay thousandfold: waiting has its own tests."""
    monkeypatch.setattr(Limits, "wait", _hurried(Limits.wait))
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


def _hurried(wait: Callable[..., None]) -> Callable[..., None]:
    return lambda limits, venue, spacing, patience, *burst: wait(limits, venue, spacing // 1000, patience, *burst)


@pytest.fixture
def told(case: Case) -> Iterator[Loopback]:
    """The case's venue, with the case's bars."""
    with running(case.server(tape=case.tape(), now=FIRST + case.count * case.step - 1)) as venue:
        yield venue


@pytest.fixture
def access(told: Loopback, tmp_path: Path) -> Access:
    """Access to it, in the middle of its last bar."""
    return access_to(told, tmp_path, told.now)


@pytest.fixture
def feed(case: Case, access: Access) -> Feed:
    """The case's feed."""
    return build(case, access)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Loopback, int], Access]]:
    """Start any loopback venue and get access to it at a time in milliseconds."""
    with ExitStack() as open_ones:

        def start(told: Loopback, now: int) -> Access:
            told.now = now
            return access_to(open_ones.enter_context(running(told)), tmp_path, now)

        yield start
