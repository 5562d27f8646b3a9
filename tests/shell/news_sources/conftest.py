"""Loopback sources of news."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from news_cases import CASES, Case, access_to, source_of
from news_server import NewsServer, serving

from tasks.adapters.news.source import WebSource
from tasks.adapters.venues import Access


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Every source in turn."""
    found = request.param
    assert isinstance(found, Case)
    return found


@pytest.fixture
def server() -> Iterator[NewsServer]:
    """The loopback; what it answers is the test's."""
    with serving(NewsServer()) as running:
        yield running


@pytest.fixture
def access(server: NewsServer, tmp_path: Path) -> Access:
    """To the loopback."""
    return access_to(server, tmp_path)


@pytest.fixture
def source(case: Case, access: Access) -> WebSource:
    """The case's."""
    return source_of(case, access)
