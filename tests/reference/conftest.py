"""Where the desk's market data is not, the tests that need it are left out, as in tests/realdata."""

from pathlib import Path

import pytest

from conf.home import PROJECT

FOLDER = PROJECT.parent / "shared" / "data"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs the folder, and nothing else, when there is no folder."""
    needing = [item for item in items if item.get_closest_marker("realdata")]
    if needing and not FOLDER.is_dir():
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Folder of the data; where it is, a file that is missing fails the test that asks for it."""
    return FOLDER
